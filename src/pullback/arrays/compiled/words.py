"""What compiled kernels are written in: `loop`, and functions of a number that vectorise.

Numba calls the C library for ``exp``, number by number, unless Intel's vector library is on the loader's path. A
polynomial after Cody and Waite's reduction, ``exp(x) = 2^k exp(x - k log 2)``, takes an eighth of the time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload

_HOW = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz", "arcp"}}


def loop(function: Any) -> Any:
    """Compile a function over arrays. Sums may be taken in any order, which is what lets them vectorise."""
    try:
        return njit(cache=True, **_HOW)(function)
    except RuntimeError:  # no folder can be written to, so nothing is kept from one run to the next
        return njit(**_HOW)(function)


f4, f8, i4, i8 = np.float32, np.float64, np.int32, np.int64


def exp(x: Any) -> Any:
    """The exponential, to 2 units in the last place."""
    return np.exp(x)  # for whoever reads it as Python; compiled it means what follows


_LOG2_E = 1.4426950408889634
_LOG_2_HIGH, _LOG_2_LOW = f4(0.693359375), f4(-2.12194440e-4)  # the high part has few digits: k times it is exact
_LOG_2_HIGHER, _LOG_2_LOWER = 6.93145751953125e-1, 1.42860682030941723212e-6
_HALF, _ONE, _LOG2_E4 = f4(0.5), f4(1), f4(_LOG2_E)
# exp(r) = 1 + r + r² p(r) over |r| <= log(2) / 2, after Cephes' expf
_P = tuple(
    map(f4, (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1))
)
# exp(r) = 1 + 2 r p(r²) / (q(r²) - r p(r²)), after Cephes' exp
_A = (1.26177193074810590878e-4, 3.02994407707441961300e-2, 9.99999999999999999910e-1)
_B = (3.00198505138664455042e-6, 2.52448340349684104192e-3, 2.27265548208155028766e-1, 2.0)


@overload(exp, jit_options={"fastmath": {"contract"}, "error_model": "numpy"})
def _exp(x: Any) -> Any:
    return _exp_single if x == types.float32 else _exp_double


def _exp_single(x: Any) -> Any:
    x = min(max(x, f4(-104)), f4(89))  # beyond are 0 and inf; NaN stays
    k = np.floor(x * _LOG2_E4 + _HALF)
    r = x - k * _LOG_2_HIGH - k * _LOG_2_LOW
    p = ((((_P[0] * r + _P[1]) * r + _P[2]) * r + _P[3]) * r + _P[4]) * r + _P[5]
    n = i4(k)
    half = n >> i4(1)  # 2^k in two factors: one of them alone may not be a number
    low = i4((half + i4(127)) << i4(23)).view(np.float32)
    high = i4((n - half + i4(127)) << i4(23)).view(np.float32)
    return (p * r * r + r + _ONE) * low * high


def _exp_double(x: Any) -> Any:
    x = min(max(x, -746.0), 710.0)
    k = np.floor(x * _LOG2_E + 0.5)
    r = x - k * _LOG_2_HIGHER - k * _LOG_2_LOWER
    s = r * r
    p = r * ((_A[0] * s + _A[1]) * s + _A[2])
    q = ((_B[0] * s + _B[1]) * s + _B[2]) * s + _B[3]
    n = i8(k)
    half = n >> i8(1)
    low = i8((half + i8(1023)) << i8(52)).view(np.float64)
    high = i8((n - half + i8(1023)) << i8(52)).view(np.float64)
    return (1.0 + 2.0 * p / (q - p)) * low * high


def largest(row: Any) -> Any:
    """The maximum of a row; NaN where there is a positive one."""
    return np.maximum.reduce(row)


_SIGN, _REST = i4(31), i4(0x7FFFFFFF)
_WIDE_SIGN, _WIDE_REST = i8(63), i8(0x7FFFFFFFFFFFFFFF)


@overload(largest)
def _largest(row: Any) -> Any:
    return _largest_single if row.dtype == types.float32 else _largest_double


def _largest_single(row: Any) -> Any:
    bits = row.view(
        np.int32
    )  # with the rest flipped where negative they sort as the floats do, and comparing them vectorises
    found = i4(-0x80000000)
    for i in range(bits.size):
        found = max(found, bits[i] ^ ((bits[i] >> _SIGN) & _REST))
    return i4(found ^ ((found >> _SIGN) & _REST)).view(np.float32)


def _largest_double(row: Any) -> Any:
    bits = row.view(np.int64)
    found = i8(-0x8000000000000000)
    for i in range(bits.size):
        found = max(found, bits[i] ^ ((bits[i] >> _WIDE_SIGN) & _WIDE_REST))
    return i8(found ^ ((found >> _WIDE_SIGN) & _WIDE_REST)).view(np.float64)
