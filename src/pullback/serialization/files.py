"""Opening what is read and written: paths and file objects. A file is replaced at once or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


def is_path(f: Any) -> bool:
    """Whether `f` names a file."""
    return isinstance(f, (str, os.PathLike))


@contextmanager
def open_to_read(f: Any) -> Iterator[Any]:
    """The open file of a path, or `f` itself if it is one that can be searched.

    Raises:
        AttributeError: for what is neither.
    """
    if is_path(f):
        with open(f, "rb") as file:
            yield file
        return
    for method in ("seek", "tell", "read"):
        if not hasattr(f, method):
            raise AttributeError(
                f"{_missing(f, method)}. You can only torch.load from a file that is seekable. Please pre-load the "
                "data into a buffer like io.BytesIO and try to load from it instead."
            )
    yield f


def _missing(f: Any, method: str) -> str:
    return f"'{type(f).__name__}' object has no attribute '{method}'"


@contextmanager
def open_to_write(f: Any) -> Iterator[Any]:
    """A file to write to. What stood under a path before stays there until the block has ended well.

    Raises:
        AttributeError: for what is neither a path nor has ``write``.
        RuntimeError: for a path in a directory that is not there, or of a directory.
    """
    if not is_path(f):
        if not hasattr(f, "write"):
            raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")
        yield f
        return
    if not os.fspath(f):
        raise RuntimeError("[enforce fail at inline_container.cc:720] . invalid file name: ")
    if os.path.isdir(f):
        raise RuntimeError("[enforce fail at inline_container.cc:747] . open file failed with strerror: Is a directory")
    path = os.path.realpath(f)  # a link goes on leading to the file
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {os.path.dirname(os.fspath(f))} does not exist.")
    if (os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode)) or not os.access(folder, os.W_OK):
        with open(path, "wb") as file:  # a device or a pipe; or a folder in which no second file can be made
            yield file
        return
    with _replacement(path, folder) as file:
        yield file


@contextmanager
def _replacement(path: str, folder: str) -> Iterator[Any]:
    """A new file beside `path` that takes its place at the end; if the block fails it is gone."""
    temporary = os.path.join(folder, f".{os.path.basename(path)[:100]}.{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # otherwise a power failure may leave the new name with no data under it
        if os.path.exists(path):
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
