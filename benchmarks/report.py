"""From times to a table: medians, and ratios to the reference over the turns that both had."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .rounds import Failures, Times

Row = dict[str, Any]
ABSENT = "–"


def readable(seconds: float) -> str:
    """``12.3 µs``."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def rows(times: Times, reference: str) -> list[Row]:
    """For each workload the median seconds of each library, and the quartiles of its ratio to the reference's."""
    found = []
    for name, turns in times.items():
        libraries = dict.fromkeys(library for turn in turns for library in turn)
        seconds = {who: statistics.median(turn[who] for turn in turns if who in turn) for who in libraries}
        ratios = {}
        for who in libraries:
            shared = [turn[who] / turn[reference] for turn in turns if who in turn and reference in turn]
            if who != reference and shared:
                ratios[who] = [float(q) for q in np.quantile(shared, (0.25, 0.5, 0.75))]
        found.append({"name": name, "seconds": seconds, "ratios": ratios})
    return found


def means(found: Iterable[Row], library: str) -> float | None:
    """The geometric mean of a library's ratios."""
    ratios = [row["ratios"][library][1] for row in found if library in row["ratios"]]
    return statistics.geometric_mean(ratios) if ratios else None


def _line(name: str, taken: str, cells: Iterable[str], spread: str = "") -> str:
    return f"{name:25}{taken:>10}{''.join(f'{cell:>16}' for cell in cells)}  {spread}".rstrip()


def _spread(row: Row, library: str) -> str:
    low, _, high = row["ratios"][library]
    return f"{low:.2f}–{high:.2f}"


def table(found: Sequence[Row], libraries: Sequence[str], reference: str) -> str:
    """A line for each workload: the reference's time, time and ratio of the others, the spread of the first one's."""
    others = [library for library in libraries if library != reference]
    lines = [_line("workload", reference, others, f"{others[0]}'s quartiles" if others else "")]
    for row in found:
        taken = {who: readable(seconds) for who, seconds in row["seconds"].items()}
        cells = [f"{taken[who]} {row['ratios'][who][1]:5.2f}" if who in row["ratios"] else ABSENT for who in others]
        spread = _spread(row, others[0]) if others and others[0] in row["ratios"] else ""
        lines.append(_line(row["name"], taken.get(reference, ABSENT), cells, spread))
    mean = [means(found, library) for library in others]
    lines.append(_line("geometric mean", "", [ABSENT if each is None else f"{each:.2f}" for each in mean]))
    return "\n".join(lines)


def reasons(failures: Failures) -> list[str]:
    """Why times do not count, a line for each."""
    return [f"not timed: {name}: {library}: {reason}" for (name, library), reason in failures.items()]
