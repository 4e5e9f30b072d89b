"""What a profile consists of: events with their times, the tree they form, sums over events of one name."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from pullback.autograd.profiler_table import build_table, format_time, format_time as _format_time  # noqa: F401

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "Interval"]


@dataclass
class Interval:
    """A stretch of time in microseconds since the profile began."""

    start: float
    end: float

    def elapsed_us(self) -> float:
        """Its length in microseconds."""
        return self.end - self.start


class _Times:
    """The figures that a single event and a sum of events share. Times are microseconds, memory is bytes."""

    count: int
    cpu_time_total: float
    self_cpu_time_total: float
    cpu_memory_usage: int
    self_cpu_memory_usage: int
    device_time_total = self_device_time_total = 0.0
    device_memory_usage = self_device_memory_usage = 0

    @property
    def cpu_time(self) -> float:
        """Time with what ran inside, for one call."""
        return self.cpu_time_total / self.count if self.count else 0.0

    @property
    def device_time(self) -> float:
        """Time on an accelerator for one call: none."""
        return self.device_time_total / self.count if self.count else 0.0

    @property
    def cpu_time_str(self) -> str:
        """`cpu_time` with its unit."""
        return format_time(self.cpu_time)

    @property
    def cpu_time_total_str(self) -> str:
        """`cpu_time_total` with its unit."""
        return format_time(self.cpu_time_total)

    @property
    def self_cpu_time_total_str(self) -> str:
        """`self_cpu_time_total` with its unit."""
        return format_time(self.self_cpu_time_total)


class FunctionEvent(_Times):
    """One call of an operator, a node or a named block: what, when, on which thread, inside what."""

    count = 1

    def __init__(
        self,
        id: int,
        name: str,
        thread: int,
        start_us: float,
        end_us: float,
        *,
        fwd_thread: int | None = None,
        input_shapes: Sequence[Any] | None = None,
        stack: Sequence[str] | None = None,
        cpu_memory_usage: int = 0,
        is_user_annotation: bool = False,
        node_id: int = -1,
        sequence_nr: int = -1,
        is_async: bool = False,
    ) -> None:
        self.id = id
        self.name = name
        self.thread = thread
        self.fwd_thread = fwd_thread
        self.time_range = Interval(start_us, end_us)
        self.input_shapes = list(input_shapes or ())
        self.stack = list(stack or ())
        self.cpu_memory_usage = cpu_memory_usage
        self.is_user_annotation = is_user_annotation
        self.node_id = node_id
        self.sequence_nr = sequence_nr
        self.is_async = is_async
        self.is_legacy = self.is_remote = False
        self.cpu_children: list[FunctionEvent] = []
        self.cpu_parent: FunctionEvent | None = None

    @property
    def key(self) -> str:
        """What sums go by: the name."""
        return self.name

    @property
    def cpu_time_total(self) -> float:  # type: ignore[override]
        """Time with what ran inside."""
        return self.time_range.elapsed_us()

    @property
    def self_cpu_time_total(self) -> float:  # type: ignore[override]
        """Time without what ran inside."""
        return self.cpu_time_total - sum(child.cpu_time_total for child in self.cpu_children)

    @property
    def self_cpu_memory_usage(self) -> int:  # type: ignore[override]
        """Memory of the results without those of what ran inside."""
        return self.cpu_memory_usage - sum(child.cpu_memory_usage for child in self.cpu_children)

    def append_cpu_child(self, child: FunctionEvent) -> None:
        """Note that `child` ran inside."""
        self.cpu_children.append(child)

    def set_cpu_parent(self, parent: FunctionEvent) -> None:
        """Note what this ran inside."""
        self.cpu_parent = parent

    def __repr__(self) -> str:
        return (
            f"<FunctionEvent id={self.id} name={self.name} device_type=DeviceType.CPU node_id={self.node_id} "
            f"cpu_time={self.cpu_time_str} start_us={self.time_range.start} end_us={self.time_range.end} "
            f"cpu_children={[child.id for child in self.cpu_children]} thread={self.thread} "
            f"input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage} is_async={self.is_async} "
            f"sequence_nr={self.sequence_nr}>"
        )


class FunctionEventAvg(_Times):
    """The sum over events of one name."""

    def __init__(self) -> None:
        self.key: str | None = None
        self.count = 0
        self.node_id = -1
        self.is_async = self.is_remote = self.is_legacy = self.is_user_annotation = False
        self.cpu_time_total = self.self_cpu_time_total = 0.0
        self.cpu_memory_usage = self.self_cpu_memory_usage = 0
        self.input_shapes: list[Any] | None = None
        self.stack: list[str] | None = None
        self.cpu_children: list[FunctionEvent] | None = None
        self.cpu_parent: FunctionEvent | None = None

    def add(self, other: Any) -> FunctionEventAvg:
        """Add an event or another sum; returns itself. Raises ``AssertionError`` for one of another name."""
        if self.key is None:
            self.key = other.key
            self.node_id = other.node_id
            self.is_user_annotation = other.is_user_annotation
            self.input_shapes, self.stack = other.input_shapes, other.stack
            self.cpu_parent = other.cpu_parent
        if not isinstance(other, (FunctionEvent, FunctionEventAvg)) or other.key != self.key:
            raise AssertionError(f"expected an event named {self.key}, got {other!r}")
        for name in ("cpu_time_total", "self_cpu_time_total", "cpu_memory_usage", "self_cpu_memory_usage", "count"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    def __iadd__(self, other: Any) -> FunctionEventAvg:
        return self.add(other)

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} cpu_time={self.cpu_time_str} "
            f"input_shapes={self.input_shapes or ''} cpu_memory_usage={self.cpu_memory_usage}>"
        )


class EventList(list[Any]):
    """Events in the order they began."""

    def __init__(self, *args: Iterable[Any], profile_memory: bool = False, **ignored: Any) -> None:
        super().__init__(*args)
        self._profile_memory = profile_memory

    def __str__(self) -> str:
        return self.table()

    def _populate_cpu_children(self) -> None:
        """Say of each event what it ran inside: the innermost on its thread that had not ended when it ended."""
        threads: dict[Any, list[FunctionEvent]] = defaultdict(list)
        for event in self:
            if not event.is_async:
                threads[event.thread, event.node_id].append(event)
        for events in threads.values():
            open_events: list[FunctionEvent] = []
            for event in sorted(events, key=lambda each: (each.time_range.start, -each.time_range.end)):
                span = event.time_range
                while open_events:
                    outer = open_events[-1].time_range
                    if span.start >= outer.end or span.end > outer.end:
                        open_events.pop()
                        continue
                    open_events[-1].append_cpu_child(event)
                    event.set_cpu_parent(open_events[-1])
                    break
                open_events.append(event)

    @property
    def self_cpu_time_total(self) -> float:
        """Time of all events, each without what ran inside."""
        return sum(event.self_cpu_time_total for event in self)

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = 55,
        max_shapes_column_width: int = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
        time_unit: str | None = None,
    ) -> str:
        """The events as text, a row each, sorted downwards by the attribute `sort_by` if given.

        `row_limit` -1 shows all; `top_level_events_only` leaves out what ran inside something; `time_unit` is ``"s"``,
        ``"ms"`` or ``"us"`` for all times, by default each has its own.
        """
        events = [each for each in self if not top_level_events_only or each.cpu_parent is None]
        if sort_by is not None:
            events.sort(key=attrgetter(sort_by.replace("cuda", "device")), reverse=True)
        shown = events if row_limit < 0 else events[:row_limit]
        widths = (max_name_column_width, max_shapes_column_width, max_src_column_width)
        return build_table(shown, self.self_cpu_time_total, widths, header, self._profile_memory, time_unit)

    def key_averages(
        self, group_by_input_shapes: bool = False, group_by_stack_n: int = 0, group_by_overload_name: bool = False
    ) -> EventList:
        """The sums over events of one name, and of one list of input shapes or one call stack if asked."""
        sums: dict[Any, FunctionEventAvg] = defaultdict(FunctionEventAvg)
        for event in self:
            key: tuple[Any, ...] = (event.key, event.node_id, event.is_user_annotation)
            if group_by_input_shapes:
                key = (*key, str(event.input_shapes))
            if group_by_stack_n:
                key = (*key, *event.stack[:group_by_stack_n])
            sums[key].add(event)
        found = EventList(sums.values(), profile_memory=self._profile_memory)
        for each in found:
            each.stack = each.stack[:group_by_stack_n]
            if not group_by_input_shapes:
                each.input_shapes = ""
        return found

    def total_average(self) -> FunctionEventAvg:
        """The sum over all events."""
        total = FunctionEventAvg()
        for event in self:
            total.key = event.key
            total.add(event)
        total.key = "Total"
        return total

    def export_chrome_trace(self, path: str) -> None:
        """Write the events as JSON for ``chrome://tracing`` or https://ui.perfetto.dev."""
        process = os.getpid()
        events = [
            {
                "ph": "X",
                "cat": "user_annotation" if event.is_user_annotation else "cpu_op",
                "name": event.name,
                "pid": process,
                "tid": event.thread,
                "ts": event.time_range.start,
                "dur": event.time_range.elapsed_us(),
                "args": {"Input Dims": event.input_shapes, "Sequence number": event.sequence_nr},
            }
            for event in self
        ]
        with open(path, "w") as file:
            json.dump({"schemaVersion": 1, "displayTimeUnit": "ms", "traceEvents": events}, file)

    def supported_export_stacks_metrics(self) -> list[str]:
        """What `export_stacks` can weigh stacks by."""
        return ["self_cpu_time_total"]

    def export_stacks(self, path: str, metric: str) -> None:
        """Write the call stacks with their times for flame graphs; ``ValueError`` for an unknown metric."""
        if metric not in self.supported_export_stacks_metrics():
            raise ValueError(f"metric should be one of: {self.supported_export_stacks_metrics()}")
        with open(path, "w") as file:
            for event in self:
                if event.stack:
                    stack = ";".join(line.replace(" ", "_") for line in reversed(event.stack))
                    file.write(f"{stack} {int(getattr(event, metric))}\n")
