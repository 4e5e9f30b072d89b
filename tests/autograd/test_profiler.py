"""Profiles: which events, their tree, their sums, their text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pullback as torch
from pullback import profiler as cycles
from pullback.autograd import profiler
from pullback.autograd.profiler import profile, record_function
from pullback.autograd.profiler_util import EventList, FunctionEvent, FunctionEventAvg
from pullback.graph.modes import OBSERVED, current_mode


def step() -> None:
    x = torch.ones(4, 4, requires_grad=True)
    with record_function("outer"):
        y = x * 2 + 4
        with record_function("inner"):
            y = y - 1
    y.sum().backward()


def test_events_in_the_order_they_began() -> None:
    with profile() as prof:
        assert torch.autograd._profiler_enabled()
        step()
    assert not torch.autograd._profiler_enabled() and not current_mode() & OBSERVED
    names = [event.name for event in prof.function_events]
    assert names[:6] == ["outer", "aten::mul", "aten::add", "inner", "aten::sub", "aten::sum"]
    assert names[6:8] == ["autograd::engine::evaluate_function: SumBackward0", "SumBackward0"]


def test_parents_and_times() -> None:
    with profile() as prof:
        step()
    by_name = {event.name: event for event in prof.function_events}
    assert by_name["aten::sub"].cpu_parent is by_name["inner"]
    assert [child.name for child in by_name["outer"].cpu_children] == ["aten::mul", "aten::add", "inner"]
    assert 0 < by_name["aten::mul"].cpu_time_total <= by_name["outer"].cpu_time_total
    assert by_name["aten::sum"].sequence_nr == by_name["SumBackward0"].sequence_nr >= 0


def test_shapes_memory_and_stack() -> None:
    with profile(record_shapes=True, profile_memory=True, with_stack=True) as prof:
        torch.ones(2, 3).mm(torch.ones(3, 4))
    (event,) = prof.function_events
    assert event.input_shapes == [[2, 3], [3, 4]] and event.cpu_memory_usage == 32
    assert "test_profiler.py" in event.stack[0]
    table = prof.key_averages(group_by_input_shape=True, group_by_stack_n=2).table(sort_by="cpu_time_total")
    for title in ("CPU Mem", "Input Shapes", "Source Location", "[[2, 3], [3, 4]]"):
        assert title in table


def test_table_is_laid_out_as_pytorchs() -> None:
    events = EventList(
        [FunctionEvent(0, "aten::mul", 1, 0.0, 1500.0), FunctionEvent(1, "aten::add", 1, 2000.0, 2500.0)]
    )
    events._populate_cpu_children()
    assert events.key_averages().table(sort_by="self_cpu_time_total").splitlines() == [
        "-------------  ------------  ------------  ------------  ------------  ------------  ------------  ",
        "         Name    Self CPU %      Self CPU   CPU total %     CPU total  CPU time avg    # of Calls  ",
        "-------------  ------------  ------------  ------------  ------------  ------------  ------------  ",
        "    aten::mul        75.00%       1.500ms        75.00%       1.500ms       1.500ms             1  ",
        "    aten::add        25.00%     500.000us        25.00%     500.000us     500.000us             1  ",
        "-------------  ------------  ------------  ------------  ------------  ------------  ------------  ",
        "Self CPU time total: 2.000ms",
    ]


def test_sums_of_one_name() -> None:
    average = FunctionEventAvg()
    average.add(FunctionEvent(id=0, name="foo", thread=0, start_us=10, end_us=15))
    average.add(FunctionEvent(id=1, name="foo", thread=0, start_us=20, end_us=30))
    average.add(average)
    assert (average.key, average.count, average.cpu_time_total, average.cpu_time) == ("foo", 4, 30, 7.5)
    with pytest.raises(AssertionError):
        average.add(FunctionEvent(id=2, name="bar", thread=0, start_us=0, end_us=1))


def test_children_of_overlapping_events() -> None:
    """[1, 3] pushes out [0, 2] and takes [1, 2] in; threads do not mix."""
    spans = [(1, 0, 1), (1, 1, 2), (0, 0, 2), (0, 1, 2), (0, 1, 3)]
    events = EventList(
        FunctionEvent(id=n, name="", thread=thread, start_us=start, end_us=end)
        for n, (thread, start, end) in enumerate(spans)
    )
    events._populate_cpu_children()
    assert [[child.id for child in event.cpu_children] for event in events] == [[], [], [], [], [3]]


def test_named_function_and_its_cost_when_off() -> None:
    @record_function("mine")
    def function(x: Any) -> Any:
        return x + 1

    function(torch.ones(1))
    with profile() as prof:
        function(torch.ones(1))
    assert [event.name for event in prof.function_events] == ["mine", "aten::add"]
    assert "mine" in str(prof)


def test_one_profile_at_a_time() -> None:
    with profile():
        with pytest.raises(RuntimeError, match="Profiler is already enabled on this thread"):
            profile().__enter__()
    assert str(profile()) == "<unfinished torch.autograd.profile>"
    with profile(enabled=False) as nothing:
        assert nothing is None


def test_markers_of_accelerators_raise() -> None:
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
        profiler.emit_nvtx().__enter__()
    with pytest.raises(RuntimeError, match="ITT functions not installed"):
        profiler.emit_itt().__enter__()


def test_trace_file(tmp_path: Path) -> None:
    with cycles.profile(record_shapes=True) as prof:
        torch.ones(2) + 1
    path = tmp_path / "trace.json"
    prof.export_chrome_trace(str(path))
    (event,) = json.loads(path.read_text())["traceEvents"]
    assert event["name"] == "aten::add" and event["ph"] == "X" and event["dur"] > 0


def test_schedule_and_handler() -> None:
    plan = cycles.schedule(wait=1, warmup=1, active=2, repeat=1, skip_first=1)
    assert [plan(n).name for n in range(7)] == ["NONE", "NONE", "WARMUP", "RECORD", "RECORD_AND_SAVE", "NONE", "NONE"]
    traces: list[list[str]] = []
    with cycles.profile(
        activities=[cycles.ProfilerActivity.CPU],
        schedule=plan,
        on_trace_ready=lambda prof: traces.append([event.name for event in prof.events()]),
    ) as prof:
        for _ in range(7):
            torch.ones(1) * 2
            prof.step()
    assert traces == [["ProfilerStep#3", "aten::mul", "ProfilerStep#4", "aten::mul"]]


def test_blocks_are_named_by_operators_too() -> None:
    with profile() as prof:
        block = torch.ops.profiler._record_function_enter_new("step")
        torch.ones(2) + 1
        torch.ops.profiler._record_function_exit(block)
    assert [event.name for event in prof.function_events] == ["step", "aten::add"]
