"""From words to uniform numbers, and the one arithmetic step that everything else is scaled with."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.streams.words import Words

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
REAL_PART: dict[np.dtype[Any], np.dtype[Any]] = {np.dtype(np.complex64): FLOAT32, np.dtype(np.complex128): FLOAT64}
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


def uniform(stream: Words, shape: Shape, dtype: np.dtype[Any] = FLOAT32, low: float = 0.0, high: float = 1.0) -> Array:
    """Numbers uniform on ``[low, high)`` of any floating or complex dtype.

    A number that rounding carries up to `high` becomes `low`, as in PyTorch.
    """
    count = prod(shape)
    if dtype == FLOAT32:
        drawn = floats(stream, count)
        if low != 0.0 or high != 1.0:
            drawn = _stretched(drawn, low, high)
    elif dtype == FLOAT64:
        drawn = doubles(stream, count)
        if low != 0.0 or high != 1.0:
            drawn = _stretched(drawn, low, high)
    elif dtype in REAL_PART:
        return uniform(stream, (*shape, 2), REAL_PART[dtype], low, high).view(dtype).reshape(shape)
    else:
        drawn = _stretched(floats(stream, count), low, high).astype(dtype)
        drawn[drawn == dtype.type(high)] = dtype.type(low)
    return drawn.reshape(shape)


def _stretched(numbers: Array, low: float, high: float) -> Array:
    """Numbers of ``[0, 1)`` carried to ``[low, high)``."""
    kind = numbers.dtype.type
    first, last = kind(low), kind(high)
    numbers = scale(numbers, float(first), float(last - first))
    if not low <= 0.0 <= high:  # else the step from the largest number to `high` is too large to be rounded away
        numbers[numbers == last] = first
    return numbers


def scale(numbers: Array, shift: float, factor: float) -> Array:
    """``numbers * factor + shift`` rounded once, in the dtype of `numbers` (which may be overwritten).

    `shift` and `factor` are numbers of that dtype. This is the fused multiply-add of the processors PyTorch
    runs on. Where one of the two steps is exact, the ordinary operations give the same; otherwise the product
    is taken exactly, as one float64 for float32 and as the sum of two for float64.
    """
    if shift == 0.0 or factor == 1.0:
        if factor != 1.0:
            numbers *= factor
        if shift != 0.0:
            numbers += shift
        return numbers
    if numbers.dtype == FLOAT32:
        wide = numbers * np.float64(factor)
        wide += shift
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
