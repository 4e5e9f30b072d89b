"""Normal and log-normal numbers.

PyTorch has two ways. A contiguous draw of 16 numbers or more is made in blocks of 16, a uniform number
each: 8 for the radius, then 8 for the angle. A rest that fills no block is not left for later: the *last*
16 numbers are drawn again, from 16 new words. A smaller draw, or one into memory with gaps, is made in
float64, one pair at a time, and of a pair the second number may wait for the next draw, whatever its dtype.
"""

from __future__ import annotations

import math
from math import prod
from typing import Any

import numpy as np

from pullback.arrays.streams import libm
from pullback.arrays.streams.boxmuller import box_muller
from pullback.arrays.streams.uniforms import (
    FLOAT32,
    FLOAT64,
    REAL_PART,
    Array,
    Shape,
    doubles,
    floats,
    floats_of,
    scale,
)
from pullback.arrays.streams.words import Words

_BLOCK = 16
_LOOK_AHEAD_UP_TO = 160
_FEW = 64  # pairs up to which a Python loop beats NumPy calls


def normal(
    stream: Words,
    shape: Shape,
    dtype: np.dtype[Any] = FLOAT32,
    mean: float = 0.0,
    std: float = 1.0,
    *,
    contiguous: bool = True,
) -> Array:
    """Normal numbers of any floating or complex dtype.

    `contiguous` says whether the numbers are for memory that is C-contiguous. A complex number has variance
    ``std ** 2`` over both parts, and `mean` is added to each of them.
    """
    real = REAL_PART.get(dtype)
    if real is not None:
        pairs = normal(stream, (*shape, 2), real, mean, std / math.sqrt(2.0), contiguous=contiguous)
        return pairs.view(dtype).reshape(shape)
    count = prod(shape)
    if count < _BLOCK or not contiguous:
        drawn = scale(one_by_one(stream, count), mean, std)
        if dtype.itemsize < 4:
            drawn = drawn.astype(np.float32)
    elif dtype == FLOAT64:
        drawn = scale(_blocks64(stream, count), mean, std)
    else:
        drawn = _blocks32(stream, count, dtype.itemsize == 4)
        if mean != 0.0 or std != 1.0:
            drawn = scale(drawn, float(np.float32(mean)), float(np.float32(std)))
    return drawn.astype(dtype, copy=False).reshape(shape)


def log_normal(
    stream: Words, shape: Shape, dtype: np.dtype[Any] = FLOAT32, mean: float = 1.0, std: float = 2.0
) -> Array:
    """Numbers whose logarithm is normal, of any floating dtype."""
    exponents = scale(one_by_one(stream, prod(shape)), mean, std)
    with np.errstate(over="ignore"):
        drawn = libm.apply(_exp, np.exp, exponents) if dtype == FLOAT64 else np.exp(exponents)
        if dtype.itemsize < 4:
            drawn = drawn.astype(np.float32)
        return drawn.astype(dtype, copy=False).reshape(shape)


def _exp(exponent: float) -> float:
    return math.exp(exponent) if exponent < 709.78 else math.inf


def one_by_one(stream: Words, count: int) -> Array:
    """`count` standard normal float64 numbers, pair by pair; a second number too many is kept for later."""
    kept = stream.spare_normal
    missing = count if kept is None or not count else count - 1
    pairs = (missing + 1) // 2
    uniform = doubles(stream, 2 * pairs)
    numbers = _few_pairs(uniform) if pairs <= _FEW else _many_pairs(uniform)
    if kept is not None and missing < count:
        numbers = np.concatenate(((kept,), numbers))
        stream.spare_normal = None
    if len(numbers) > count:
        stream.spare_normal = float(numbers[-1])
        numbers = numbers[:count]
    return numbers


def _few_pairs(uniform: Array) -> Array:
    flat = uniform.tolist()
    numbers: list[float] = []
    for turn, height in zip(flat[0::2], flat[1::2]):
        radius = math.sqrt(-2.0 * math.log1p(-height))
        angle = 2.0 * math.pi * turn
        numbers += (radius * math.cos(angle), radius * math.sin(angle))
    return np.array(numbers, np.float64)


def _many_pairs(uniform: Array) -> Array:
    radius = np.sqrt(-2.0 * libm.apply(math.log1p, np.log1p, -uniform[1::2]))
    angle = 2.0 * math.pi * uniform[0::2]
    numbers = np.empty_like(uniform)
    np.multiply(radius, libm.apply(math.cos, np.cos, angle), out=numbers[0::2])
    np.multiply(radius, libm.apply(math.sin, np.sin, angle), out=numbers[1::2])
    return numbers


def _blocks32(stream: Words, count: int, draws_the_rest: bool) -> Array:
    """Standard normal float32 numbers.

    For float32 itself the words of an unfilled block are drawn too, and lost.
    """
    rest = count % _BLOCK
    if not rest:
        return _full_blocks32(stream, count)
    lost = rest if draws_the_rest else 0
    uniform = floats(stream, count - rest + lost + _BLOCK)
    uniform[count - rest : count - rest + _BLOCK] = uniform[-_BLOCK:]
    numbers = box_muller(uniform[: count - rest + _BLOCK])
    numbers[count - _BLOCK : count] = numbers[-_BLOCK:].copy()
    return numbers[:count].copy()


def _full_blocks32(stream: Words, count: int) -> Array:
    """Standard normal float32 numbers, a multiple of 16 of them.

    Few numbers cost as much as many, 60 µs of NumPy calls. So when few are asked for, all words at hand are
    made normal numbers, for the next draws too: those then cost 3 µs.
    """
    block, start = stream.block_at_hand()
    if count > _LOOK_AHEAD_UP_TO or start + count > len(block):
        return box_muller(floats(stream, count))
    ahead = stream.normals_ahead
    if ahead is None or ahead[0] is not block or start < ahead[1] or (start - ahead[1]) % _BLOCK:
        uniform = floats_of(block[start : len(block) - (len(block) - start) % _BLOCK])
        ahead = stream.normals_ahead = block, start, box_muller(uniform)
    stream.words(count)
    return ahead[2][start - ahead[1] :][:count].copy()


def _blocks64(stream: Words, count: int) -> Array:
    """Standard normal float64 numbers."""
    rest = count % _BLOCK
    numbers = doubles(stream, count)
    _box_muller64(numbers[: count - rest])
    if rest:
        numbers[-_BLOCK:] = _box_muller64(doubles(stream, _BLOCK))
    return numbers


def _box_muller64(uniform: Array) -> Array:
    blocks = uniform.reshape(-1, 2, 8)
    radius = np.sqrt(-2.0 * libm.apply(math.log, np.log, (1.0 - blocks[:, 0]).ravel()))
    angle = (2.0 * math.pi * blocks[:, 1]).ravel()
    blocks[:, 0] = (radius * libm.apply(math.cos, np.cos, angle)).reshape(-1, 8)
    blocks[:, 1] = (radius * libm.apply(math.sin, np.sin, angle)).reshape(-1, 8)
    return uniform
