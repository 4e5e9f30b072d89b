"""What takes the time: every operator, backward node and named block of a program, with its wall-clock time.

A profile watches operators through `pullback.graph.observers`; while none is open, nothing is measured and nothing costs.
Matches https://docs.pytorch.org/docs/2.13/autograd.html#profiler.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from contextlib import ContextDecorator, ExitStack
from contextvars import ContextVar
from time import perf_counter_ns
from typing import Any

from pullback.autograd.profiler_util import EventList, FunctionEvent, FunctionEventAvg
from pullback.graph.observers import observing, observing_nodes
from pullback.graph.tensor_base import TensorBase

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "emit_itt", "emit_nvtx", "profile", "record_function"]


class Recorder:
    """Collects the events of one profile."""

    def __init__(self, record_shapes: bool, profile_memory: bool, with_stack: bool) -> None:
        self.record_shapes = record_shapes
        self.profile_memory = profile_memory
        self.with_stack = with_stack
        self.began = perf_counter_ns()
        self.events: list[FunctionEvent] = []
        self.threads: dict[int, int] = {}

    def now(self) -> float:
        """Microseconds since the profile began."""
        return (perf_counter_ns() - self.began) / 1000

    def thread(self) -> int:
        """The number of the running thread, from 1 in the order they were met."""
        return self.threads.setdefault(threading.get_ident(), len(self.threads) + 1)

    def note(self, name: str, start: float, **facts: Any) -> None:
        """Add an event that began at `start` and ends now."""
        end = self.now()
        if self.with_stack:
            facts["stack"] = _stack()
        self.events.append(FunctionEvent(len(self.events), name, self.thread(), start, end, **facts))

    def operator(self, operator: Any, values: tuple[Any, ...], run: Callable[[], Any]) -> Any:
        """Time an operator."""
        start = self.now()
        result = run()
        end_facts: dict[str, Any] = {"fwd_thread": 0}
        results = result if isinstance(result, tuple) else (result,)
        node = next((each._maker for each in results if each._maker is not None), None)
        if node is not None:
            end_facts["sequence_nr"] = node._sequence_nr()
        if self.record_shapes:
            end_facts["input_shapes"] = [_shape(each) for each in values]
        if self.profile_memory and operator.kind != "view":
            end_facts["cpu_memory_usage"] = sum(each._array.nbytes for each in results)
        self.note(f"aten::{spoken_name(operator)}", start, **end_facts)
        return result

    def node(self, node: Any, run: Callable[[], Any]) -> Any:
        """Time a node of the backward pass."""
        start = self.now()
        found = run()
        facts: dict[str, Any] = {"sequence_nr": node._sequence_nr(), "fwd_thread": self.thread()}
        self.note(node.name(), start, **facts)
        self.note(f"autograd::engine::evaluate_function: {node.name()}", start, **facts)
        return found

    def finished(self) -> EventList:
        """The events in the order they began, each knowing what it ran inside."""
        # What was noted later began earlier where the times are equal: it is the outer one.
        ordered = sorted(self.events, key=lambda event: (event.time_range.start, -event.id))
        for number, event in enumerate(ordered):
            event.id = number
        events = EventList(ordered, profile_memory=self.profile_memory)
        events._populate_cpu_children()
        for event in reversed(ordered):
            if event.is_user_annotation:
                event.cpu_memory_usage = sum(child.cpu_memory_usage for child in event.cpu_children)
        return events


def spoken_name(operator: Any) -> str:
    """PyTorch's name for an operator: that of its node where it has one, as several forms share a name there."""
    if not operator.over:
        return operator.name
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", re.sub(r"Backward\d*$", "", operator.node_name)).lower()
    return words or operator.name


_recorder: ContextVar[Recorder | None] = ContextVar("profile", default=None)


def _shape(value: Any) -> list[int]:
    return list(value._array.shape) if isinstance(value, TensorBase) else []


def _stack() -> list[str]:
    """The lines outside the package that led here, innermost first."""
    lines: list[str] = []
    frame: Any = sys._getframe(1)
    while frame is not None:
        if not frame.f_globals.get("__name__", "").startswith("pullback."):
            lines.append(f"{frame.f_code.co_filename}({frame.f_lineno}): {frame.f_code.co_name}")
        frame = frame.f_back
    return lines


def _profiler_enabled() -> bool:
    """Whether a profile is open in this thread."""
    return _recorder.get() is not None


def kineto_available() -> bool:
    """Whether PyTorch's profiling library is there: never; times are taken in Python."""
    return False


