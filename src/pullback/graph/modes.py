"""What is switched on in this thread: one integer, read once by every operator.

0 records the graph, 1 does not; anything above takes the operator's slow path, which asks the bits one by one.
The integer lives in a context variable: reading it costs a third of a `threading.local` attribute, every thread
starts from the default, and asynchronous tasks do not disturb each other.
"""

from __future__ import annotations

from contextvars import ContextVar

import numpy as np

NO_GRAD = 1
INFERENCE = 2
FORWARD = 4
"""A forward-mode level is open."""
SAVED_HOOKS = 8
"""Saved tensors pass through user hooks."""
OBSERVED = 16
"""Somebody looks on while operators run, see `observers`."""
BATCHED = 32
"""A batch level is open, see `levels`."""
FRESH = 128
"""This context has run no operator yet."""

_mode: ContextVar[int] = ContextVar("pullback mode", default=FRESH)
get_mode = _mode.get
set_mode = _mode.set


def current_mode() -> int:
    """The mode of this context, which is set up first if it is new.

    PyTorch computes infinities and NaNs in silence. NumPy's error state is a context variable too, so it is set
    once in each context that runs an operator; `numpy.seterr` after that has the last word.
    """
    mode = get_mode()
    if mode & FRESH:
        np.seterr(all="ignore")
        mode &= ~FRESH
        set_mode(mode)
    return mode


def is_grad_enabled() -> bool:
    """Whether operators record a graph in this thread."""
    return not get_mode() & NO_GRAD


def is_inference_mode_enabled() -> bool:
    """Whether inference mode is on in this thread."""
    return bool(get_mode() & INFERENCE)


class switched:
    """Set and clear bits of the mode for the length of a ``with`` block."""

    __slots__ = ("off", "on", "previous")

    def __init__(self, on: int = 0, off: int = 0) -> None:
        self.on = on
        self.off = off

    def __enter__(self) -> None:
        self.previous = current_mode()
        set_mode(self.previous & ~self.off | self.on)

    def __exit__(self, *exception: object) -> None:
        set_mode(self.previous)
