"""Dimension arguments: negative ones wrapped, wrong ones refused as PyTorch does."""

from __future__ import annotations

from collections.abc import Iterable
from operator import index
from typing import Any


def wrap_dim(dim: Any, ndim: int) -> int:
    """`dim` counted from the front; a 0-d tensor has one dimension for this purpose.

    Raises ``IndexError`` if out of range, ``TypeError`` if not an integer.

    >>> wrap_dim(-1, 3)
    2
    """
    size = ndim or 1
    dim = index(dim)
    if not -size <= dim < size:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-size}, {size - 1}], but got {dim})")
    return dim + size if dim < 0 else dim


def wrap_dims(dims: Any, ndim: int) -> tuple[int, ...]:
    """Several dimensions, or one as an integer; ``RuntimeError`` if one appears twice.

    >>> wrap_dims((0, -1), 3)
    (0, 2)
    """
    several = isinstance(dims, Iterable) and getattr(dims, "ndim", 1)  # a tensor without axes is one
    found = tuple(wrap_dim(d, ndim) for d in (dims if several else (dims,)))
    for number, each in enumerate(found):
        if each in found[:number]:
            raise RuntimeError(f"dim {each} appears multiple times in the list of dims")
    return found


def reduced_dims(dims: Any, ndim: int) -> tuple[int, ...] | None:
    """The dimensions of a reduction: `None` and an empty list mean all of them (`None` is returned)."""
    if dims is None or (isinstance(dims, Iterable) and not tuple(dims)):
        return None
    return wrap_dims(dims, ndim) if ndim else (wrap_dims(dims, ndim), ())[1]
