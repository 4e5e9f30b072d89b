"""Special functions of raw arrays: SciPy's where it is installed, else our own, slower and as exact.

They dispatch as NumPy's functions do, so an operator or a rule can say ``erf(x)`` of any array. Half precision
is the caller's to widen.
"""

from __future__ import annotations

from functools import cache
from math import factorial
from typing import Any

import numpy as np

from pullback.arrays.constants import constant
from pullback.arrays.error_function import MANY, erf_of_many
from pullback.arrays.vocabulary import dispatched


@cache
def _kernel(name: str) -> Any:
    """SciPy's ufunc called `name`, or our own function."""
    try:
        from scipy import special
    except ImportError:
        from pullback.arrays import special_series

        return special_series.function(name)
    return getattr(special, name)


def _same_dtype(array: Any, result: Any) -> Any:
    return result if result.dtype == array.dtype else result.astype(array.dtype)


def _word(name: str, meaning: str) -> Any:
    """A word for SciPy's function `name`, in the dtype of its first array."""

    def word(array: Any, *others: Any) -> Any:
        return _same_dtype(array, _kernel(name)(array, *others))

    word.__name__ = word.__qualname__ = name
    word.__doc__ = f"{meaning}, of real arrays."
    return dispatched(word)


def logistic(array: Any) -> Any:
    """``1 / (1 + exp(-x))``; the exponential may overflow, the quotient is right all the same.

    >>> logistic(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    one = constant(1, array)
    return one / (one + np.exp(-array))


sigmoid = dispatched(logistic)
"""`logistic` as a word: of a tensor it is one operator, whose own derivative does not overflow."""


@dispatched
def erf(array: Any) -> Any:
    """The error function, of real arrays."""
    if array.size >= MANY and array.dtype == np.float32:
        return erf_of_many(array)
    return _same_dtype(array, _kernel("erf")(array))


erfc = _word("erfc", "``1 - erf(x)``, exact in the far tail")
erfcx = _word("erfcx", "``exp(x**2) * erfc(x)``, which neither over- nor underflows on the right")
erfinv = _word("erfinv", "The inverse of `erf`: NaN beyond -1 and 1, infinite there")
ndtri = _word("ndtri", "The quantile of the standard normal distribution")


@dispatched
def lgamma(array: Any) -> Any:
    """Logarithm of the absolute value of the gamma function, of real arrays."""
    found = _same_dtype(array, _kernel("gammaln")(array))
    infinite = np.isinf(found)
    if infinite.any():  # at -inf too, as PyTorch has it; SciPy's overflows below the least normal number
        tiny = infinite & (array != 0) & (np.absolute(array) < 1e-300)
        found = np.where(tiny, -np.log(np.absolute(array)), np.where(infinite, np.inf, found))[()]
    if array.dtype == np.float64:
        near = np.absolute(np.absolute(array - 1.5) - 0.5) < 0.1
        if near.any():  # the zeros of lgamma, which SciPy's misses by a unit in the last place of 1
            from pullback.arrays.special_series.gamma import log_gamma_near_1_and_2

            found = np.array(found)
            found[near] = log_gamma_near_1_and_2(array[near], 12)
    return found


digamma = _word("psi", "Derivative of `lgamma`")
gammainc = _word("gammainc", "The regularised lower incomplete gamma function")
gammaincc = _word("gammaincc", "The regularised upper incomplete gamma function")
i0 = _word("i0", "Modified Bessel function of the first kind, order 0")
i0e = _word("i0e", "`i0` times ``exp(-|x|)``")
i1 = _word("i1", "Modified Bessel function of the first kind, order 1")
i1e = _word("i1e", "`i1` times ``exp(-|x|)``")
j0 = _word("j0", "Bessel function of the first kind, order 0")
j1 = _word("j1", "Bessel function of the first kind, order 1")
y0 = _word("y0", "Bessel function of the second kind, order 0")
y1 = _word("y1", "Bessel function of the second kind, order 1")
k0 = _word("k0", "Modified Bessel function of the second kind, order 0")
k1 = _word("k1", "Modified Bessel function of the second kind, order 1")
k0e = _word("k0e", "`k0` times ``exp(x)``")
k1e = _word("k1e", "`k1` times ``exp(x)``")


@dispatched
def airy_ai(array: Any) -> Any:
    """The Airy function Ai of a real array; SciPy knows it where neither it underflows nor its phase is lost."""
    found = _kernel("airy")(np.minimum(array, 110))[0]
    if np.any(array < -1e5):
        from pullback.arrays.special_series.airy import airy

        found = np.where(array < -1e5, airy(array)[0], found)[()]
    return _same_dtype(array, found)


@dispatched
def zeta(array: Any, shift: Any) -> Any:
    """Hurwitz's zeta function, the sum of ``(k + shift)**-array`` over k from 0; NaN at an infinite shift."""
    return _same_dtype(array, _with_pole(_kernel("zeta")(array, shift), (shift == np.inf) & (array != 1)))


def _with_pole(found: Any, pole: Any) -> Any:
    return np.where(pole, np.nan, found)[()] if np.any(pole) else found


@dispatched
def polygamma(array: Any, order: int) -> Any:
    """The `order`-th derivative of `digamma`, for orders from 1: ``(-1)**(n+1) n! zeta(n + 1, x)``.

    At infinity PyTorch's numbers: NaN from the second derivative on, and at -inf for the first.
    """
    factor = float(factorial(order)) * (1 if order % 2 else -1)
    found = factor * _kernel("zeta")(float(order + 1), array)
    return _same_dtype(array, _with_pole(found, array == (np.inf if order > 1 else -np.inf)))
