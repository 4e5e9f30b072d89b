"""Yes or no, and one of several."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.streams.reals import exponential
from pullback.arrays.streams.uniforms import FLOAT32, FLOAT64, Array, Shape, doubles, floats
from pullback.arrays.streams.words import Words


def bernoulli(stream: Words, shape: Shape, dtype: np.dtype[Any] = FLOAT32, p: float = 0.5) -> Array:
    """1 with probability `p` and else 0, in any real dtype; two words each. Dropout draws its mask so."""
    return (doubles(stream, prod(shape)) < p).astype(dtype, copy=False).reshape(shape)


def bernoulli_each(stream: Words, probabilities: Array, dtype: np.dtype[Any] = FLOAT32) -> Array:
    """1 with the probability that stands at the same place, else 0. Two words each if they are float64."""
    if probabilities.dtype == FLOAT64:
        drawn = doubles(stream, probabilities.size) < probabilities.ravel()
    else:
        drawn = floats(stream, probabilities.size) < probabilities.ravel().astype(np.float32)
    return drawn.astype(dtype, copy=False).reshape(probabilities.shape)


def multinomial(stream: Words, weights: Array, count: int, *, replacement: bool = False) -> Array:
    """For each row of `weights` ``(*, N)`` the places, int64 ``(*, count)``, of `count` draws by weight.

    Without replacement, and for a single draw, the places of the largest quotients of weight and an
    exponential number are taken (P. S. Efraimidis and P. G. Spirakis, 2006); with replacement, the running
    sum is searched.
    """
    if count > 1 and replacement:
        return _with_replacement(stream, weights, count)
    noise = exponential(stream, weights.shape, weights.dtype)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = np.divide(weights, noise)
    if count == 1:
        return np.argmax(quotient, axis=-1, keepdims=True)
    return np.argsort(-quotient, axis=-1, kind="stable")[..., :count]


def _with_replacement(stream: Words, weights: Array, count: int) -> Array:
    rows = weights.reshape(-1, weights.shape[-1])
    if rows.dtype.itemsize < 4:
        rows = rows.astype(np.float32)
    running = np.add.accumulate(rows, axis=1)
    running /= running[:, -1:]
    running[:, -1] = 1
    uniform = doubles(stream, len(rows) * count).reshape(-1, count)
    drawn = np.empty(uniform.shape, np.int64)
    for row, sums in enumerate(running):
        drawn[row] = np.searchsorted(sums, uniform[row])
    return drawn.reshape(*weights.shape[:-1], count)
