"""From words to uniform numbers, and the one arithmetic step that everything else is scaled with."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.streams.words import Words

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
REAL_PART = {np.dtype(np.complex64): FLOAT32, np.dtype(np.complex128): FLOAT64}
"""A complex number is drawn as two real ones of this dtype."""

_LOW_24, _LOW_21 = np.uint32((1 << 24) - 1), np.uint32((1 << 21) - 1)
_UNIT_24, _UNIT_21, _UNIT_53 = np.float32(2.0**-24), 2.0**-21, 2.0**-53


def floats(stream: Words, count: int) -> Array:
    """`count` float32 numbers, uniform on [0, 1) in steps of 2**-24; one word each."""
    return floats_of(stream.words(count))


def floats_of(words: Array) -> Array:
    """The float32 numbers that words stand for."""
    uniform = (words & _LOW_24).astype(np.float32)
    uniform *= _UNIT_24
    return uniform


def doubles(stream: Words, count: int) -> Array:
    """`count` float64 numbers, uniform on [0, 1) in steps of 2**-53; two words each."""
    return doubles_of(stream.words(2 * count))


def doubles_of(words: Array) -> Array:
    """The float64 numbers that pairs of words stand for."""
    uniform = (words[0::2] & _LOW_21) * _UNIT_21
    uniform += words[1::2] * _UNIT_53
    return uniform


def uniform(
    stream: Words, shape: Shape, dtype: np.dtype[Any] = FLOAT32, low: float = 0.0, high: float = 1.0
) -> Array:
    """Numbers uniform on ``[low, high)`` of any floating or complex dtype.

    A number that rounding carries up to `high` becomes `low`, as in PyTorch.
    """
    real = REAL_PART.get(dtype)
    if real is not None:
        return uniform(stream, (*shape, 2), real, low, high).view(dtype).reshape(shape)
    if dtype == FLOAT64:
        drawn = scale(doubles(stream, prod(shape)), low, high - low)
    else:
        low32, high32 = np.float32(low), np.float32(high)
        drawn = scale(floats(stream, prod(shape)), float(low32), float(high32 - low32))
        drawn = drawn.astype(dtype, copy=False)
    if low != 0.0 or high != 1.0 or dtype.itemsize < 4:
        drawn[drawn == dtype.type(high)] = dtype.type(low)
    return drawn.reshape(shape)


def scale(numbers: Array, shift: float, factor: float) -> Array:
    """``numbers * factor + shift`` rounded once, in the dtype of `numbers` (which may be overwritten).

    This is the fused multiply-add of the processors PyTorch runs on. Where one of the two steps is exact,
    the ordinary operations give the same; otherwise the product is taken exactly, as one float64 for
    float32 and as the sum of two for float64.
    """
    if shift == 0.0 or factor == 1.0:
        if factor != 1.0:
            numbers *= numbers.dtype.type(factor)
        if shift != 0.0:
            numbers += numbers.dtype.type(shift)
        return numbers
    if numbers.dtype == FLOAT32:
        wide = numbers.astype(np.float64)
        wide *= float(np.float32(factor))
        wide += float(np.float32(shift))
        return wide.astype(np.float32)
    high, low = _exact_product(numbers, factor)
    total = high + shift
    carried = total - high
    rest = (high - (total - carried)) + (shift - carried)
    rest += low
    return np.add(total, rest, out=total)


_SPLITTER = 2.0**27 + 1


def _exact_product(numbers: Array, factor: float) -> tuple[Array, Array]:
    """The product of float64 numbers as a rounded number and its error (Dekker, 1971)."""
    product = numbers * factor
    spread = numbers * _SPLITTER
    upper = spread - (spread - numbers)
    lower = numbers - upper
    factor_spread = factor * _SPLITTER
    factor_upper = factor_spread - (factor_spread - factor)
    factor_lower = factor - factor_upper
    error = upper * factor_upper - product
    error += upper * factor_lower
    error += lower * factor_upper
    error += lower * factor_lower
    return product, error
