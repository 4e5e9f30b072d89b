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

from . import entries, plan
from .checks import Side
from .compare import NotSampled, Raised
from .convert import name_of
from .excuse import excused
from .record import Count, Record
from .resolve import Missing


@dataclass(frozen=True)
class Options:
    """What to check.

    Args:
        checks: names from `plan.ALL_CHECKS`, or a kind of check with another dtype.
        samples: most samples for each entry and check, 0 for all.
        seconds: time limit for each sample.
    """

    checks: tuple[str, ...] = plan.ALL_CHECKS
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


def compare_sample(kind: str, ours: Side, theirs: Side, sample: Any, seconds: float) -> str | None:
    """How the two libraries differ on `sample` in a check of that `kind`, or None.

    Raises:
        NotSampled: the sample does not run in PyTorch itself, or wrongly, or cannot be rebuilt.
    """
    check = plan.KINDS[kind]
    try:
        with time_limit(seconds):
            expected = check.run(theirs, sample)
    except NotSampled:
        raise
    except (Exception, TooSlow) as error:
        raise NotSampled(f"PyTorch itself: {Raised.of(error)}") from error
    try:
        with time_limit(seconds):
            found = check.run(ours, sample)
        difference = check.difference(found, expected)
    except NotSampled:
        raise
    except (Exception, TooSlow) as error:
        return str(Raised.of(error))
    if difference and excused(kind, ours, theirs, sample):
        raise NotSampled("PyTorch's own derivative fails gradcheck")
    return difference


def error_of(call: Callable[[], Any]) -> Raised | None:
    """The exception that ``call()`` raises, or None."""
    try:
        call()
    except NotSampled:
        raise
    except Exception as error:
        return Raised.of(error)
    return None


def compare_errors(ours: Side, theirs: Side, sample: Any, seconds: float, count: Count) -> str | None:
    """How the exceptions differ, or None; a message that begins like PyTorch's is counted in `count`."""
    expected = error_of(lambda: theirs.op(sample.input, *sample.args, **sample.kwargs))
    if expected is None:
        raise NotSampled("PyTorch itself raises nothing")
    with time_limit(seconds):
        found = error_of(lambda: ours.call(sample))
    if found is None:
        return f"nothing raised, torch {expected}"
    count.messages += found.message.startswith(expected.message)
    return None if found.is_related(expected) else f"{found}, torch {expected}"


Comparison = Callable[[Any], "str | None"]


def count_samples(samples: list[tuple[int, Any]], compare: Comparison, count: Count) -> None:
    """Adds every sample's outcome to `count`."""
    for position, sample in samples:
        try:
            count.add(position, compare(sample))
        except NotSampled as reason:
            count.skip(str(reason))
        except TooSlow as error:
            count.add(position, str(Raised.of(error)))


def run_entry(key: str, library: ModuleType, options: Options) -> Record:
    """All checks of the entry `key` with `library` against PyTorch."""
    entry, began = entries.table()[key], time.perf_counter()
    dtypes = {name: plan.dtype_of(name, entry) for name in options.checks}
    reason = entries.left_out(entry)
    if reason is None and not any(dtypes.values()):
        reason = "no check applies to a dtype that NumPy has"
    if reason is not None:
        return Record(key, not_sampled=reason)
    record = Record(key)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, dtype in dtypes.items():
            if dtype is not None:
                record.checks[name] = _run_check(name, entry, dtype, library, options)
    record.dtype = name_of(next(dtype for dtype in dtypes.values() if dtype is not None))
    record.seconds = round(time.perf_counter() - began, 3)
    return record


def _run_check(name: str, entry: Any, dtype: torch.dtype, library: ModuleType, options: Options) -> Count:
    count = Count()
    kind, _ = plan.parts(name)
    most = options.samples
    errors = kind == plan.ERRORS
    try:
        samples = entries.error_samples(entry, most) if errors else entries.samples(entry, dtype, most)
    except Exception as error:  # the table promises a dtype that its own function of samples cannot make
        count.skip(f"PyTorch itself: {Raised.of(error)}")
        return count
    theirs = Side(entry, torch)
    try:
        ours = Side(entry, library)
    except Missing as missing:
        count.samples, count.reason = len(samples), str(missing)
        return count

    def compare(sample: Any) -> str | None:
        if errors:
            return compare_errors(ours, theirs, sample, options.seconds, count)
        return compare_sample(kind, ours, theirs, sample, options.seconds)

    count_samples(samples, compare, count)
    return count
