"""The Airy function Ai: Maclaurin's series near 0, farther out the integral along the path of steepest descent.

``Ai(z) = exp(-ζ)/π ∫ exp(-√z t²) cos(t³/3) dt`` over the positive reals, with ``ζ = 2/3 z^(3/2)``: what DLMF 9.5.4
becomes on the path through the saddle. On the left ``Ai(-x) = 2 Re(w Ai(wx))``, ``w = exp(iπ/3)`` (DLMF 9.2.14).
"""

from __future__ import annotations

from math import gamma, pi
from typing import Any

import numpy as np

from pullback.arrays.special_series.points import POINTS, SQUARES, STEP, in_double

_AT_0, _SLOPE_AT_0 = 3 ** (-2 / 3) / gamma(2 / 3), -(3 ** (-1 / 3)) / gamma(1 / 3)
_TURN = np.exp(1j * pi / 6)
_RIGHT = STEP / pi * np.exp(-np.array(SQUARES))
_LEFT = STEP / pi * np.exp(-np.array(SQUARES) * _TURN) * (2 * _TURN**2)
_RIGHT[0] /= 2
_LEFT[0] /= 2


def _near(x: Any) -> Any:
    """DLMF 9.4.1."""
    cube = x * x * x
    even, odd = np.full_like(x, _AT_0), _SLOPE_AT_0 * x
    total = even + odd
    for k in range(3, 48, 3):
        even, odd = even * cube / ((k - 1) * k), odd * cube / (k * (k + 1))
        total = total + (even + odd)
    return total


def _far(x: Any) -> Any:
    size = np.maximum(np.abs(x), 1.25)
    root = np.sqrt(size)
    fourth, zeta = np.sqrt(root), size * root / 1.5
    right, left = np.zeros_like(x), np.zeros_like(x, np.complex128)
    for point, ahead, behind in zip(POINTS, _RIGHT, _LEFT):
        wave = np.cos(point**3 / (3 * root * fourth))
        right, left = right + ahead * wave, left + behind * wave
    turned = left.real * np.cos(zeta) + left.imag * np.sin(zeta)
    return np.where(size == np.inf, 0.0, np.where(x > 0, right * np.exp(-zeta), turned) / fourth)


@in_double
def airy(x: Any) -> tuple[Any]:
    """Ai alone, in the place where SciPy has it."""
    inner = np.clip(x, -2.5, 1.25)
    return (np.where(inner == x, _near(inner), _far(x)),)
