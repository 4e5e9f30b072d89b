"""Gamma numbers, by the method of G. Marsaglia and W. W. Tsang (2000), and shares of their sums.

The method is a rejection: normal and uniform numbers are drawn one at a time, in float64, from the same stream.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pullback.arrays.streams.counts import Rounding, Uniform, _in_dtype, _narrow, _OneByOne
from pullback.arrays.streams.uniforms import FLOAT64, Array
from pullback.arrays.streams.words import Words

Draw = Callable[[], float]


def gamma(stream: Words, shapes: Array) -> Array:
    """Numbers of gamma distributions with the parameters `shapes` and scale 1, of their shape and floating dtype.

    None is 0: what would be is the smallest normal number of the dtype.
    """
    drawn = _in_dtype(_each(stream, shapes, float if shapes.dtype == FLOAT64 else _narrow), shapes)
    return np.maximum(drawn, np.finfo(shapes.dtype).tiny)


def dirichlet(stream: Words, shapes: Array) -> Array:
    """Shares that sum to 1 along the last axis, of Dirichlet distributions with the parameters along it."""
    parts = np.maximum(_each(stream, shapes, float).reshape(shapes.shape), np.finfo(np.float64).tiny)
    shares = parts / np.add.reduce(parts, axis=-1, keepdims=True)
    limits = np.finfo(shapes.dtype)
    return np.clip(_in_dtype(shares.ravel(), shapes), limits.tiny, 1 - limits.epsneg)


def _each(stream: Words, shapes: Array, narrow: Rounding) -> Array:
    drawn = np.empty(shapes.size, np.float64)
    with _OneByOne(stream) as uniform:
        normal = _normals(stream, uniform)
        for number, shape in enumerate(shapes.ravel().tolist()):
            drawn[number] = _one(shape, uniform, normal, narrow)
    return drawn


def _normals(stream: Words, uniform: Uniform) -> Draw:
    """Normal numbers one at a time; the second of a pair waits in the stream for whoever draws next."""

    def draw() -> float:
        kept = stream.spare_normal
        if kept is not None:
            stream.spare_normal = None
            return kept
        turn, height = uniform(), uniform()
        radius = math.sqrt(-2.0 * math.log1p(-height))
        angle = 2.0 * math.pi * turn
        stream.spare_normal = radius * math.sin(angle)
        return radius * math.cos(angle)

    return draw


_THIRD, _SQUEEZE = float(np.float32(1 / 3)), float(np.float32(0.0331))
"""PyTorch's constants are float32, also where it computes in float64."""


def _one(shape: float, uniform: Uniform, normal: Draw, narrow: Rounding) -> float:
    """One number; what comes of `shape` alone is rounded to its dtype by `narrow`."""
    if not shape > 0.0:
        return 0.0 if shape == 0.0 else math.nan
    scale = 1.0
    if shape < 1.0:
        scale = math.pow(1.0 - uniform(), narrow(1.0 / shape))
        shape = narrow(shape + 1.0)
    d = narrow(shape - _THIRD)
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal()
        y = 1.0 + c * x
        while y <= 0:
            x = normal()
            y = 1.0 + c * x
        v = y * y * y
        u = 1.0 - uniform()
        square = x * x
        if u < 1.0 - _SQUEEZE * square * square or math.log(u) < 0.5 * square + d * (1.0 - v + math.log(v)):
            return scale * d * v