class profile:
    """Measure what runs inside the ``with`` block.

    `record_shapes` notes the shapes of inputs, `profile_memory` the size of results, `with_stack` the calling lines.
    There is no accelerator here: `use_cuda`, `use_device` and the settings of PyTorch's own profiling library are
    accepted and have no effect.

    >>> import pullback as torch
    >>> x = torch.ones(3, requires_grad=True)
    >>> with torch.autograd.profiler.profile() as prof:
    ...     (x * 2).sum().backward()
    >>> [event.name for event in prof.function_events if event.cpu_parent is None][:2]
    ['aten::mul', 'aten::sum']
    """

    def __init__(
        self,
        enabled: bool = True,
        *,
        use_cuda: bool = False,
        use_device: str | None = None,
        record_shapes: bool = False,
        with_flops: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_modules: bool = False,
        use_kineto: bool = False,
        use_cpu: bool = True,
        experimental_config: Any = None,
        acc_events: bool = False,
        custom_trace_id_callback: Any = None,
        **ignored: Any,
    ) -> None:
        self.enabled = enabled
        self.record_shapes = record_shapes
        self.profile_memory = profile_memory
        self.with_stack = with_stack
        self.function_events: EventList | None = None
        self.entered = False

    def __enter__(self) -> Any:
        if not self.enabled:
            return None
        if self.entered:
            raise RuntimeError("Profiler context manager is not reentrant")
        if _recorder.get() is not None:
            raise RuntimeError("Profiler is already enabled on this thread.")
        self.entered = True
        self.recorder = Recorder(self.record_shapes, self.profile_memory, self.with_stack)
        self._token = _recorder.set(self.recorder)
        self._watching = ExitStack()
        self._watching.enter_context(observing(self.recorder.operator))
        self._watching.enter_context(observing_nodes(self.recorder.node))
        return self

    def __exit__(self, *exception: object) -> None:
        if not self.enabled:
            return
        self._watching.close()
        _recorder.reset(self._token)
        self.function_events = self.recorder.finished()

    def _events(self) -> EventList:
        if self.function_events is None:
            raise RuntimeError("Profiler didn't finish running")
        return self.function_events

    def __repr__(self) -> str:
        return "<unfinished torch.autograd.profile>" if self.function_events is None else repr(self.function_events)

    def __str__(self) -> str:
        return "<unfinished torch.autograd.profile>" if self.function_events is None else str(self.function_events)

    def table(self, *args: Any, **kwargs: Any) -> str:
        """The events as text; see `EventList.table`."""
        return self._events().table(*args, **kwargs)

    def key_averages(
        self, group_by_input_shape: bool = False, group_by_stack_n: int = 0, group_by_overload_name: bool = False
    ) -> EventList:
        """The sums over events of one name; see `EventList.key_averages`."""
        return self._events().key_averages(group_by_input_shape, group_by_stack_n)

    def total_average(self) -> FunctionEventAvg:
        """The sum over all events."""
        return self._events().total_average()

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds of all events, each without what ran inside."""
        return self._events().self_cpu_time_total

    def export_chrome_trace(self, path: str) -> None:
        """Write the events as JSON for ``chrome://tracing``."""
        self._events().export_chrome_trace(path)

    def export_stacks(self, path: str, metric: str = "self_cpu_time_total") -> None:
        """Write the call stacks with their times for flame graphs; needs ``with_stack=True``."""
        if not self.with_stack:
            raise AssertionError("export_stacks() requires with_stack=True")
        self._events().export_stacks(path, metric)


class record_function(ContextDecorator):
    """Give a block or a function a name in the profile. Does nothing while no profile is open.

    >>> import pullback as torch
    >>> with torch.autograd.profiler.profile() as prof:
    ...     with torch.autograd.profiler.record_function("step"):
    ...         _ = torch.ones(2) + 1
    >>> [event.name for event in prof.function_events]
    ['step', 'aten::add']
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name
        self.args = args

    def _recreate_cm(self) -> record_function:
        return record_function(self.name, self.args)

    def __enter__(self) -> record_function:
        self.recorder = _recorder.get()
        if self.recorder is not None:
            self.start = self.recorder.now()
        return self

    def __exit__(self, *exception: object) -> None:
        if self.recorder is not None and self.recorder is _recorder.get():
            self.recorder.note(self.name, self.start, is_user_annotation=True, fwd_thread=0)


def _enter(name: str, args: str | None = None) -> record_function:
    return record_function(name, args).__enter__()


def _exit(block: record_function) -> None:
    block.__exit__()


OPERATORS = {
    "_record_function_enter": _enter,
    "_record_function_enter_new": _enter,
    "_record_function_exit": _exit,
}
"""A named block as the operators of ``torch.ops.profiler``."""


class emit_nvtx:
    """NVIDIA's markers around every operator: raises on entry, as there is no CUDA here."""

    def __init__(self, enabled: bool = True, record_shapes: bool = False) -> None:
        self.enabled = enabled

    def __enter__(self) -> Any:
        if not self.enabled:
            return None
        raise AssertionError("Torch not compiled with CUDA enabled: emit_nvtx marks CUDA timelines, and there are none")

    def __exit__(self, *exception: object) -> None:
        return None


class emit_itt(emit_nvtx):
    """Intel's markers around every operator: raises on entry, as that library is not bound here."""

    def __enter__(self) -> Any:
        if not self.enabled:
            return None
        raise RuntimeError(
            "ITT functions not installed: emit_itt marks timelines of Intel's tools, which are not bound"
        )
