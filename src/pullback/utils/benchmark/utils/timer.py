"""Timer: run a statement often enough to know how long it takes."""

from __future__ import annotations

import enum
import textwrap
import timeit
from collections.abc import Callable
from time import perf_counter as timer
from typing import Any

import pullback
from pullback.utils.benchmark.utils.common import Measurement, TaskSpec, set_torch_threads

__all__ = ["Language", "Timer", "timer"]


class Language(enum.Enum):
    """What a statement is written in."""

    PYTHON = 0
    CPP = 1


class Timer:
    """Times a statement of Python, with one thread by default, after a warm-up.

    >>> m = Timer("x + 1", setup="x = torch.ones(3)").timeit(10)
    >>> m.number_per_run, len(m.times)
    (10, 1)
    """

    def __init__(
        self, stmt: str = "pass", setup: str = "pass", global_setup: str = "", timer: Callable[[], float] = timer,
        globals: dict[str, Any] | None = None, label: str | None = None, sub_label: str | None = None,
        description: str | None = None, env: str | None = None, num_threads: int = 1,
        language: Language | str = Language.PYTHON,
    ) -> None:  # fmt: skip
        if not isinstance(stmt, str):
            raise ValueError("Currently only a `str` stmt is supported.")
        if language not in (Language.PYTHON, "py", "python"):
            raise ValueError(f"pullback times statements of Python only, not of {language}")
        if global_setup:
            raise ValueError(
                f"global_setup is C++ only, got `{global_setup}`. Most likely this code can simply be moved to `setup`."
            )
        stmt, setup = (textwrap.dedent(each[1:] if each.startswith("\n") else each).rstrip() for each in (stmt, setup))
        self._globals = {"torch": pullback, **(globals or {})}
        self._timer = timeit.Timer(stmt, setup, timer, self._globals)
        self._task_spec = TaskSpec(stmt, setup, global_setup, label, sub_label, description, env, num_threads)

    def _timeit(self, number: int) -> float:
        return max(self._timer.timeit(number), 1e-9)  # the clock may not have moved

    def timeit(self, number: int = 1000000) -> Measurement:
        """One measurement of `number` runs."""
        with set_torch_threads(self._task_spec.num_threads):
            self._timeit(max(int(number // 100), 2))
            return Measurement(number, [self._timeit(number)], self._task_spec)

    def repeat(self, repeat: int = -1, number: int = -1) -> None:
        """Raises ``NotImplementedError``, as PyTorch's does."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    autorange = repeat

    def _block_size(self, min_run_time: float) -> int:
        """So many runs that reading the clock takes a thousandth of a block, at most."""
        self._timeit(2)  # first calls compile dispatchers
        overhead = sorted(self._timeit(0) for _ in range(5))[2]
        number = 1
        while True:
            taken = self._timeit(number)
            if (
                (overhead / taken <= 1e-4 and taken >= min_run_time / 1000)
                or taken > min_run_time
                or number * 10 > 2**31
            ):
                return number
            number *= 10

    def blocked_autorange(
        self, callback: Callable[[int, float], Any] | None = None, min_run_time: float = 0.2
    ) -> Measurement:
        """Blocks of equally many runs, for `min_run_time` seconds in all."""
        return self._measure(min_run_time, None, lambda times: True, callback)

    def adaptive_autorange(
        self, threshold: float = 0.1, *, min_run_time: float = 0.01, max_run_time: float = 10.0,
        callback: Callable[[int, float], Any] | None = None,
    ) -> Measurement:  # fmt: skip
        """Blocks of runs until their spread is below `threshold` times the median, or for `max_run_time` seconds."""

        def enough(times: list[float]) -> bool:
            return len(times) > 3 and Measurement(1, times, self._task_spec).meets_confidence(threshold)

        return self._measure(min_run_time, max_run_time, enough, callback)

    def _measure(
        self, least: float, most: float | None, enough: Callable[[list[float]], bool], callback: Any
    ) -> Measurement:
        with set_torch_threads(self._task_spec.num_threads):
            number = self._block_size(least)
            times: list[float] = []
            total = 0.0
            while total < least or not (enough(times) or (most is not None and total >= most)):
                times.append(self._timeit(number))
                total += times[-1]
                if callback:
                    callback(number, times[-1])
        return Measurement(number, times, self._task_spec)

    def collect_callgrind(self, number: int = 100, **settings: Any) -> Any:
        """Raises ``NotImplementedError``: instructions are not counted."""
        raise NotImplementedError("pullback does not run Callgrind")
