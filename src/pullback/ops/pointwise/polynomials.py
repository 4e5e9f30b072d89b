"""Orthogonal polynomials by their recurrences. Integers become floats; not differentiable, as in PyTorch.

Each family is three facts: the polynomial of degree 1, and the coefficients ``(a, b, c)`` of
``P(k+1) = (a * x + b) * P(k) - c * P(k-1)``, all starting from ``P(0) = 1``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.masks import drop
from pullback.arrays.vocabulary import zeros_like
from pullback.graph.operands import NUMBERS
from pullback.graph.operator import nondifferentiable
from pullback.ops.pointwise.calling import no_overload
from pullback.ops.pointwise.kinds import COMPLEX, INDIRECT, unsupported
from pullback.ops.typing import Scalar, V


def _polynomial(name: str, first: Any, step: Any, meaning: str, start: Any = lambda x: x) -> Any:
    """The operator ``name(input, n)``."""

    def forward(input: V | Scalar, n: V | Scalar) -> V:
        if input.dtype in INDIRECT or input.dtype in COMPLEX:
            raise unsupported(f"{name}_cpu", input.dtype)
        degree = np.where(np.isfinite(n), np.trunc(n), -1)  # C++ converts the others to the least of all integers
        return _recurrence(start(input), degree, first, step)

    forward.__name__ = forward.__qualname__ = name
    forward.__doc__ = f"{meaning} of degree `n` at `input`, one of them possibly a number; 0 for negative `n`."
    operator = nondifferentiable(promotes=True, floats=True)(forward)

    def function(input: V | Scalar, n: V | Scalar, *, out: Any = None) -> V:
        if input.__class__ in NUMBERS and n.__class__ in NUMBERS:
            raise no_overload(f"special_{name}", input, n)
        return operator(input, n, out=out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = forward.__doc__
    return function


def _recurrence(x: Any, n: Any, first: Any, step: Any) -> Any:
    """Run all elements up to the highest degree among them, each keeping the value at its own."""
    before, current = zeros_like(x) + 1, first(x)
    found = np.where(n == 0, before, np.where(n == 1, current, np.array(np.nan, x.dtype)))
    highest = np.maximum.reduce(n, axis=None, initial=0)
    for degree in range(1, int(highest)):
        a, b, c = step(degree)
        before, current = current, (a * x + b) * current - c * before
        found = np.where(n == degree + 1, current, found)
    return drop(found, n < 0)


def _chebyshev(kind: str, first: Any, shifted: bool) -> Any:
    name = f"{'shifted_' if shifted else ''}chebyshev_polynomial_{kind}"
    meaning = f"{'Shifted ' if shifted else ''}Chebyshev polynomial of kind {'tuvw'.index(kind) + 1}"
    start = (lambda x: 2 * x - 1) if shifted else (lambda x: x)
    return _polynomial(name, first, lambda k: (2, 0, 1), meaning, start)


_CHEBYSHEV = {
    "t": lambda x: x,
    "u": lambda x: 2 * x,
    "v": lambda x: 2 * x - 1,
    "w": lambda x: 2 * x + 1,
}

chebyshev_polynomial_t = _chebyshev("t", _CHEBYSHEV["t"], False)
chebyshev_polynomial_u = _chebyshev("u", _CHEBYSHEV["u"], False)
chebyshev_polynomial_v = _chebyshev("v", _CHEBYSHEV["v"], False)
chebyshev_polynomial_w = _chebyshev("w", _CHEBYSHEV["w"], False)
shifted_chebyshev_polynomial_t = _chebyshev("t", _CHEBYSHEV["t"], True)
shifted_chebyshev_polynomial_u = _chebyshev("u", _CHEBYSHEV["u"], True)
shifted_chebyshev_polynomial_v = _chebyshev("v", _CHEBYSHEV["v"], True)
shifted_chebyshev_polynomial_w = _chebyshev("w", _CHEBYSHEV["w"], True)
hermite_polynomial_h = _polynomial(
    "hermite_polynomial_h", lambda x: 2 * x, lambda k: (2, 0, 2 * k), "The physicist's Hermite polynomial"
)
hermite_polynomial_he = _polynomial(
    "hermite_polynomial_he", lambda x: x, lambda k: (1, 0, k), "The probabilist's Hermite polynomial"
)
laguerre_polynomial_l = _polynomial(
    "laguerre_polynomial_l",
    lambda x: 1 - x,
    lambda k: (-1 / (k + 1), (2 * k + 1) / (k + 1), k / (k + 1)),
    "The Laguerre polynomial",
)
legendre_polynomial_p = _polynomial(
    "legendre_polynomial_p",
    lambda x: x,
    lambda k: ((2 * k + 1) / (k + 1), 0, k / (k + 1)),
    "The Legendre polynomial",
)
