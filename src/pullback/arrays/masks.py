"""What a mask chooses: zeros here, the array there, or one of two arrays.

A derivative that is zero on one side of a kink must be zero there whatever the cotangent is: a product with the
mask would turn an infinite cotangent into NaN. So the rules say `keep` and `drop`, PyTorch's `masked_fill`.

From `MANY` elements on the choice is made on the bits: a random mask costs `numpy.where` so many mispredicted
branches that several passes without any are four times faster.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.constants import ZERO
from pullback.arrays.vocabulary import dispatched

ndarray = np.ndarray
MANY = 4096

_INTEGER = {4: np.dtype("i4"), 8: np.dtype("i8")}
_BYTES = np.dtype("i1")


@dispatched
def keep(array: Any, mask: Any) -> Any:
    """`array` where `mask` holds, 0 elsewhere.

    >>> keep(np.array([np.inf, 2.0]), np.array([False, True]))
    array([0., 2.])
    """
    if array.__class__ is not ndarray and mask.__class__ is not ndarray:
        return array if mask else ZERO[array.dtype][()]
    if _many(array, mask):
        bits = _ones_where(mask, array)
        return np.bitwise_and(bits, array.view(bits.dtype), out=bits).view(array.dtype)
    return np.where(mask, array, ZERO[array.dtype])


def _drop(array: Any, mask: Any) -> Any:
    """0 where `mask` holds, `array` elsewhere.

    >>> drop(np.array([np.inf, 2.0]), np.array([True, False]))
    array([0., 2.])
    """
    if array.__class__ is not ndarray and mask.__class__ is not ndarray:
        return ZERO[array.dtype][()] if mask else array
    if _many(array, mask):
        bits = np.subtract(mask.view(_BYTES), 1, dtype=_INTEGER[array.itemsize])
        return np.bitwise_and(bits, array.view(bits.dtype), out=bits).view(array.dtype)
    return np.where(mask, ZERO[array.dtype], array)


_drop.__name__ = _drop.__qualname__ = "drop"
drop = dispatched(_drop)


@dispatched
def threshold_backward(grad: Any, input: Any, threshold: Any) -> Any:
    """`grad` where `input` is above `threshold`; a function of both, although its derivative in `input` is zero."""
    return _drop(grad, input <= threshold)


@dispatched
def hardtanh_backward(grad: Any, input: Any, min_val: Any, max_val: Any) -> Any:
    """`grad` where `input` lies between the bounds, as `threshold_backward`."""
    return keep(grad, (input > min_val) & (input < max_val))


def choose(mask: Any, first: Any, second: Any) -> Any:
    """`first` where `mask` holds, `second` elsewhere; `numpy.where` for anything but large NumPy arrays.

    >>> choose(np.array([True, False]), np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array([1., 4.])
    """
    if first.__class__ is ndarray and second.__class__ is ndarray and mask.__class__ is ndarray:
        if first.shape == second.shape and first.dtype == second.dtype and _many(first, mask):
            bits = _ones_where(mask, first)
            other = second.view(bits.dtype)
            bits &= first.view(bits.dtype) ^ other
            bits ^= other
            return bits.view(first.dtype)
    elif isinstance(mask, np.generic) and isinstance(first, np.generic) and isinstance(second, np.generic):
        return first if mask else second
    return np.where(mask, first, second)


def _many(array: Any, mask: Any) -> bool:
    return array.size >= MANY and array.itemsize in _INTEGER and mask.shape == array.shape


def _ones_where(mask: Any, array: Any) -> Any:
    """All bits set where `mask` holds, none elsewhere, in integers of the size of `array`'s elements."""
    return np.negative(mask.view(_BYTES), dtype=_INTEGER[array.itemsize])
