"""Distributions that are a function of one uniform number.

All are computed in float64, from two words, and rounded to the dtype that is asked for.
"""

from __future__ import annotations

import math
from math import prod
from typing import Any

import numpy as np

from pullback.arrays.streams import libm
from pullback.arrays.streams.uniforms import FLOAT32, FLOAT64, Array, Shape, doubles, scale
from pullback.arrays.streams.words import Words


def exponential(stream: Words, shape: Shape, dtype: np.dtype[Any] = FLOAT32, rate: float = 1.0) -> Array:
    """Numbers with density ``rate * exp(-rate * x)``, of any floating dtype."""
    uniform = doubles(stream, prod(shape))
    np.negative(uniform, out=uniform)
    exact = dtype == FLOAT64
    drawn = libm.apply(math.log1p, np.log1p, uniform) if exact else np.log1p(uniform, out=uniform)
    drawn *= -1.0 / rate
    return _rounded(drawn, dtype, shape)


def cauchy(
    stream: Words, shape: Shape, dtype: np.dtype[Any] = FLOAT32, median: float = 0.0, sigma: float = 1.0
) -> Array:
    """Numbers with density ``sigma / pi / ((x - median)**2 + sigma**2)``, of any floating dtype."""
    angle = doubles(stream, prod(shape))
    angle -= 0.5
    angle *= math.pi
    exact = dtype == FLOAT64
    drawn = libm.apply(math.tan, np.tan, angle) if exact else np.tan(angle, out=angle)
    return _rounded(scale(drawn, median, sigma), dtype, shape)


def geometric(stream: Words, shape: Shape, dtype: np.dtype[Any] = FLOAT32, p: float = 0.5) -> Array:
    """The trial that is the first to succeed, each with probability `p`: 1, 2, …, of any real dtype."""
    uniform = doubles(stream, prod(shape))
    with np.errstate(divide="ignore"):
        drawn = np.log(uniform, out=uniform)
    drawn /= math.log1p(-p)
    np.ceil(drawn, out=drawn)
    return _rounded(drawn, dtype, shape)


def _rounded(drawn: Array, dtype: np.dtype[Any], shape: Shape) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        if dtype.kind not in "iu" and dtype.itemsize < 4:
            drawn = drawn.astype(np.float32)
        return drawn.astype(dtype, copy=False).reshape(shape)
