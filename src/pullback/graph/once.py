"""Warnings that are given once in a process."""

from __future__ import annotations

import warnings

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
