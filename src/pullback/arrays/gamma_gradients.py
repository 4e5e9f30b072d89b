"""How a gamma or Dirichlet sample moves when its parameter does, at a fixed value of the distribution function.

For a sample x with density p and distribution function F that is ``-(dF/da) / p(x)`` (implicit reparametrization,
Figurnov, Mohamed and Mnih, 2018). Both derivatives are integrals of ``p(t) (log t - E log t)``, from either end; they are
taken from the end that is nearer and divided by p(x) under the integral, so that nothing overflows, and computed by
a quadrature whose points thicken towards the sample (Takahasi and Mori, 1974).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.special import digamma
from pullback.arrays.vocabulary import dispatched

_STEPS = np.linspace(-4.2, 2.6, 103)
_POINTS = np.exp(np.pi / 2 * np.sinh(_STEPS))
_WEIGHTS = (_STEPS[1] - _STEPS[0]) * np.pi / 2 * np.cosh(_STEPS) * _POINTS
"""Of the integral from 0 to infinity of a function that falls off over a length of about 1."""


def _integral(integrand: Any, length: np.ndarray) -> np.ndarray:
    """The integral from 0 to infinity of a function of arrays that falls off over `length`."""
    total = np.zeros_like(length)
    for point, weight in zip(_POINTS, _WEIGHTS):
        total += weight * integrand(point * length)
    return np.asarray(total * length)


@dispatched
def gamma_gradient(shape: Any, sample: Any) -> Any:
    """Derivative of gamma samples with respect to the parameter `shape`."""
    a, x = (np.atleast_1d(each).astype(np.float64) for each in np.broadcast_arrays(shape, sample))
    centre = digamma(a)
    with np.errstate(all="ignore"):
        lower = x < a
        found = np.empty_like(x)
        found[lower] = _gamma_from_below(a[lower], x[lower], centre[lower])
        found[~lower] = _gamma_from_above(a[~lower], x[~lower], centre[~lower])
    return found.reshape(np.shape(sample)).astype(sample.dtype)


def _gamma_from_below(a: np.ndarray, x: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """With ``t = x exp(-u)``."""
    length = 1 / (a - x + np.sqrt(x))

    def integrand(u: np.ndarray) -> np.ndarray:
        return np.exp(-a * u - x * np.expm1(-u)) * (np.log(x) - u - centre)

    return -x * _integral(integrand, length)


def _gamma_from_above(a: np.ndarray, x: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """With ``t = x + s``."""
    length = 1 / (1 - (a - 1) / x + np.sqrt(np.maximum(a - 1, 0)) / x)

    def integrand(s: np.ndarray) -> np.ndarray:
        return np.exp((a - 1) * np.log1p(s / x) - s) * (np.log(x + s) - centre)

    return _integral(integrand, length)


@dispatched
def dirichlet_gradient(sample: Any, concentration: Any, total: Any) -> Any:
    """Derivative of Dirichlet samples with respect to their own parameters, divided by ``1 - sample``.

    `total` is the sum of the parameters. One component alone has a beta distribution.
    """
    arrays = np.broadcast_arrays(sample, concentration, total)
    x, a, whole = (np.atleast_1d(each).astype(np.float64) for each in arrays)
    b = whole - a
    centre = digamma(a) - digamma(whole)
    with np.errstate(all="ignore"):
        lower = x * whole < a
        found = np.empty_like(x)
        found[lower] = _beta_from_below(x[lower], a[lower], b[lower], centre[lower])
        found[~lower] = _beta_from_above(x[~lower], a[~lower], b[~lower], centre[~lower])
    return found.reshape(np.shape(sample)).astype(sample.dtype)


def _beta_from_below(x: np.ndarray, a: np.ndarray, b: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """With ``t = x exp(-u)``."""
    slope, bend = a - (b - 1) * x / (1 - x), np.abs(b - 1) * x / (1 - x) ** 2
    length = 1 / (np.maximum(slope, 0) + np.sqrt(bend) + a * 0.1)

    def integrand(u: np.ndarray) -> np.ndarray:
        others = (b - 1) * (np.log1p(-x * np.exp(-u)) - np.log1p(-x))
        return np.exp(others - a * u) * (np.log(x) - u - centre)

    return -x / (1 - x) * _integral(integrand, length)


def _beta_from_above(x: np.ndarray, a: np.ndarray, b: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """With ``1 - t = (1 - x) exp(-u)``."""
    y = 1 - x
    slope, bend = b - (a - 1) * y / x, np.abs(a - 1) * y / x**2
    length = 1 / (np.maximum(slope, 0) + np.sqrt(bend) + b * 0.1)

    def integrand(u: np.ndarray) -> np.ndarray:
        t = 1 - y * np.exp(-u)
        return np.exp((a - 1) * (np.log(t) - np.log(x)) - b * u) * (np.log(t) - centre)

    return _integral(integrand, length)
