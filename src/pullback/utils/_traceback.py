"""Tracebacks as short texts."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType


def shorten_filename(fn: str, *, base: str | None = None) -> str:
    """`fn` without what it shares with the folder that holds the package."""
    base = os.path.dirname(os.path.dirname(os.path.dirname(__file__))) if base is None else base
    try:
        shared = os.path.commonpath([base, fn])
    except ValueError:
        return fn
    return fn[len(shared) + 1 :]


def format_frame(frame: traceback.FrameSummary, *, base: str | None = None, line: bool = False) -> str:
    """``file:line in function``, with the text of the line in front if wanted."""
    extra = f"{frame.line}  # " if line else ""
    return f"{extra}{shorten_filename(frame.filename, base=base)}:{frame.lineno} in {frame.name}"


@contextmanager
def report_compile_source_on_error() -> Iterator[None]:
    """Nothing to add to errors: no source is written."""
    yield


class CapturedTraceback:
    """The calls that were running when it was made.

    >>> CapturedTraceback.extract().summary()[-1].name
    '<module>'
    """

    def __init__(self, found: traceback.StackSummary, skip: int = 0) -> None:
        self.tb, self.skip = found, skip

    @staticmethod
    def extract(*, script: bool = False, cpp: bool = False, skip: int = 0) -> CapturedTraceback:
        """The calls until here, without the newest `skip`."""
        return CapturedTraceback(traceback.StackSummary(traceback.extract_stack()[: -1 - skip]), skip)

    def summary(self) -> traceback.StackSummary:
        """The frames, oldest first."""
        return self.tb

    def format(self) -> list[str]:
        """The frames as text."""
        return self.tb.format()

    @staticmethod
    def format_all(tbs: Iterable[CapturedTraceback | None]) -> list[list[str]]:
        """The texts of several, nothing for `None`."""
        return [[] if tb is None else tb.format() for tb in tbs]

    def cleanup(self) -> None:
        """Forget the frames."""
        self.tb = traceback.StackSummary()


def format_traceback_short(tb: TracebackType | None) -> str:
    """The innermost frame of a traceback."""
    return format_frame(traceback.extract_tb(tb)[-1])


def gather_traceback(python: bool = True, script: bool = True, cpp: bool = True) -> traceback.StackSummary:
    """The calls that are running."""
    return traceback.extract_stack()[:-1]  # type: ignore[return-value]


def symbolize_tracebacks(tracebacks: Iterable[traceback.StackSummary]) -> list[list[dict[str, object]]]:
    """What `gather_traceback` found as dictionaries, the newest call first."""
    return [
        [{"filename": each.filename, "line": each.lineno, "name": each.name} for each in reversed(found)]
        for found in tracebacks
    ]
