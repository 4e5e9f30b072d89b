"""A call with a fixed seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pullback


@contextmanager
def freeze_rng_state() -> Iterator[None]:
    """Give the random generator its state back after the ``with`` block."""
    state = pullback.get_rng_state()
    try:
        yield
    finally:
        pullback.set_rng_state(state)


def wrapper_set_seed(op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The result of ``op(*args, **kwargs)`` with the seed 42; the generator is as before afterwards."""
    with freeze_rng_state():
        pullback.manual_seed(42)
        return op(*args, **kwargs)
