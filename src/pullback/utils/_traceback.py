"""Tracebacks as short texts."""

from __future__ import annotations

import contextlib
import os
import tempfile
import traceback
from collections.abc import Iterator
from types import TracebackType


@contextlib.contextmanager
def report_compile_source_on_error() -> Iterator[None]:
    """Show the source of generated code in errors that it raises.

    Frames of code without a file, whose globals hold the text as ``__compile_source__``, get one.
    """
    try:
        yield
    except Exception as error:
        found, frames = error.__traceback__, []
        while found is not None:
            frames.append(found)
            found = found.tb_next
        linked: TracebackType | None = None
        for each in reversed(frames):
            linked = TracebackType(linked, _with_file(each), each.tb_lasti, each.tb_lineno)
        raise error.with_traceback(linked) from None


def _with_file(found: TracebackType) -> object:
    """The frame, or one of the same name at the same line of a file with the generated source."""
    frame = found.tb_frame
    source = frame.f_globals.get("__compile_source__")
    if frame.f_code.co_filename != "<string>" or source is None:
        return frame
    with tempfile.NamedTemporaryFile("w", delete=False, suffix=".py") as file:
        file.write(source)
    text = "\n" * (found.tb_lineno - 1) + "__inspect_currentframe()"
    code = compile(text, file.name, "eval").replace(co_name=frame.f_code.co_name)
    import inspect  # errors of generated code only

    return eval(code, frame.f_globals, {**frame.f_locals, "__inspect_currentframe": inspect.currentframe})


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
