"""Old-style custom functions inside transforms."""

from collections.abc import Iterator
from contextlib import contextmanager

from pullback.autograd import batched_function

__all__ = ["enable_single_level_autograd_function"]


@contextmanager
def enable_single_level_autograd_function() -> Iterator[None]:
    """Let custom functions without ``setup_context`` be called inside transforms for the length of a ``with`` block."""
    token = batched_function.old_style_allowed.set(True)
    try:
        yield
    finally:
        batched_function.old_style_allowed.reset(token)
