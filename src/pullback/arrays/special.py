"""Special functions of raw arrays: SciPy's where it is installed, else our own, slower and as exact.

They dispatch as NumPy's functions do, so an operator or a rule can say ``erf(x)`` of any array. Half precision
is the caller's to widen.
"""

from __future__ import annotations

from functools import cache
from math import factorial
from typing import Any

import numpy as np

from pullback.arrays.vocabulary import dispatched


@cache
def _kernel(name: str) -> Any:
    """SciPy's ufunc called `name`, or what stands in for it."""
    try:
        from scipy import special
    except ImportError:
        from pullback.arrays import special_series

        return getattr(special_series, name)
    return getattr(special, name)


def _same_dtype(array: Any, result: Any) -> Any:
    return result if result.dtype == array.dtype else result.astype(array.dtype)


@dispatched
def sigmoid(array: Any) -> Any:
    """``1 / (1 + exp(-x))``; the exponential may overflow, the quotient is right all the same.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    return 1 / (1 + np.exp(-array))


@dispatched
def erf(array: Any) -> Any:
    """The error function of a real array."""
    return _same_dtype(array, _kernel("erf")(array))


@dispatched
def erfc(array: Any) -> Any:
    """``1 - erf(x)``, exact in the far tail."""
    return _same_dtype(array, _kernel("erfc")(array))


@dispatched
def erfinv(array: Any) -> Any:
    """The inverse of `erf`: NaN beyond -1 and 1, infinite there."""
    return _same_dtype(array, _kernel("erfinv")(array))


@dispatched
def lgamma(array: Any) -> Any:
    """Logarithm of the absolute value of the gamma function."""
    return _same_dtype(array, _kernel("gammaln")(array))


@dispatched
def digamma(array: Any) -> Any:
    """Derivative of `lgamma`."""
    return _same_dtype(array, _kernel("psi")(array))


@dispatched
def polygamma(array: Any, order: int) -> Any:
    """The `order`-th derivative of `digamma`, for orders from 1: ``(-1)**(n+1) n! zeta(n + 1, x)``."""
    factor = float(factorial(order)) * (1 if order % 2 else -1)
    return _same_dtype(array, factor * _kernel("zeta")(float(order + 1), array))
