"""Special functions without SciPy: `math`'s, element by element, and classical series.

Accurate to about 1e-13 in double precision; single precision is computed in double and rounded.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

__all__ = ["erf", "erfc", "erfcx", "erfinv", "gammaln", "i0", "ndtri", "psi", "zeta"]

# B(2k) / (2k)!, the weights of the Euler-Maclaurin formula.
_WEIGHTS = tuple(
    b / math.factorial(2 * k)
    for k, b in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510), start=1)
)
# B(2k) / 2k, those of the asymptotic series of the digamma function.
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
_FAR = 10.0
"""From here on the asymptotic series are exact to the last digits."""


def _each(function: Any) -> Any:
    """`function` of one float as a function of arrays."""
    loop = np.frompyfunc(function, 1, 1)

    def run(array: Any) -> Any:
        return np.asarray(loop(np.asarray(array, np.float64))).astype(np.float64)

    return run


erf = _each(math.erf)
erfc = _each(math.erfc)
i0 = np.i0


def _log_gamma(x: float) -> float:
    if x <= 0 and x == math.floor(x):
        return math.inf
    return math.lgamma(x)


gammaln = _each(_log_gamma)


def _scaled_erfc(x: float) -> float:
    if x < 25:
        return math.erfc(x) * math.exp(x * x) if x > -26.6 else math.inf
    total = term = 1.0  # asymptotic, ratio of terms below 0.02
    for k in range(1, 9):
        term *= -(2 * k - 1) / (2 * x * x)
        total += term
    return total / (x * math.sqrt(math.pi))


erfcx = _each(_scaled_erfc)


def _quantile(p: float) -> float:
    if not 0 < p < 1:
        return {0.0: -math.inf, 1.0: math.inf}.get(p, math.nan)
    return NormalDist().inv_cdf(p)


ndtri = _each(_quantile)


def _inverse_erf(x: float) -> float:
    """By the quantile of the upper tail, which is exact there; near 0 a step of Newton's makes it so."""
    size = abs(x)
    if not size < 1:
        return math.copysign(math.inf, x) if size == 1 else math.nan
    y = -_quantile((1 - size) / 2) / math.sqrt(2)
    if size < 0.5:
        y -= (math.erf(y) - size) * math.sqrt(math.pi) / 2 * math.exp(y * y)
    return math.copysign(y, x)


erfinv = _each(_inverse_erf)


def psi(array: Any) -> Any:
    """The digamma function: recurrence up to `_FAR`, then its asymptotic series; reflection left of 0."""
    x = np.asarray(array, np.float64)
    with np.errstate(all="ignore"):
        left = x < 0
        z = np.where(left, 1 - x, x)
        correction = np.where(left, np.pi / np.tan(np.pi * (x - np.round(x))), 0.0)
        total = np.zeros_like(z)
        for _ in range(int(_FAR)):
            near = z < _FAR
            total -= np.where(near, 1 / z, 0.0)
            z = z + near
        square = 1 / (z * z)
        series = sum(weight * square**k for k, weight in enumerate(_DIGAMMA, start=1))
        found = total + np.log(z) - 0.5 / z - series - correction
        pole = left & (x == np.floor(x))
        return np.where(pole | (x == -np.inf), np.nan, np.where(x == np.inf, np.inf, found))


def zeta(order: Any, array: Any) -> Any:
    """Hurwitz's zeta function for orders above 1: terms up to `_FAR`, then the Euler-Maclaurin formula."""
    s, q = np.broadcast_arrays(np.asarray(order, np.float64), np.asarray(array, np.float64))
    with np.errstate(all="ignore"):
        steps = np.where(np.isfinite(q) & (q < _FAR), np.ceil(_FAR - q), 0)
        total = np.zeros(q.shape)
        for step in range(int(steps.max(initial=0))):
            total += np.where(step < steps, (q + step) ** -s, 0.0)
        z = q + steps
        total += z ** (1 - s) / (s - 1) + 0.5 * z**-s
        factor = s * z ** (-s - 1)
        for k, weight in enumerate(_WEIGHTS, start=1):
            total += weight * factor
            factor = factor * (s + 2 * k - 1) * (s + 2 * k) / (z * z)
        pole = (q <= 0) & (q == np.floor(q))
        fraction = (q < 0) & (s != np.floor(s))
        found = np.where(pole, np.inf, np.where(fraction | (s < 1), np.nan, total))
        return np.where(s == 1, np.inf, np.where(q == np.inf, 0.0, found))
