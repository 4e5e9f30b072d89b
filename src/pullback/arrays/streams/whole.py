"""Whole numbers and permutations: a word, or two, modulo a range."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.streams.uniforms import Array, Shape
from pullback.arrays.streams.words import Words

INT64 = np.dtype(np.int64)

_WIDE_FROM = 1 << 28
"""Ranges from here on take two words, so that the modulo favours no number by more than a part in 2**35."""

_MANTISSA_BITS = {np.dtype(np.float16): 11, np.dtype(np.float32): 24, np.dtype(np.float64): 53}
dtypes.when_loaded(lambda half: _MANTISSA_BITS.setdefault(half, 8))
_LOOP_UP_TO = 256  # elements up to which a Python loop shuffles faster than NumPy calls
_WIDE_SHUFFLE_FROM = (1 << 32) // 20


def integers(stream: Words, shape: Shape, dtype: np.dtype[Any] = INT64, low: int = 0, *, high: int) -> Array:
    """Whole numbers ``low <= x < high`` in any real dtype.

    Where a floating dtype has no such number as a bound, the range is narrowed to where it has some.
    """
    bits = _MANTISSA_BITS.get(dtype)
    if bits is not None and (low < -(1 << bits) or high > 1 << bits):
        low, high = _representable_low(low, dtype, bits), _representable_high(high, dtype, bits)
        if low >= high:
            raise RuntimeError(
                "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, "
                f"but got from={low} >= to={high}"
            )
    return _in_range(stream, prod(shape), low, high - low).astype(dtype, copy=False).reshape(shape)


def _representable_low(low: int, dtype: np.dtype[Any], bits: int) -> int:
    rounded = _round_trip(low + 1, dtype)
    return low if rounded >= low else rounded + _spacing(low + 1, bits)


def _representable_high(high: int, dtype: np.dtype[Any], bits: int) -> int:
    rounded = _round_trip(high - 1, dtype)
    return high if rounded < high else rounded - _spacing(high - 1, bits)


def _round_trip(number: int, dtype: np.dtype[Any]) -> int:
    return int(np.float64(number).astype(dtype))


def _spacing(number: int, bits: int) -> int:
    """The distance between floating numbers of so many bits around `number`."""
    return 1 << max(abs(number).bit_length() - bits, 0)


def integers_from(stream: Words, shape: Shape, dtype: np.dtype[Any], low: int) -> Array:
    """Whole numbers from `low` to the last that `dtype` holds (a floating dtype: with all before it)."""
    return integers(stream, shape, dtype, low, high=_last(dtype) + 1)


def any_integers(stream: Words, shape: Shape, dtype: np.dtype[Any]) -> Array:
    """Whole numbers from 0 to the last that `dtype` can hold; one word each for dtypes of up to 32 bits."""
    count, span = prod(shape), _last(dtype) + 1
    if dtype.itemsize == 8:
        drawn = stream.wide_words(count) % np.uint64(span)
    else:
        drawn = stream.words(count) % np.uint32(span)
    return drawn.astype(dtype).reshape(shape)


def _last(dtype: np.dtype[Any]) -> int:
    bits = _MANTISSA_BITS.get(dtype)
    if bits is not None:
        return 1 << bits
    return 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)


def _in_range(stream: Words, count: int, low: int, span: int) -> Array:
    """`count` int64 numbers ``low <= x < low + span``."""
    if span < _WIDE_FROM:
        drawn = (stream.words(count) % np.uint32(span)).astype(np.int64)
    elif span == 1 << 64:
        return stream.wide_words(count).view(np.int64)
    else:
        drawn = (stream.wide_words(count) % np.uint64(span)).view(np.int64)
    if low:
        drawn += low  # wraps around where the range spans more than half of all numbers, as it should
    return drawn


def permutation(stream: Words, count: int, dtype: np.dtype[Any] = INT64) -> Array:
    """The numbers 0, …, `count` - 1 in random order: the shuffle of Fisher and Yates.

    For more than 2**32 / 20 numbers the order is as random but no longer PyTorch's.
    """
    if count < 2:
        return np.arange(count, dtype=dtype)
    sizes = np.arange(count, 1, -1)
    if count < _WIDE_SHUFFLE_FROM:
        target = (stream.words(count - 1) % sizes.astype(np.uint32)).astype(np.int64)
    else:
        target = (stream.wide_words(count - 1) % sizes.astype(np.uint64)).view(np.int64)
    target += np.arange(count - 1)
    if count > _LOOP_UP_TO:
        return _shuffled(np.append(target, count - 1)).astype(dtype, copy=False)
    order = list(range(count))
    for step, place in enumerate(target.tolist()):
        order[step], order[place] = order[place], order[step]
    return np.array(order, dtype)


def _shuffled(target: Array) -> Array:
    """What the numbers 0, 1, … become when step i exchanges places i and ``target[i] >= i``, without a loop.

    Place i is settled at step i, with what stands at its target. What stands there was left by the step
    before that had the same target, and is what stood at *that* step's place when its turn came; if there
    was no such step it is the number of the place itself. So what stands at a place when its turn comes is
    found by going back from step to step to one whose place no earlier step had touched. The ways back are
    followed for all places at once, in strides that double.
    """
    count = len(target)
    by_place = np.sort(target.astype(np.uint64) << np.uint64(32) | np.arange(count, dtype=np.uint64))
    step = (by_place & np.uint64(0xFFFFFFFF)).astype(np.intp)
    place = (by_place >> np.uint64(32)).astype(np.intp)
    same = place[1:] == place[:-1]

    before = np.full(count, -1)  # the step before with the same target
    again = np.flatnonzero(same)
    before[step[again + 1]] = step[again]

    ends = np.append(~same, True)
    last, place = step[ends], place[ends]  # the last step that touches each place: at the latest its own
    last = np.where(last == place, before[last], last)
    back = np.arange(count)
    touched = last >= 0
    back[place[touched]] = last[touched]
    while True:
        further = back.take(back)
        if np.array_equal(further, back):
            break
        back = further

    shuffled = target.copy()
    moved = before >= 0
    shuffled[moved] = back[before[moved]]
    return shuffled
