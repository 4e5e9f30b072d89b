"""What stands in the place of the elements that are masked out."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.ops.pointwise.choice import where
from pullback.ops.shape.broadcasting import broadcast_to
from pullback.ops.typing import V

_LOWEST = frozenset(("amax", "argmax", "logaddexp", "logsumexp", "softmax", "log_softmax"))
_HIGHEST = frozenset(("amin", "argmin", "softmin"))
_CONSTANT = {"sum": 0, "cumsum": 0, "normalize": 0, "prod": 1, "cumprod": 1}


def identity(name: str, input: V, ord: float | None = None) -> Any:
    """The number that changes nothing in the operation `name` on numbers like the input's.

    Raises ``NotImplementedError`` where there is none.
    """
    if name in _CONSTANT:
        return _CONSTANT[name]
    if name == "norm":
        return np.inf if ord == -np.inf else 0
    kind = input._array.dtype
    lowest = name in _LOWEST
    if kind.kind in "iu":
        bounds = np.iinfo(kind)
        return int(bounds.min if lowest else bounds.max)
    if kind.kind == "b" or not (lowest or name in _HIGHEST):
        raise NotImplementedError(f"identity of {name} on {dtypes.from_numpy(kind)!r} input")
    return -np.inf if lowest else np.inf


def broadcast_mask(input: V, mask: V) -> V:
    """The mask as booleans in the input's shape; raises ``IndexError`` or ``RuntimeError`` where it does not fit."""
    if mask._array.ndim > input._array.ndim:
        raise IndexError("_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)")
    if mask._array.shape != input._array.shape:
        mask = broadcast_to(mask, input._array.shape)
    return mask.bool()


def filled(name: str, input: V, mask: V | None, ord: float | None = None) -> V:
    """`input` with the identity of `name` where it is masked out."""
    found = identity(name, input, ord)
    return input if mask is None else where(broadcast_mask(input, mask), input, found)


def in_dtype(input: V, dtype: Any) -> V:
    """`input` in `dtype`, if that is given."""
    return input if dtype is None else input.to(dtype)
