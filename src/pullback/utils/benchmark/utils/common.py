"""Measurements, and their text."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import pullback

__all__ = [
    "Measurement",
    "TaskSpec",
    "ordered_unique",
    "select_unit",
    "set_torch_threads",
    "trim_sigfig",
    "unit_to_english",
]

_NAMES = {"ns": "nanosecond", "us": "microsecond", "ms": "millisecond", "s": "second"}
_WARN_AT, _STRONG_WARN_AT = 0.1, 0.25
"""An interquartile range that is so much of the median is warned of."""


@dataclasses.dataclass(frozen=True, init=True, repr=False, eq=True)
class TaskSpec:
    """What was timed, and under which titles."""

    stmt: str
    setup: str
    global_setup: str = ""
    label: str | None = None
    sub_label: str | None = None
    description: str | None = None
    env: str | None = None
    num_threads: int = 1

    @property
    def title(self) -> str:
        """The label, or the statement if it is one line."""
        if self.label is not None:
            return self.label + (f": {self.sub_label}" if self.sub_label else "")
        if "\n" not in self.stmt:
            return self.stmt + (f": {self.sub_label}" if self.sub_label else "")
        return f"stmt:{f' ({self.sub_label})' if self.sub_label else ''}\n{textwrap.indent(self.stmt, '  ')}"

    def setup_str(self) -> str:
        """The setup, if there is any."""
        if not self.setup or self.setup == "pass":
            return ""
        several = "\n" in self.setup
        return "setup:\n" + textwrap.indent(self.setup, "  ") if several else f"setup: {self.setup}"

    def summarize(self) -> str:
        """Title, description and setup in lines."""
        parts = [self.title, self.description or "", self.setup_str()]
        text = ("\n\n" if "\n" in self.title else "\n").join(part for part in parts if part)
        return text + "\n" * ("\n" in self.setup)


@dataclasses.dataclass(init=True, repr=False)
class Measurement:
    """Times of one task: `raw_times` in seconds, each of `number_per_run` runs.

    >>> m = Measurement(10, [1e-4, 1e-4, 1.1e-4], TaskSpec("f(x)", "pass"))
    >>> m.median, len(m.times), m.has_warnings
    (1e-05, 3, False)
    """

    number_per_run: int
    raw_times: list[float]
    task_spec: TaskSpec
    metadata: dict[Any, Any] | None = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "task_spec":
            raise AttributeError(name)
        return getattr(self.task_spec, name)  # label, sub_label, env …

    @property
    def times(self) -> list[float]:
        """Seconds of one run."""
        return [each / self.number_per_run for each in self.raw_times]

    def _found(self, value: Any) -> float:
        if not self.raw_times:
            raise AssertionError("there are no measurements")
        return float(value)

    @property
    def median(self) -> float:
        """Seconds of one run, in the middle."""
        return self._found(np.median(self.times))

    @property
    def mean(self) -> float:
        """Seconds of one run, on average."""
        return self._found(np.mean(self.times))

    @property
    def iqr(self) -> float:
        """From the first to the third quartile, in seconds."""
        low, high = np.quantile(self.times, [0.25, 0.75])
        return self._found(high - low)

    @property
    def significant_figures(self) -> int:
        """How many digits of the median the spread leaves."""
        times = sorted(self.times)
        middle = times[len(times) // 4 : math.ceil(3 * len(times) / 4)]
        # 90 % of normal means lie within 1.645 standard errors; no clock tells 25 ns apart.
        width = max(1.645 * float(np.std(middle)) / math.sqrt(len(middle)), 25e-9)
        return max(math.floor(math.log10(self.median / width)), 1)

    @property
    def has_warnings(self) -> bool:
        """Whether the spread is a tenth of the median or more."""
        return self.iqr / self.median > _WARN_AT

    def meets_confidence(self, threshold: float = _WARN_AT) -> bool:
        """Whether the spread is below `threshold` times the median."""
        return self.iqr / self.median < threshold

    @property
    def title(self) -> str:
        """The title of the task."""
        return self.task_spec.title

    @property
    def as_row_name(self) -> str:
        """The sub-label, or what stands for it."""
        return self.task_spec.sub_label or self.task_spec.stmt or "[Unknown]"

    def __repr__(self) -> str:
        times, threads = self.raw_times, self.task_spec.num_threads
        unit, scale = select_unit(self.median)
        runs = f"{self.number_per_run} runs " + ("per measurement" if len(times) > 1 else "")
        count = f"  {len(times)} measurement{'s' * (len(times) > 1)}, {runs}, {threads} thread{'s' * (threads > 1)}"
        lines = [object.__repr__(self), self.task_spec.summarize()]
        if len(times) == 1:
            return "\n".join([*lines, f"  {self.median / scale:.2f} {unit}", count])
        lines.append(f"  Median: {self.median / scale:.2f} {unit}")
        if len(times) >= 4:
            low, high = np.quantile(self.times, [0.25, 0.75]) / scale
            lines.append(f"  IQR:    {self.iqr / scale:.2f} {unit} ({low:.2f} to {high:.2f})")
        lines.append(count)
        share = self.iqr / self.median
        if share > _WARN_AT:
            strong = "suggests significant environmental influence"
            lines += [
                f"  WARNING: Interquartile range is {share * 100:.1f}% of the median measurement.",
                f"           This {strong if share > _STRONG_WARN_AT else 'could indicate system fluctuation'}.",
            ]
        return "\n".join(lines)

    @staticmethod
    def merge(measurements: Iterable[Measurement]) -> list[Measurement]:
        """One measurement for each task."""
        grouped: dict[TaskSpec, list[float]] = {}
        for each in measurements:
            grouped.setdefault(each.task_spec, []).extend(each.times)
        return [Measurement(1, times, task) for task, times in grouped.items()]


def select_unit(t: float) -> tuple[str, float]:
    """The unit for a time in seconds, and how many seconds it is.

    >>> select_unit(2e-5)
    ('us', 1e-06)
    """
    power = int(np.log10(t) // 3) if t > 0 else 0
    return {-3: ("ns", 1e-9), -2: ("us", 1e-6), -1: ("ms", 1e-3)}.get(power, ("s", 1))


def unit_to_english(u: str) -> str:
    """``"us"`` is ``"microsecond"``."""
    return _NAMES[u]


def trim_sigfig(x: float, n: int) -> float:
    """`x` with `n` significant digits.

    >>> trim_sigfig(1234.0, 2)
    1200.0
    """
    if not x:
        raise OverflowError("zero has no significant digits")
    scale = 10 ** (int(np.ceil(np.log10(abs(x)))) - n)
    return float(np.round(x / scale) * scale)


def ordered_unique(elements: Iterable[Any]) -> list[Any]:
    """The elements without repetitions, in order."""
    return list(dict.fromkeys(elements))


@contextmanager
def set_torch_threads(n: int) -> Iterator[None]:
    """`n` threads inside the ``with`` block."""
    before = pullback.get_num_threads()
    try:
        pullback.set_num_threads(n)
        yield
    finally:
        pullback.set_num_threads(before)
