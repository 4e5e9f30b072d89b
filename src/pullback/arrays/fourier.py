"""Discrete Fourier transforms of raw arrays, in the three kinds from which all others are made.

Of a real signal half of the spectrum says everything, as the other half is its conjugate; so there is complex to
complex (`c2c`), real to complex (`r2c`) and the half spectrum of a real signal back to the signal (`c2r`). They are each
other's adjoints. NumPy transforms single precision in single precision.

`scale` is what the sum is divided by: ``"one"``, ``"root"`` (√n) or ``"count"`` (n), n being the signal's size.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from pullback.arrays.vocabulary import cast, dispatched

Axes = tuple[int, ...]

# NumPy says where the division by n stands: in the transform forward, in that back, or half in each.
_FORWARD = {"one": "backward", "root": "ortho", "count": "forward"}
_BACK = {"one": "forward", "root": "ortho", "count": "backward"}


@dispatched
def c2c(array: Any, axes: Axes, scale: str, forwards: bool) -> Any:
    """``sum_n x_n exp(-2πi k n / N)`` over `axes`, with the other sign unless `forwards`.

    >>> c2c(np.array([1, 0, 0, 0j]), (0,), "one", True).real
    array([1., 1., 1., 1.])
    """
    if not axes or not array.size:
        return array
    if forwards:
        return np.fft.fftn(array, None, axes, _FORWARD[scale])
    return np.fft.ifftn(array, None, axes, _BACK[scale])


@dispatched
def r2c(array: Any, axes: Axes, scale: str, onesided: bool) -> Any:
    """The transform forward of a real array; with `onesided` the last of `axes` keeps its first half, ``n // 2 + 1``."""
    if not array.size:
        return _empty(array, axes[-1], array.shape[axes[-1]] // 2 + 1 if onesided else None)
    transform = np.fft.rfftn if onesided else np.fft.fftn
    return transform(array, None, axes, _FORWARD[scale])


@dispatched
def c2r(array: Any, axes: Axes, scale: str, last: int) -> Any:
    """The real array whose half spectrum, along the last of `axes`, is given; there it gets length `last`."""
    if not array.size:
        return _empty(array, axes[-1], last).real
    sizes = [*(array.shape[axis] for axis in axes[:-1]), last]
    return np.fft.irfftn(array, sizes, axes, _BACK[scale])


def _empty(array: Any, axis: int, length: int | None) -> Any:
    shape = list(array.shape)
    if length is not None:
        shape[axis] = length
    return np.zeros(shape, np.result_type(array.dtype, np.complex64))


@lru_cache(maxsize=64)
def _shares(length: int, axis: int, ndim: int, dtype: str) -> np.ndarray:
    """How often each element of a half spectrum stands in the whole one: once at the ends, twice between."""
    shares = np.full(length // 2 + 1, 2, dtype)
    shares[0] = 1
    if length % 2 == 0:
        shares[-1] = 1
    return shares.reshape([-1 if each == axis else 1 for each in range(ndim)])


def shares(array: Any, length: int, axis: int) -> np.ndarray:
    """`_shares` in the precision of the complex `array`, along its `axis`."""
    return _shares(length, axis, array.ndim, f"f{array.dtype.itemsize // 2}")


def r2c_adjoint(grad: Any, axes: Axes, scale: str, onesided: bool, length: int) -> Any:
    """The cotangent of `r2c`'s input, whose last axis has `length`."""
    if not onesided:
        return np.real(c2c(grad, axes, scale, False))
    return c2r(grad / shares(grad, length, axes[-1]), axes, scale, length)


def c2r_adjoint(grad: Any, axes: Axes, scale: str, last: int) -> Any:
    """The cotangent of `c2r`'s input."""
    found = r2c(grad, axes, scale, True)
    return found * shares(found, last, axes[-1])


def to_complex(array: Any) -> Any:
    """A real array as a complex one of the same precision."""
    return array if array.dtype.kind == "c" else cast(array, np.dtype(f"c{2 * array.dtype.itemsize}"))
