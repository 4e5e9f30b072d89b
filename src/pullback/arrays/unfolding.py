"""Sliding windows along one axis, and the sum that undoes them: each is the other's transpose."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import dispatched, strided


@dispatched
def windows(array: Any, dim: int, size: int, step: int) -> Any:
    """The windows of `size` along `dim`, `step` apart, as a view with a last axis for the place in the window.

    >>> windows(np.arange(5), 0, 3, 2)
    array([[0, 1, 2],
           [2, 3, 4]])
    """
    if not array.ndim:
        return array.reshape(1)[:size]
    shape, strides = list(array.shape), list(array.strides)
    shape[dim] = (shape[dim] - size) // step + 1
    strides.append(strides[dim])
    strides[dim] *= step
    return strided(array, (*shape, size), tuple(strides))


@dispatched
def overlap_add(array: Any, dim: int, size: int, step: int, shape: tuple[int, ...]) -> Any:
    """An array of `shape` with every window added where `windows` took it from.

    >>> overlap_add(np.ones((2, 3)), 0, 3, 2, (5,))
    array([1., 1., 2., 1., 1.])
    """
    total = np.zeros(shape, array.dtype)
    seen = windows(total, dim, size, step)
    for place in range(size):  # the windows overlap, the places in them do not
        seen[..., place] += array[..., place]
    return total
