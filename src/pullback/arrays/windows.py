"""Windows that slide over the last axes of an array, and what is done inside them.

A window of length k moves in steps of `stride` and looks at every `dilation`-th element::

    index of the element at offset o of window p:   p * stride + o * dilation

All functions here work on any leading axes and come in pairs that are each other's transpose, so a derivative rule
written with one of a pair has a derivative itself: `sum_windows` and `spread_windows`, `pad` and `crop`.
Arrays are already padded. Sums go offset by offset, each a pass over long rows, because NumPy is slow where the innermost
axis is a short window.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product as cartesian
from typing import Any

import numpy as np

from pullback.arrays.vocabulary import dispatched, strided

Ints = tuple[int, ...]


def window_count(size: int, kernel: int, stride: int, dilation: int = 1) -> int:
    """How many windows fit into `size` elements.

    >>> window_count(5, 3, 1), window_count(5, 3, 2), window_count(5, 2, 1, dilation=3)
    (3, 2, 2)
    """
    return (size - dilation * (kernel - 1) - 1) // stride + 1


def window_counts(sizes: Ints, kernel: Ints, stride: Ints, dilation: Ints) -> Ints:
    """`window_count` along each of several axes."""
    return tuple([window_count(*each) for each in zip(sizes, kernel, stride, dilation)])


def offsets(counts: Ints, kernel: Ints, stride: Ints, dilation: Ints) -> Iterator[tuple[Ints, tuple[Any, ...]]]:
    """For each position inside a window: its index, and the slices that pick it from every window at once."""
    for at in cartesian(*map(range, kernel)):
        slices = [
            slice(o * d, o * d + s * (n - 1) + 1, s) if n else slice(0, 0)
            for o, d, s, n in zip(at, dilation, stride, counts)
        ]
        yield at, (..., *slices)


@dispatched
def pad(array: Any, before: Ints, after: Ints, value: Any = 0) -> Any:
    """The last axes lengthened by `before` and `after`, filled with `value`."""
    if not any(before) and not any(after):
        return array
    lead = array.ndim - len(before)
    shape = (*array.shape[:lead], *[b + n + a for b, n, a in zip(before, array.shape[lead:], after)])
    padded = np.zeros(shape, array.dtype) if value == 0 else np.full(shape, value, array.dtype)
    padded[(..., *[slice(b, b + n) for b, n in zip(before, array.shape[lead:])])] = array
    return padded


def crop(array: Any, before: Ints, sizes: Ints) -> Any:
    """The part of the last axes that starts at `before` and has `sizes`: the transpose of `pad` with zeros."""
    return array[(..., *[slice(b, b + n) for b, n in zip(before, sizes)])]


def window_view(array: np.ndarray, kernel: Ints, counts: Ints, stride: Ints, dilation: Ints) -> np.ndarray:
    """The first `counts` windows side by side, ``(*, sizes) -> (*, kernel, counts)``: a view, not to be written to.

    >>> window_view(np.arange(5), (2,), (4,), (1,), (1,))
    array([[0, 1, 2, 3],
           [1, 2, 3, 4]])
    """
    lead = array.ndim - len(kernel)
    steps = array.strides[lead:]
    strides = (
        *array.strides[:lead],
        *[step * d for step, d in zip(steps, dilation)],
        *[step * s for step, s in zip(steps, stride)],
    )
    return strided(array, (*array.shape[:lead], *kernel, *counts), strides)


@dispatched
def sum_windows(array: Any, kernel: Ints, stride: Ints) -> Any:
    """The sum of each window: ``(*, sizes) -> (*, counts)``.

    >>> sum_windows(np.arange(5), (2,), (2,))
    array([1, 5])
    """
    ones = (1,) * len(kernel)
    counts = window_counts(array.shape[array.ndim - len(kernel) :], kernel, stride, ones)
    result = None
    for _, place in offsets(counts, kernel, stride, ones):
        if result is None:
            result = array[place].copy()
        else:
            result += array[place]
    return result


@dispatched
def spread_windows(array: Any, sizes: Ints, kernel: Ints, stride: Ints) -> Any:
    """Each window's value added to all its elements, ``(*, counts) -> (*, sizes)``: the transpose of `sum_windows`."""
    rank = len(kernel)
    counts = array.shape[array.ndim - rank :]
    result = np.zeros((*array.shape[: array.ndim - rank], *sizes), array.dtype)
    for _, place in offsets(counts, kernel, stride, (1,) * rank):
        result[place] += array
    return result
