"""How long OpenBLAS's threads wait for the next product: 2^14 cycles, where they keep their cores for 2^28, 0.1 s.

Between two products other threads want the cores, ours above all: on two cores a step of a transformer block takes 0.8
of the time, of a small CNN 0.83. OpenBLAS reads a variable of the environment when NumPy loads it. It is set for that
moment if this package is what loads NumPy; else `shorten` asks OpenBLAS to read again. A value that is set stays.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import active_count
from typing import Any

_VARIABLE = "OPENBLAS_THREAD_TIMEOUT"


@contextmanager
def _told() -> Iterator[None]:
    os.environ[_VARIABLE] = "14"
    try:
        yield
    finally:
        del os.environ[_VARIABLE]


done = _VARIABLE in os.environ or not sys.platform.startswith("linux")
"""Whether there is nothing left to do."""

if not done and "numpy" not in sys.modules:
    done = True
    with _told():
        import numpy  # noqa: F401


def shorten(library: Any) -> None:
    """Have OpenBLAS, which was there first, start its threads anew; not beside threads that may just use them."""
    names = ("openblas_read_env", "blas_thread_shutdown_", "blas_thread_init")
    steps = [getattr(library, name, None) for name in names]
    if done or active_count() > 1 or not all(steps):
        return
    with _told():
        for step in steps:
            step()  # type: ignore[misc]
