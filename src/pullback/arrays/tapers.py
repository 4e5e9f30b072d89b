"""Window functions: weights that fade a piece of a signal in and out.

Each takes the number of points and whether the window is symmetric; a periodic one is a symmetric one of one point more
without its last, which is what spectra want.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sqrt
from typing import Any

import numpy as np

from pullback.arrays.special import i0

Dtype = np.dtype[Any]


def _points(count: int, start: float, step: float, dtype: Dtype) -> Any:
    return (start + step * np.arange(count)).astype(dtype)


def _period(count: int, symmetric: bool) -> int:
    """How many steps there are from one end to the other."""
    return count - 1 if symmetric else count


def bartlett(count: int, symmetric: bool, dtype: Dtype) -> Any:
    """A triangle: ``1 - |2 n / N - 1|``.

    >>> bartlett(5, True, np.dtype("f8"))
    array([0. , 0.5, 1. , 0.5, 0. ])
    """
    return 1 - np.abs(_points(count, -1, 2 / _period(count, symmetric), dtype))


def cosines(count: int, symmetric: bool, dtype: Dtype, weights: Sequence[float]) -> Any:
    """``sum_k (-1)^k w_k cos(2πk n / N)``."""
    phase = _points(count, 0, 2 * pi / _period(count, symmetric), dtype)
    terms = [(-1) ** k * weight * np.cos(k * phase) for k, weight in enumerate(weights)]
    return np.add.reduce(terms, axis=0).astype(dtype)


def cosine(count: int, symmetric: bool, dtype: Dtype) -> Any:
    """Half a wave: ``sin(π (n + 1/2) / N)``."""
    step = pi / (count if symmetric else count + 1)
    return np.sin(_points(count, step / 2, step, dtype))


def exponential(count: int, symmetric: bool, dtype: Dtype, center: float | None, tau: float) -> Any:
    """``exp(-|n - center| / tau)``, by default around the middle."""
    middle = _period(count, symmetric) / 2 if center is None else center
    return np.exp(-np.abs(_points(count, -middle / tau, 1 / tau, dtype)))


def gaussian(count: int, symmetric: bool, dtype: Dtype, std: float) -> Any:
    """``exp(-(n - middle)² / (2 std²))``."""
    unit = 1 / (std * sqrt(2))
    return np.exp(-(_points(count, -_period(count, symmetric) / 2 * unit, unit, dtype) ** 2))


def kaiser(count: int, symmetric: bool, dtype: Dtype, beta: float) -> Any:
    """``I0(β √(1 - x²)) / I0(β)`` for x from -1 to 1, with the modified Bessel function I0."""
    x = _points(count, -1, 2 / _period(count, symmetric), np.dtype(np.float64))
    values = i0(beta * np.sqrt(np.maximum(1 - x * x, 0))) / i0(np.array([float(beta)]))
    return values.astype(dtype)


BLACKMAN = (0.42, 0.5, 0.08)
NUTTALL = (0.3635819, 0.4891775, 0.1365995, 0.0106411)
