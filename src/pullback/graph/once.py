"""Warnings that are given once in a process."""

from __future__ import annotations

import sys
import warnings

from pullback.graph.provenance import INSIDE

_given: set[str] = set()
_always = False


def warn_once(message: str, stacklevel: int = 2, key: str | None = None) -> None:
    """Warn, unless that was done before with this message (or `key`); `stacklevel` counts from the caller."""
    if _always or (key or message) not in _given:
        _given.add(key or message)
        warnings.warn(message, UserWarning, stacklevel=stacklevel + 1)


def warn_of_lost_parts(stacklevel: int = 2) -> None:
    """Warn that complex values become real ones."""
    warn_once("Casting complex values to real discards the imaginary part", stacklevel + 1)


def outside() -> int:
    """The ``stacklevel`` of a warning given by the caller that names the first line outside of this package."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and INSIDE[frame.f_code.co_filename]:
        frame, level = frame.f_back, level + 1
    return level


def set_warn_always(b: bool) -> None:
    """Whether such warnings are given each time.

    >>> import pullback as torch
    >>> torch.set_warn_always(False)
    """
    global _always
    _always = b


def is_warn_always_enabled() -> bool:
    """Whether such warnings are given each time."""
    return _always
