"""What modes are written with."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from pullback.utils._python_dispatch import _disable_current_modes


def no_dispatch() -> AbstractContextManager[None]:
    """No mode is told of the operators inside the ``with`` block."""
    return _disable_current_modes()


def all_same_mode(modes: Sequence[Any]) -> bool:
    """Whether all modes equal the first.

    >>> all_same_mode([None, None])
    True
    """
    return all(mode == modes[0] for mode in modes)
