"""Large arrays over all cores: a pool of threads, BLAS's own threads, and memory that stays mapped.

NumPy releases the interpreter's lock while it computes, so blocks of one array can be worked on side by side. Work is
handed out block by block to the calling thread and to whichever workers are awake: a core that another program takes
costs its share and no more. Loaded at the first large array; nothing here concerns small ones.
"""

from __future__ import annotations

import ctypes
import os
import sys
from _queue import SimpleQueue
from collections.abc import Callable, Iterable, Sequence
from contextvars import Context, copy_context
from functools import cache
from itertools import chain
from pathlib import Path
from threading import Lock, Thread, local
from typing import Any

import numpy as np

from pullback.arrays.patience import shorten

_asked = 0
"""What `set_num_threads` said; 0 before."""
_jobs: SimpleQueue[_Job | None] = SimpleQueue()
_workers: list[Thread] = []
_here = local()
"""`busy` is set in a thread that works on a block: what it starts runs there, one after the other."""


# ------------------------------------------------------------------------------------------------- the count


def get_num_threads() -> int:
    """How many threads an operation may use: the cores this process may run on, unless told otherwise."""
    return _asked or _cores


def set_num_threads(n: int) -> None:
    """Set how many threads an operation may use, BLAS included."""
    global _asked
    _asked = n
    set_blas = _blas_function("set_num_threads")
    if set_blas is not None:
        set_blas(n)


def _count_cores() -> int:
    told = os.environ.get("OMP_NUM_THREADS", "")
    if told.isdigit() and int(told):
        return int(told)
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


_cores = _count_cores()


@cache
def _blas() -> ctypes.CDLL | None:
    """The OpenBLAS that comes with NumPy's wheels; `None` where BLAS is another one."""
    folder = Path(np.__file__).parent
    places = chain((folder.parent / "numpy.libs").glob("*openblas*"), (folder / ".dylibs").glob("*openblas*"))
    return next((ctypes.CDLL(str(path)) for path in places), None)


@cache
def _blas_function(name: str) -> Any:
    """A function of OpenBLAS's interface, whose names differ by how it was built."""
    patterns = ("scipy_openblas_{}64_", "scipy_openblas_{}", "openblas_{}64_", "openblas_{}")
    return next((found for each in patterns if (found := getattr(_blas(), each.format(name), None))), None)


# -------------------------------------------------------------------------------------------------- the work


class _Job:
    """A function to be called with each of some parts, by as many threads as come."""

    __slots__ = ("active", "closed", "context", "done", "error", "function", "lock", "parts")

    def __init__(self, function: Callable[[Any], None], parts: Iterable[Any], context: Context) -> None:
        self.function = function
        self.parts = iter(parts)
        self.context = context
        self.lock, self.done = Lock(), Lock()
        self.active = 0
        self.closed = False
        self.error: BaseException | None = None

    def take_part(self) -> None:
        """Work until no part is left, unless the job is over."""
        with self.lock:
            if self.closed:
                return
            self.active += 1
        context = self.context.copy()  # one context cannot be entered by two threads at a time
        try:
            context.run(self.work)
        except BaseException as error:
            self.error = error
        with self.lock:
            self.active -= 1
            if self.closed and not self.active:
                self.done.release()

    def work(self) -> None:
        function = self.function
        while True:
            with self.lock:
                part = next(self.parts, None)
            if part is None or self.error is not None:
                return
            function(part)

    def finish(self) -> None:
        """Wait for those who are still at their last part; raise what went wrong."""
        self.done.acquire()
        with self.lock:
            self.closed = True
            waits = self.active > 0
        if waits:
            self.done.acquire()
        if self.error is not None:
            raise self.error


def each(function: Callable[[Any], None], parts: Sequence[Any]) -> None:
    """Call ``function(part)`` for every part, in any order, over the pool; parts must not be `None`.

    The caller's context (so its `numpy.errstate`) holds in all threads. What a part raises is raised here.
    """
    count = min(get_num_threads(), len(parts))
    if count <= 1 or getattr(_here, "busy", False):
        for part in parts:
            function(part)
        return
    _start(count - 1)
    job = _Job(function, parts, copy_context())
    for _ in range(count - 1):
        _jobs.put(job)
    _here.busy = True
    try:
        job.work()
    except BaseException as error:
        job.error = error
    finally:
        _here.busy = False
        job.finish()


def each_with_blas(function: Callable[[Any], None], parts: Sequence[Any]) -> None:
    """`each` for parts that call BLAS: meanwhile it starts no threads of its own, which would fight with ours.

    OpenBLAS splits every product of a stack, our threads the stack: 64 of 128x64 by 64x128 take 1.3 ms instead of 2.6.
    """
    count = get_num_threads()
    set_blas = (
        _blas_function("set_num_threads") if count > 1 < len(parts) and not getattr(_here, "busy", False) else None
    )
    if set_blas is None:
        for part in parts:
            function(part)
        return
    set_blas(1)
    try:
        each(function, parts)
    finally:
        set_blas(count)


def _start(wanted: int) -> None:
    """Have at least `wanted` workers."""
    while len(_workers) < wanted:
        worker = Thread(target=_serve, name=f"pullback-{len(_workers) + 1}", daemon=True)
        _workers.append(worker)
        worker.start()


def _serve() -> None:
    _here.busy = True
    while (job := _jobs.get()) is not None:
        job.take_part()


def _stop() -> None:
    """End the workers: a forked child would not have them, and Python warns of forks beside threads."""
    for _ in _workers:
        _jobs.put(None)
    while _workers:
        _workers.pop().join()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_stop)


# ------------------------------------------------------------------------------------------------ the memory

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_MMAP_MAX = -1, -3, -4
_MADV_HUGEPAGE = 14
_HUGE = 2 << 20
KEPT = 256 << 20
"""Bytes of freed memory that stay mapped."""
AHEAD = 192 << 20
"""Bytes of address space, not of memory, that are asked to come in huge pages."""
MAPPED = 32 << 20
"""Arrays from this size on are mapped and unmapped each by itself; glibc takes no larger value."""


def keep_memory() -> None:
    """Tell glibc's allocator to keep what is freed, up to `KEPT` bytes, for the next array, and Linux to map it in pages
    of 2 MB.

    By default freed arrays are unmapped, and fresh memory is faulted in and zeroed page by page: a sigmoid of a million
    numbers, forward and backward, takes 14.3 ms instead of 11.4. In pages of 4 KB a product of two arrays of 4 MB takes
    1.6 ms instead of 0.6.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    mallopt = getattr(libc, "mallopt", None)  # absent from other C libraries
    if mallopt is None:
        return
    mallopt(_M_TRIM_THRESHOLD, KEPT)
    mallopt(_M_MMAP_MAX, 0)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes, libc.madvise.argtypes = [ctypes.c_void_p], [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    ahead = libc.malloc(AHEAD)
    if ahead:
        libc.madvise(-(-ahead // _HUGE) * _HUGE, AHEAD - 2 * _HUGE, _MADV_HUGEPAGE)
        libc.free(ahead)
    mallopt(_M_MMAP_MAX, 1 << 16)
    mallopt(_M_MMAP_THRESHOLD, MAPPED)


keep_memory()
shorten(_blas())
