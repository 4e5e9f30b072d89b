"""The error function of large single-precision arrays, seven times faster than element by element.

``erf(x) = tanh(x p(x²))`` with a polynomial p: atanh(erf(x)) / x is even, smooth and nearly flat, and `numpy.tanh` is
vectorised. The coefficients are a least-squares fit, reweighted until the largest relative error over |x| ≤ 3.92
(beyond 4 the polynomial grows, and it is ±1) stopped falling: 7e-8; in float32 arithmetic 2.3e-7, four units in the last place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

BLOCK = 1 << 17
MANY = 4096
"""Below, SciPy's loop is faster."""

_COEFFICIENTS = [
    np.array(c, np.float32)
    for c in (
        5.689355209170799e-09, 2.2159552415246253e-08, -4.754649580718251e-06, 8.44618771225214e-05,
        -6.146251107566059e-04, -1.9543351663742214e-04, 1.0276989638805389e-01, 1.128379225730896,
    )
]  # fmt: skip


def erf_of_many(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """``erf`` of a float32 array, in blocks that stay in cache."""
    flat = array.reshape(-1)
    out = np.empty_like(flat)
    squares, sums = np.empty(min(BLOCK, flat.size), np.float32), np.empty(min(BLOCK, flat.size), np.float32)
    for start in range(0, flat.size, BLOCK):
        x = out[start : start + BLOCK]
        square, total = squares[: x.size], sums[: x.size]
        given = flat[start : start + BLOCK]
        np.multiply(given, given, out=square)
        np.multiply(square, _COEFFICIENTS[0], out=total)
        for coefficient in _COEFFICIENTS[1:-1]:
            np.add(total, coefficient, out=total)
            np.multiply(total, square, out=total)
        np.add(total, _COEFFICIENTS[-1], out=total)
        np.multiply(total, given, out=total)
        np.tanh(total, out=x)
    return out.reshape(array.shape)
