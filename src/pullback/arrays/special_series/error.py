"""The error function, its inverses and what else belongs to the normal distribution."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from pullback.arrays.special_series.points import SQUARES, STEP, WEIGHTS, each, in_double

erf = each(math.erf)
erfc = each(math.erfc)


def _exp_square(x: Any) -> Any:
    """``exp(x²)``, the square being taken apart before it is rounded."""
    high = np.round(x * 1024) / 1024
    return np.exp(high * high) * np.exp((x - high) * (x + high))


@in_double
def erfcx(x: Any) -> Any:
    """From 2 on by its integral, DLMF 7.7.1; ``2 exp(x²)`` minus that on the left."""
    size = np.abs(x)
    square = np.maximum(size, 2) ** 2
    total = 0.5 / square
    for point, weight in zip(SQUARES[1:], WEIGHTS[1:]):
        total = total + weight / (square + point)
    far = np.where(size > 1e100, 1 / (size * math.sqrt(math.pi)), size * total * (2 * STEP / math.pi))
    inner = np.clip(x, -30, 2)
    square = _exp_square(inner)
    return np.where(size < 2, square * erfc(inner), np.where(x < 0, 2 * square, 0) + np.copysign(far, x))


def _quantile(p: float) -> float:
    if not 0 < p < 1:
        return {0.0: -math.inf, 1.0: math.inf}.get(p, math.nan)
    return NormalDist().inv_cdf(p)


ndtri = each(_quantile)


def _inverse_erf(x: float) -> float:
    """By the quantile of the upper tail, which is exact there; near 0 a step of Newton's makes it so."""
    size = abs(x)
    if not size < 1:
        return math.copysign(math.inf, x) if size == 1 else math.nan
    y = -_quantile((1 - size) / 2) / math.sqrt(2)
    if size < 0.5:
        y -= (math.erf(y) - size) * math.sqrt(math.pi) / 2 * math.exp(y * y)
    return math.copysign(y, x)


erfinv = each(_inverse_erf)
