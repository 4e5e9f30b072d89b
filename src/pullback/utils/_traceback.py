"""Tracebacks as short texts."""

from __future__ import annotations

import os
import traceback
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


def format_traceback_short(tb: TracebackType | None) -> str:
    """The innermost frame of a traceback."""
    return format_frame(traceback.extract_tb(tb)[-1])
