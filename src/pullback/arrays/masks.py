"""Zeros where a mask says so.

A derivative that is zero on one side of a kink must be zero there whatever the cotangent is: a product with the mask
would turn an infinite cotangent into NaN. So the rules say `keep` and `drop`, which PyTorch calls `masked_fill`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.vocabulary import dispatched

ndarray = np.ndarray
ZERO = {each.numpy: np.zeros((), each.numpy) for each in dtypes.BY_NAME.values()}
"""A zero of each dtype beside an array: NumPy takes twice as long over a Python number."""

_INTEGER = {4: np.dtype("i4"), 8: np.dtype("i8")}
_BYTES = np.dtype("i1")
_MANY = 4096
"""From here on a random mask costs `numpy.where` more in mispredicted branches than two passes without any."""


@dispatched
def keep(array: Any, mask: Any) -> Any:
    """`array` where `mask` holds, 0 elsewhere.

    >>> keep(np.array([np.inf, 2.0]), np.array([False, True]))
    array([0., 2.])
    """
    if array.__class__ is not ndarray and mask.__class__ is not ndarray:
        return array if mask else ZERO[array.dtype][()]
    if array.size >= _MANY and array.itemsize in _INTEGER and mask.shape == array.shape:
        return _by_bits(array, mask, np.negative)
    return np.where(mask, array, ZERO[array.dtype])


@dispatched
def drop(array: Any, mask: Any) -> Any:
    """0 where `mask` holds, `array` elsewhere.

    >>> drop(np.array([np.inf, 2.0]), np.array([True, False]))
    array([0., 2.])
    """
    if array.__class__ is not ndarray and mask.__class__ is not ndarray:
        return ZERO[array.dtype][()] if mask else array
    if array.size >= _MANY and array.itemsize in _INTEGER and mask.shape == array.shape:
        return _by_bits(array, mask, lambda bits, dtype: np.subtract(bits, 1, dtype=dtype))
    return np.where(mask, ZERO[array.dtype], array)


def _by_bits(array: Any, mask: Any, spread: Any) -> Any:
    """``array & -mask`` on the bits: `spread` makes all ones of what stays and zeros of what goes."""
    integer = _INTEGER[array.itemsize]
    bits = spread(mask.view(_BYTES), dtype=integer)
    np.bitwise_and(array.view(integer), bits, out=bits)
    return bits.view(array.dtype)
