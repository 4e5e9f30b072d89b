"""The regularised incomplete gamma functions P and Q.

From the side on which the smaller of the two lies, and the other as 1 minus that:

- ``x > a`` and ``x > 1``: Q is the density at x times an integral of ``density(t) / density(x)`` from x on;
- ``x <= 1`` and ``a < 1``: Q from ``1 - x^a / Γ(a + 1)``, which is exact where Q is tiny, and an alternating series;
- else P: the series DLMF 8.11.4 for ``a < 30``, from there on an integral from 0 to x, with ``t = x exp(-u)``.

The integrands fall off as ``exp(-s)`` or faster, over a known length: that is the case for Takahasi and Mori's rule
(1974) with ``s = exp(t - exp(-t))``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.arrays.special_series.gamma import log_gamma_after_1
from pullback.arrays.special_series.points import each, in_double, power_series

_STEP = 0.1
_STEPS = np.arange(-37, 42) * _STEP
_POINTS = np.exp(_STEPS - np.exp(-_STEPS))
_WEIGHTS = _STEP * (1 + np.exp(-_STEPS)) * _POINTS
_SERIES = 30.0
_POWERS = 100.0
"""From here on the density is taken from Stirling's series, as the powers overflow."""
_STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360]
_ODD = [1 / (2 * k + 1) for k in range(12)]
_EXPONENTIAL = [(-1) ** k / math.factorial(k + 2) for k in range(16)]
_reciprocal_gamma = each(lambda a: 1 / math.gamma(a) if a > 1e-300 else a)


def _integral(integrand: Any, length: Any) -> Any:
    """The integral from 0 to infinity of a function that falls off over `length`."""
    total = np.zeros_like(length)
    for point, weight in zip(_POINTS, _WEIGHTS):
        total += weight * integrand(point * length)
    return total * length


def _log1p_beyond(v: Any, ratio: Any = None) -> Any:
    """``log1p(v) - v``; near 0 by the series of atanh. `ratio` is ``1 + v`` where that is known better."""
    r = v / (2 + v)
    small = np.abs(r) < 0.2
    square = np.where(small, r, 0) ** 2
    series = r * (2 * square * power_series(_ODD[1:], square) - v)
    return np.where(small, series, (np.log1p(v) if ratio is None else np.log(ratio)) - v)


def _exp_beyond(u: Any) -> Any:
    """``exp(-u) - 1 + u``."""
    small = u < 1
    return np.where(small, u * u * power_series(_EXPONENTIAL, np.where(small, u, 0)), np.expm1(-u) + u)


def _density(a: Any, x: Any) -> Any:
    """``x^a exp(-x) / Γ(a)``."""
    low, high = np.minimum(a, _POWERS), np.maximum(a, _POWERS)
    inner = np.minimum(x, 1200.0)  # there and beyond it is 0 for these orders; the power must not overflow
    half = np.exp(-inner / 2)
    powers = inner**low * half * half * _reciprocal_gamma(low)
    stirling = power_series(_STIRLING, 1 / (high * high)) / high
    exponent = high * _log1p_beyond((x - high) / high, x / high) - stirling
    return np.where(a < _POWERS, powers, np.sqrt(high / (2 * math.pi)) * np.exp(exponent))


def _upper(a: Any, x: Any) -> Any:
    """Q for x above a and 1."""
    b = a - 1
    length = 1 / (x - b + np.sqrt(np.maximum(b, 0)))
    return _density(a, x) * _integral(lambda v: np.exp(b * _log1p_beyond(v) + (b - x) * v), length)


def _lower(a: Any, x: Any) -> Any:
    """P for x below a or both small."""
    low, z = np.minimum(a, _SERIES), np.minimum(x, _SERIES)
    term = total = np.ones_like(low)
    n = 0
    while np.any(term > total * 1e-17):
        n += 1
        term = term * (z / (low + n))
        total = total + term
    length = 1 / (np.maximum(a - x, 0) + np.sqrt(x))
    far = _integral(lambda u: np.exp((x - a) * u - x * _exp_beyond(u)), length) if np.any(a >= _SERIES) else total
    return _density(a, x) * np.where(a < _SERIES, total / low, far)


def _upper_of_small(a: Any, x: Any) -> Any:
    """Q for x up to 1 and a below: DLMF 8.7.1 without its first term, and that term's distance from 1."""
    exponent = a * np.log(x) - log_gamma_after_1(a)
    total, term = np.zeros_like(x), -x
    for n in range(1, 20):
        total, term = total + term / (a + n), term * (-x / (n + 1))
    return -np.expm1(exponent) - a * np.exp(exponent) * total


def _regularised(upper: bool) -> Any:
    @in_double
    def function(orders: Any, points: Any) -> Any:
        orders, points = np.broadcast_arrays(orders, points)
        inside = (orders > 0) & (points > 0) & (orders < np.inf) & (points < np.inf)
        a, x = np.where(inside, orders, 1), np.where(inside, points, 1)
        above, small = (x > a) & (x > 1), (x <= 1) & (a < 1) & upper
        found = np.empty(a.shape)
        for mask, method, gives_upper in (
            (above, _upper, 1),
            (small, _upper_of_small, 1),
            (~(above | small), _lower, 0),
        ):
            value = method(a[mask], x[mask])
            found[mask] = value if gives_upper == upper else 1 - value
        return np.where(inside, found, _at_the_ends(orders, points, upper))

    return function


def _at_the_ends(a: Any, x: Any, upper: bool) -> Any:
    found = np.where((x == 0) | (a == np.inf), float(upper), float(not upper))
    both = ((a == 0) & (x == 0)) | ((a == np.inf) & (x == np.inf))
    return np.where((a >= 0) & (x >= 0) & ~both, found, np.nan)


gammainc, gammaincc = _regularised(False), _regularised(True)
