"""One entry through its checks, in this process."""

from __future__ import annotations

import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import Any

import torch

from . import entries
from .checks import ALL_CHECKS, CHECKS, Side
from .convert import NotSampled, name_of
from .record import Count, Record
from .resolve import Missing

UNTOLD = (object, BaseException, Exception)  # ancestors that relate any two exceptions


@dataclass(frozen=True)
class Options:
    """What to check.

    Args:
        checks: names from `ALL_CHECKS`.
        dtype: a dtype's name; None for float64, or else what the entry takes.
        samples: most samples for each entry and check, 0 for all.
        seconds: time limit for each sample.
    """

    checks: tuple[str, ...] = ALL_CHECKS
    dtype: str | None = None
    samples: int = 40
    seconds: float = 20.0


class TooSlow(BaseException):
    """The sample's time is over; not an Exception, so that no ``except`` on the way takes it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises `TooSlow` in the body once `seconds` have passed (main thread only)."""

    def over(signum: int, frame: FrameType | None) -> None:
        raise TooSlow(f"no result after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def described(error: BaseException) -> str:
    """``RuntimeError: first line of the message``."""
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:200]


def compare_sample(name: str, ours: Side, theirs: Side, sample: Any, seconds: float) -> str | None:
    """How the two libraries differ on `sample`, or None.

    Raises:
        NotSampled: the sample does not run in PyTorch itself, or cannot be rebuilt.
    """
    check = CHECKS[name]
    try:
        with time_limit(seconds):
            expected = check.run(theirs, sample)
    except NotSampled:
        raise
    except (Exception, TooSlow) as error:
        raise NotSampled(f"PyTorch itself: {described(error)}") from error
    try:
        with time_limit(seconds):
            found = check.run(ours, sample)
        return check.difference(found, expected)
    except NotSampled:
        raise
    except (Exception, TooSlow) as error:
        return described(error)


def error_of(call: Callable[[], Any]) -> Exception | None:
    """The exception that ``call()`` raises, or None."""
    try:
        call()
    except NotSampled:
        raise
    except Exception as error:
        return error
    return None


def related(ours: type[BaseException], theirs: type[BaseException]) -> bool:
    """Whether one exception type is the other, by name, or a subclass of it."""
    names = [{t.__name__ for t in kind.__mro__ if t not in UNTOLD} for kind in (ours, theirs)]
    return theirs.__name__ in names[0] or ours.__name__ in names[1]


def compare_errors(ours: Side, theirs: Side, sample: Any, seconds: float, count: Count) -> str | None:
    """How the exceptions differ, or None; a message that begins like PyTorch's is counted in `count`."""
    expected = error_of(lambda: theirs.op(sample.input, *sample.args, **sample.kwargs))
    if expected is None:
        raise NotSampled("PyTorch itself raises nothing")
    with time_limit(seconds):
        found = error_of(lambda: ours.call(sample))
    if found is None:
        return f"nothing raised, torch {described(expected)}"
    first_line = (str(expected).splitlines() or [""])[0]
    count.messages += str(found).startswith(first_line)
    if not related(type(found), type(expected)):
        return f"{described(found)}, torch {described(expected)}"
    return None


Comparison = Callable[[Any], "str | None"]


def count_samples(samples: list[tuple[int, Any]], compare: Comparison, count: Count) -> None:
    """Adds every sample's outcome to `count`."""
    for position, sample in samples:
        try:
            count.add(position, compare(sample))
        except NotSampled as reason:
            count.skip(str(reason))
        except TooSlow as error:
            count.add(position, described(error))


def _plan(name: str, entry: Any, dtype: torch.dtype) -> bool:
    """Whether check `name` applies to `entry` on `dtype`."""
    if name == "errors":
        return entry.error_inputs_func is not None
    return CHECKS[name].applies(entry) and (name == "forward" or entries.is_differentiable(entry, dtype))


def run_entry(key: str, library: ModuleType, options: Options) -> Record:
    """All checks of the entry `key` with `library` against PyTorch."""
    entry, began = entries.table()[key], time.perf_counter()
    dtype = entries.dtype_for(entry, options.dtype)
    reason = entries.left_out(entry)
    if reason is None and dtype is None:
        reason = f"does not take {options.dtype or 'a dtype that NumPy has'} on the CPU"
    if reason is not None or dtype is None:
        return Record(key, not_sampled=reason or "")
    record = Record(key, name_of(dtype))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in options.checks:
            if _plan(name, entry, dtype):
                record.checks[name] = _run_check(name, entry, dtype, library, options)
    record.seconds = round(time.perf_counter() - began, 3)
    return record


def _run_check(name: str, entry: Any, dtype: torch.dtype, library: ModuleType, options: Options) -> Count:
    count = Count()
    errors = name == "errors"
    most = options.samples
    samples = entries.error_samples(entry, most) if errors else entries.samples(entry, dtype, most)
    theirs = Side(entry, torch)
    try:
        ours = Side(entry, library)
    except Missing as missing:
        count.samples, count.reason = len(samples), str(missing)
        return count

    def compare(sample: Any) -> str | None:
        if errors:
            return compare_errors(ours, theirs, sample, options.seconds, count)
        return compare_sample(name, ours, theirs, sample, options.seconds)

    count_samples(samples, compare, count)
    return count
