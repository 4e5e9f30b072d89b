"""Bessel functions of orders 0 and 1: power series near 0, farther out one integral for all of them.

The integrals of K and, along a turned path, of J + iY (DLMF 10.32.8, 10.27.8) have a common form,

    A(z) = c ∫ exp(-s²) s^(2n) (1 + s²/2z)^(n - 1/2) ds   over the real line,   A(∞) = 1,

and with it ``K = √(π/2x) exp(-x) A(x)``, ``J + iY = √(2/πx) exp(i(x - nπ/2 - π/4)) A(-ix)`` and, but for a part of
the size of ``exp(-2x)``, ``I = exp(x) / √(2πx) A(-x)``. At infinity J, Y and I are NaN, as in SciPy and PyTorch.
"""

from __future__ import annotations

from math import factorial, pi, sqrt
from typing import Any

import numpy as np

from pullback.arrays.special_series.points import SQUARES, STEP, WEIGHTS, in_double, power_series

_EULER = 0.5772156649015329
_HARMONIC = [sum(1 / j for j in range(1, k + 1)) for k in range(72)]
_FIRST = [[1 / (factorial(k) * factorial(k + n)) for k in range(70)] for n in (0, 1)]
_SECOND = [[c * (_HARMONIC[k] + _HARMONIC[k + n] - 2 * _EULER) for k, c in enumerate(_FIRST[n])] for n in (0, 1)]
"""Of the powers of x²/4, for J and Y of -x²/4: DLMF 10.2.2, 10.8.1, 10.25.2, 10.31.1."""
_SHORT = 17  # terms for x up to 2


def _integral(n: int, z: Any) -> Any:
    """A(z), see above."""
    total = np.full_like(z, 0 if n else 0.5)
    for square, weight in zip(SQUARES[1:32], WEIGHTS[1:32]):
        root = np.sqrt(1 + square / 2 / z)
        total += (2 * weight * square) * root if n else weight / root
    return total * (2 * STEP / sqrt(pi))


def _near(n: int, x: Any, sign: int) -> tuple[Any, Any]:
    """What the functions of the first and the second kind are made of near 0."""
    z, scale = sign * (x * x) / 4, x / 2 if n else 1.0
    return scale * power_series(_FIRST[n][:_SHORT], z), scale * power_series(_SECOND[n][:_SHORT], z)


def _log_half(x: Any) -> Any:
    """``log(x / 2)``, finite for the smallest x too."""
    return np.log(np.maximum(x / 2, 5e-324))


def _wave(n: int, x: Any) -> Any:
    """J + iY for x from 2."""
    return _integral(n, -1j * x) * ((1 - 1j) * (-1j) ** n) * (np.cos(x) + 1j * np.sin(x)) / (sqrt(pi) * np.sqrt(x))


def _cylinder(n: int) -> Any:
    """J of order `n`, even or odd as `n` is."""

    @in_double
    def function(x: Any) -> Any:
        size = np.abs(x)
        far = _wave(n, np.maximum(size, 2)).real
        return np.where(size < 2, _near(n, x, -1)[0], np.copysign(far, far * x) if n else far)

    return function


def _second_cylinder(n: int) -> Any:
    """Y of order `n`: NaN below 0, where it is complex."""

    @in_double
    def function(x: Any) -> Any:
        first, rest = _near(n, x, -1)
        near = (2 * _log_half(x) * first - rest - (2 / x if n else 0)) / pi
        near = np.where(x == 0, -np.inf, near)
        far = _wave(n, np.maximum(x, 2)).imag
        return np.where(x < 0, np.nan, np.where(x < 2, near, far))

    return function


def _modified(n: int, scaled: bool) -> Any:
    """I of order `n`, times ``exp(-|x|)`` if `scaled`."""

    @in_double
    def function(x: Any) -> Any:
        size = np.abs(x)
        inner, outer = np.minimum(size, 25), np.maximum(size, 25)
        near = (inner / 2 if n else 1.0) * power_series(_FIRST[n], inner * inner / 4)
        far = _integral(n, -outer) / (sqrt(2 * pi) * np.sqrt(outer))
        if scaled:
            near = near * np.exp(-inner)
        else:  # in two steps, as exp(x) overflows before I does
            far = np.exp(outer / 2) * far * np.exp(outer / 2)
        found = np.where(size < 25, near, far)
        return np.copysign(found, x) if n else found

    return function


def _second_modified(n: int, scaled: bool) -> Any:
    """K of order `n`, times ``exp(x)`` if `scaled`: NaN below 0, where it is complex."""

    @in_double
    def function(x: Any) -> Any:
        inner, outer = np.minimum(x, 1), np.maximum(x, 1)
        first, rest = _near(n, inner, 1)
        near = _log_half(inner) * first - rest / 2
        near = np.where(x == 0, np.inf, 1 / inner + near if n else -near)
        far = _integral(n, outer) * np.sqrt(pi / 2 / outer)
        near, far = (near * np.exp(inner), far) if scaled else (near, far * np.exp(-outer))
        return np.where(x < 0, np.nan, np.where(x < 1, near, far))

    return function


j0, j1 = _cylinder(0), _cylinder(1)
y0, y1 = _second_cylinder(0), _second_cylinder(1)
i0, i1 = _modified(0, False), _modified(1, False)
i0e, i1e = _modified(0, True), _modified(1, True)
k0, k1 = _second_modified(0, False), _second_modified(1, False)
k0e, k1e = _second_modified(0, True), _second_modified(1, True)
