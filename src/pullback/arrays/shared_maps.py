"""Shared memory that other processes find again by its place, where the system has files without names (Linux)."""

from __future__ import annotations

import mmap
import os
import weakref


class SharedMap(mmap.mmap):
    """Memory that forked processes have in common, and with a `place` other processes of the user too."""

    descriptor = -1

    number = 0

    def place(self) -> tuple[str, int] | None:
        """Where others open it while this process lives, if they can, and what tells it from other memory."""
        return None if self.descriptor < 0 else (f"/proc/{os.getpid()}/fd/{self.descriptor}", self.number)


_open: weakref.WeakValueDictionary[int, SharedMap] = weakref.WeakValueDictionary()
"""What this process, or the one it was forked from, has open."""


def _mapped(descriptor: int, nbytes: int) -> SharedMap:
    made = SharedMap(descriptor, nbytes)
    made.descriptor, made.number = descriptor, os.fstat(descriptor).st_ino
    weakref.finalize(made, os.close, descriptor).atexit = False
    _open[made.number] = made
    return made


def new_map(nbytes: int) -> SharedMap:
    """New memory; without a place where there are no such files, or too many are open."""
    try:
        descriptor = os.memfd_create("shared")
    except (AttributeError, OSError):
        return SharedMap(-1, nbytes)
    os.ftruncate(descriptor, nbytes)
    return _mapped(descriptor, nbytes)


def open_map(place: tuple[str, int], nbytes: int) -> SharedMap:
    """The memory at a place."""
    path, number = place
    known = _open.get(number)
    return _mapped(os.open(path, os.O_RDWR), nbytes) if known is None else known
