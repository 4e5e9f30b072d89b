"""What modes are written with."""

from __future__ import annotations

from contextlib import AbstractContextManager

from pullback.utils._python_dispatch import _disable_current_modes


def no_dispatch() -> AbstractContextManager[None]:
    """No mode is told of the operators inside the ``with`` block."""
    return _disable_current_modes()
