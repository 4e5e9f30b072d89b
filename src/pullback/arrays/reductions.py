"""Reductions of raw arrays: what is summed in which dtype, and how a reduced value is seen at full shape again."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.vocabulary import add_reduce, cast, dispatched, expand, reshape

Axes = tuple[int, ...] | None
"""Axes counted from the front; `None` means all of them."""

INT64 = np.dtype(np.int64)
FLOAT32 = np.dtype(np.float32)


def is_half(array: Any) -> bool:
    """Whether the array is in half precision (float16, bfloat16), in which nothing is accumulated."""
    return array.dtype.itemsize == 2 and array.dtype.kind not in "iu"


def widened(array: Any) -> Any:
    """A half precision array in single precision; others as they are."""
    return cast(array, FLOAT32) if is_half(array) else array


def add_over(array: Any, axes: Axes, keepdims: bool = False, dtype: Any = None) -> Any:
    """Sum over `axes`, in `dtype` if given; integers and booleans sum to int64, halves accumulate in single."""
    if dtype is not None:
        array = cast(array, dtype)
    elif array.dtype.kind in "biu":
        return np.add.reduce(cast(array, INT64), axis=axes, keepdims=keepdims)
    return narrow_reduce(np.add, array, axes, keepdims) if array.dtype.kind in "biu" else add_reduce(array, axes, keepdims)


def narrow_reduce(ufunc: Any, array: Any, axes: Axes, keepdims: bool = False) -> Any:
    """Reduce integers in their own dtype, wrapping around, where NumPy would widen them."""
    return ufunc.reduce(array, axis=axes, keepdims=keepdims, dtype=array.dtype)


def count_over(shape: tuple[int, ...], axes: Axes) -> int:
    """How many elements meet in one element of the reduction.

    >>> count_over((2, 3, 4), (0, 2))
    8
    """
    return prod(shape) if axes is None else prod([shape[axis] for axis in axes])


def kept(value: Any, shape: tuple[int, ...], axes: Axes, keepdims: bool = False) -> Any:
    """A reduction's result (or cotangent) with the reduced axes of `shape` put back at length 1."""
    if keepdims or not value.ndim or axes is None:
        return value
    return reshape(value, tuple([1 if axis in axes else n for axis, n in enumerate(shape)]))


def spread(value: Any, shape: tuple[int, ...], axes: Axes, keepdims: bool = False) -> Any:
    """A reduction's cotangent seen at every element that was reduced: the transpose of the sum."""
    return expand(kept(value, shape, axes, keepdims), shape)


@dispatched
def put_along(values: Any, indices: Any, axis: int, length: int) -> Any:
    """Zeros of `length` along `axis` that hold `values` at `indices`, which do not repeat along the axis.

    The transpose of `numpy.take_along_axis` where every index is taken at most once.
    """
    shape = values.shape[:axis] + (length,) + values.shape[axis + 1 :]
    result = np.zeros(shape, values.dtype)
    np.put_along_axis(result, indices, values, axis)
    return result
