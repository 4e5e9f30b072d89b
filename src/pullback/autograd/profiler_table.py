"""A profile as text: columns of figures, right-aligned, as wide as PyTorch's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

_GAP = "  "
_WIDTH = 12
_UNITS = {"s": 1e6, "ms": 1e3, "us": 1.0}


class Column(NamedTuple):
    """A column: its title, its width, what it shows of an event."""

    title: str
    width: int
    text: Callable[[Any], str]


def format_time(microseconds: float) -> str:
    """Microseconds with the unit that fits.

    >>> format_time(1500), format_time(2.5)
    ('1.500ms', '2.500us')
    """
    unit = next((name for name, size in _UNITS.items() if microseconds >= size), "us")
    return format_time_in_unit(microseconds, unit)


def format_time_in_unit(microseconds: float, unit: str) -> str:
    """Microseconds in the unit ``"s"``, ``"ms"`` or ``"us"``."""
    return f"{microseconds / _UNITS[unit]:.3f}{unit}"


def format_share(part: float, whole: float) -> str:
    """A part in percent of the whole."""
    if not whole:
        return "NaN" if part else "0.00%"
    return f"{part * 100.0 / whole:.2f}%"


def format_memory(size: int) -> str:
    """Bytes with the unit that fits.

    >>> format_memory(2048), format_memory(-3)
    ('2.00 KB', '-3 B')
    """
    for unit, name in ((2**30, "GB"), (2**20, "MB"), (2**10, "KB")):
        if abs(size) >= unit:
            return f"{size / unit:.2f} {name}"
    return f"{size} B"


def _clipped(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def _fitting(texts: Sequence[str], limit: int) -> int:
    return min(max((len(text) for text in texts), default=0) + 4, limit)


def columns(
    events: Sequence[Any], total: float, widths: tuple[int, int, int], memory: bool, time_unit: str | None
) -> list[Column]:
    """The columns that `events` call for: shapes and stacks only where some event has them."""

    def time(value: float) -> str:
        return format_time(value) if time_unit is None else format_time_in_unit(value, time_unit)

    name_width = _fitting([event.key for event in events], widths[0])
    found = [
        Column("Name", name_width, lambda event: _clipped(event.key, name_width)),
        Column("Self CPU %", _WIDTH, lambda event: format_share(event.self_cpu_time_total, total)),
        Column("Self CPU", _WIDTH, lambda event: time(event.self_cpu_time_total)),
        Column("CPU total %", _WIDTH, lambda event: format_share(event.cpu_time_total, total)),
        Column("CPU total", _WIDTH, lambda event: time(event.cpu_time_total)),
        Column("CPU time avg", _WIDTH, lambda event: time(event.cpu_time)),
    ]
    if memory:
        found.append(Column("CPU Mem", _WIDTH, lambda event: format_memory(event.cpu_memory_usage)))
        found.append(Column("Self CPU Mem", _WIDTH, lambda event: format_memory(event.self_cpu_memory_usage)))
    found.append(Column("# of Calls", _WIDTH, lambda event: str(event.count)))
    if any(event.input_shapes for event in events):
        shapes_width = _fitting([str(event.input_shapes) for event in events], widths[1])
        found.append(
            Column("Input Shapes", shapes_width, lambda event: _clipped(str(event.input_shapes), shapes_width))
        )
    if any(event.stack for event in events):
        source_width = _fitting([line for event in events for line in event.stack], widths[2])
        found.append(
            Column("Source Location", source_width, lambda event: _clipped((event.stack or [""])[0], source_width))
        )
    return found


def build_table(
    events: Sequence[Any],
    total: float,
    widths: tuple[int, int, int],
    header: str | None,
    memory: bool,
    time_unit: str | None,
) -> str:
    """The table of `events`, whose time together is `total`; empty without events."""
    if not events:
        return ""
    shown = columns(events, total, widths, memory, time_unit)
    rule = "".join("-" * column.width + _GAP for column in shown)
    lines = []
    if header is not None:
        lines += ["=" * len(rule), header, "=" * len(rule)]
    lines += [rule, "".join(f"{column.title:>{column.width}}{_GAP}" for column in shown), rule]
    lines += ["".join(f"{column.text(event):>{column.width}}{_GAP}" for column in shown) for event in events]
    time = format_time(total) if time_unit is None else format_time_in_unit(total, time_unit)
    return "\n".join([*lines, rule, f"Self CPU time total: {time}", ""])
