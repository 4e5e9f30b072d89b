"""The gamma function's logarithm and its derivatives, and Hurwitz's zeta function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pullback.arrays.special_series.points import each, in_double, power_series

# B(2k), which the Euler-Maclaurin formula (DLMF 2.10.1) has divided by (2k)!, and the digamma function's asymptotic
# series (DLMF 5.11.2) by 2k.
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_WEIGHTS = [b / math.factorial(2 * k) for k, b in enumerate(_BERNOULLI, start=1)]
_DIGAMMA = [b / (2 * k) for k, b in enumerate(_BERNOULLI[:-1], start=1)]
_FAR = 10.0
"""From here on the asymptotic series are exact to the last digits."""
_MOST = 60
"""Terms after which what is left of zeta for a large order is below the last digit."""
_EULER = 0.5772156649015329


def _log_gamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):  # a pole, too large a result
        return math.inf


_each_log_gamma = each(_log_gamma)


@in_double
def gammaln(x: Any) -> Any:
    """Logarithm of the absolute value of the gamma function."""
    near = np.abs(np.abs(x - 1.5) - 0.5) < 0.4
    return np.where(near, log_gamma_near_1_and_2(np.where(near, x, 1)), _each_log_gamma(x))


def _rest_of_zeta(s: Any, z: Any) -> Any:
    """The sum of ``(z + k)**-s`` over k from 0 by the Euler-Maclaurin formula, for `z` beyond `s`."""
    total = z ** (1 - s) / (s - 1) + 0.5 * z**-s
    factor = s * z ** (-s - 1)
    for k, weight in enumerate(_WEIGHTS, start=1):
        total = total + weight * factor
        factor = factor * (s + 2 * k - 1) * (s + 2 * k) / (z * z)
    return total


@in_double
def zeta(order: Any, array: Any) -> Any:
    """Hurwitz's zeta function for orders above 1: the first terms, then what is left."""
    s, q = np.broadcast_arrays(order, array)
    far = np.maximum(s, 0) + _FAR
    steps = np.where(np.isfinite(q) & (q < far), np.minimum(np.ceil(far - q), np.maximum(_MOST, 1 - q)), 0)
    total = np.zeros(q.shape)
    for step in range(int(steps.max(initial=0))):
        total += np.where(step < steps, (q + step) ** -s, 0.0)
    rest = _rest_of_zeta(s, q + steps)
    total += np.where(np.isfinite(rest) | np.isnan(q), rest, 0.0)
    pole = (q <= 0) & (q == np.floor(q))
    fraction = (q < 0) & (s != np.floor(s))
    found = np.where(pole, np.inf, np.where(fraction, np.nan, np.where(q == np.inf, 0.0, total)))
    return np.where(s == 1, np.inf, np.where(s > 1, found, np.nan))


_ROOT, _ROOT_REST = 1.4616321449683622, 9.549995429965697e-17
"""The positive zero of the digamma function, in two parts."""
_AT_ROOT = [(-1) ** k * float(zeta(k + 2.0, _ROOT)) for k in range(24)]


@in_double
def psi(x: Any) -> Any:
    """The digamma function: recurrence up to `_FAR`, then its asymptotic series; reflection left of 0."""
    e = (x - _ROOT) - _ROOT_REST
    near_root = np.abs(e) < 0.25
    left = x < 0
    z = np.where(left, 1 - x, x)
    correction = np.where(left, np.pi / np.tan(np.pi * (x - np.round(x))), 0.0)
    total = np.zeros_like(z)
    for _ in range(int(_FAR)):
        near = z < _FAR
        total -= np.where(near, 1 / z, 0.0)
        z = z + near
    square = 1 / (z * z)
    found = total + np.log(z) - 0.5 / z - square * power_series(_DIGAMMA, square) - correction
    found = np.where(near_root, e * power_series(_AT_ROOT, np.where(near_root, e, 0)), found)
    pole = left & (x == np.floor(x))
    return np.where(pole | (x == -np.inf), np.nan, np.where(x == np.inf, np.inf, found))


_TAYLOR = [1 - _EULER]
"""Of ``log Γ(2 + e) / e``, e between -1/2 and 1/2: DLMF 5.7.3, with ζ(k) - 1."""
for _k in range(2, 26):
    _TAYLOR.append((-1) ** _k / _k * (sum(n**-_k for n in range(2, 20)) + _rest_of_zeta(_k, 20.0)))


def log_gamma_near_1_and_2(x: Any, terms: int = 25) -> Any:
    """``log Γ`` between 1/2 and 5/2, exact near its zeros at 1 and 2; 12 terms suffice within 0.1 of them."""
    first = x < 1.5
    e = np.where(first, x - 1, x - 2)
    return e * power_series(_TAYLOR[:terms], e) - np.where(first, np.log1p(e), 0.0)


@in_double
def log_gamma_after_1(e: Any) -> Any:
    """``log Γ(1 + e)`` for e between 0 and 1, exact near 0."""
    inner = np.minimum(e, 0.5)
    return np.where(e < 0.5, inner * power_series(_TAYLOR, inner) - np.log1p(inner), gammaln(1 + e))
