"""Reductions of raw arrays: in which dtype they are summed, and how a result is seen at full shape again."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.vocabulary import cast, dispatched, expand, reshape

Axes = tuple[int, ...] | None
"""Axes counted from the front; `None` means all of them."""

INT64 = np.dtype(np.int64)
FLOAT32 = np.dtype(np.float32)
_COMPLEX64 = np.dtype(np.complex64)
DIRECT = frozenset(map(np.dtype, ("f4", "f8", "c8", "c16")))
"""The dtypes that are summed as they are."""


def is_half(array: Any) -> bool:
    """Whether the array is in half precision (float16, bfloat16), in which nothing is accumulated."""
    return array.dtype.itemsize == 2 and array.dtype.kind not in "iu"


def widened(array: Any) -> Any:
    """A half precision array in single precision; others as they are."""
    if array.dtype.kind == "W":  # two half floats
        return cast(array, _COMPLEX64)
    return cast(array, FLOAT32) if is_half(array) else array


def add_over(array: Any, axes: Axes, keepdims: bool = False, dtype: Any = None) -> Any:
    """Sum over `axes`, in `dtype` if given; integers, booleans sum to int64, halves accumulate in single."""
    if dtype is not None:
        array = cast(array, dtype)
    if array.dtype in DIRECT:
        return np.add.reduce(array, axis=axes, keepdims=keepdims)
    if array.dtype.kind in "biu":
        found = np.add.reduce(cast(array, INT64), axis=axes, keepdims=keepdims)
        return found if dtype is None else cast(found, dtype)
    return cast(np.add.reduce(widened(array), axis=axes, keepdims=keepdims), array.dtype)


SHORT = 32
"""Length of the last axis up to which its extremes are taken along the first axis of a transposed copy: NumPy's
``maximum.reduce`` costs 0.3 µs for each row."""


def extreme_over(ufunc: Any, array: Any, axes: Axes, keepdims: bool = False) -> Any:
    """`numpy.maximum` or `numpy.minimum` reduced over `axes`."""
    if array.__class__ is np.ndarray and array.ndim > 1 and axes == (array.ndim - 1,) and array.shape[-1] <= SHORT:
        columns = np.ascontiguousarray(array.reshape(-1, array.shape[-1]).T)
        return ufunc.reduce(columns, axis=0).reshape(array.shape[:-1] + (1,) * keepdims)
    return ufunc.reduce(array, axis=axes, keepdims=keepdims)


_MANY = 1 << 12
_LONGEST = 10000
"""OpenBLAS takes inner products of more elements with threads of its own, which must not meet ours; and a plain sum of
many more is less exact than NumPy's by pairs."""


def sum_of_rows(rows: Any) -> Any:
    """The sum of each row of a NumPy array, ``(*, W) -> (*, 1)``: of large ones in a third of NumPy's time."""
    if rows.size < _MANY or rows.shape[-1] > _LONGEST:
        return np.add.reduce(rows, axis=-1, keepdims=True)
    return np.einsum("...i->...", rows)[..., None]


def products_of_rows(a: Any, b: Any) -> Any:
    """The inner product of each row with its counterpart, ``(*, W), (*, W) -> (*, 1)``."""
    if a.shape[-1] > _LONGEST:
        return np.add.reduce(a * b, axis=-1, keepdims=True)
    return np.vecdot(a, b)[..., None]


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
    if len(axes) == 1:
        return put_back(value, axes[0])
    return reshape(value, tuple([1 if axis in axes else n for axis, n in enumerate(shape)]))


def put_back(value: Any, axis: int) -> Any:
    """The value with an axis of length 1 before `axis`."""
    return value[(slice(None),) * axis + (None,)]


def spread(value: Any, shape: tuple[int, ...], axes: Axes, keepdims: bool = False) -> Any:
    """A reduction's cotangent seen at every element that was reduced: the transpose of the sum."""
    return expand(kept(value, shape, axes, keepdims), shape)


@dispatched
def matches(array: Any, value: Any) -> Any:
    """Where `array` equals `value`, a NaN being equal to a NaN."""
    if value.ndim == 0:
        return np.isnan(array) if value != value else array == value
    return (array == value) | ((array != array) & (value != value))


def flat_places(indices: Any, length: int) -> Any:
    """Where `indices` along the last axis stand in a flattened array whose last axis has `length`."""
    shape = indices.shape
    if len(shape) == 1:
        return indices
    return indices + length * np.arange(prod(shape[:-1])).reshape((*shape[:-1], 1))


@dispatched
def put_along(values: Any, indices: Any, axis: int, length: int) -> Any:
    """Zeros of `length` along `axis` that hold `values` at `indices`, which do not repeat along the axis.

    The transpose of `pick_along` where no element is picked twice; faster than `spread_along`, which adds.
    """
    values, indices = values.swapaxes(axis, -1), indices.swapaxes(axis, -1)
    result = np.zeros((*values.shape[:-1], length), values.dtype)
    result.reshape(-1)[flat_places(indices, length)] = values
    return result.swapaxes(axis, -1)
