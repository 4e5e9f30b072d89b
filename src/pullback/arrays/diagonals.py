"""Diagonals of two axes: seen in place, made from values, replaced."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import dispatched, strided


@dispatched
def diagonal(array: Any, offset: int, axis1: int, axis2: int) -> Any:
    """The diagonal `offset` places above the main one of two axes, as a view; it becomes the last axis.

    Unlike that of `numpy.diagonal`, the view can be written to.

    >>> diagonal(np.arange(6).reshape(2, 3), 1, 0, 1)
    array([1, 5])
    """
    rows, columns = array.shape[axis1], array.shape[axis2]
    length = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    step = array.strides[axis1] + array.strides[axis2]
    skipped: list[Any] = [slice(None)] * array.ndim
    if length:
        skipped[axis2 if offset >= 0 else axis1] = slice(abs(offset), None)
    rest = [axis for axis in range(array.ndim) if axis not in (axis1, axis2)]
    shape = (*(array.shape[axis] for axis in rest), length)
    return strided(array[tuple(skipped)], shape, (*(array.strides[axis] for axis in rest), step))


@dispatched
def on_diagonal(array: Any, offset: int, axis1: int, axis2: int, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `array` on a diagonal: the transpose of `diagonal`.

    >>> on_diagonal(np.array([1, 2]), 0, 0, 1, (2, 2))
    array([[1, 0],
           [0, 2]])
    """
    out = np.zeros(shape, array.dtype)
    diagonal(out, offset, axis1, axis2)[...] = array
    return out


@dispatched
def replaced_diagonal(array: Any, values: Any, offset: int, axis1: int, axis2: int) -> Any:
    """A copy of `array` with `values` on a diagonal."""
    out = array.copy()
    diagonal(out, offset, axis1, axis2)[...] = values
    return out
