"""Into a batch and out of it: the three ways in which values cross the border of a level.

An axis becomes the hidden one (`split`), the hidden one becomes an axis again (`joined`), or a value that all examples share
collects what each of them has to say (`summed`). Each is built from NumPy's functions, so it works on arrays of other levels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import vocabulary
from pullback.arrays.batched.array import BatchedArray
from pullback.arrays.vocabulary import add_reduce, dispatched, expand


@dispatched
def split(array: Any, level: int, axis: int) -> Any:
    """`array` with the examples of `level` along its `axis`.

    >>> split(np.zeros((2, 3)), 1, 1).shape
    (2,)
    """
    return BatchedArray(_moved(array, axis, 0), level)


@dispatched
def joined(array: Any, level: int, axis: int, size: int) -> Any:
    """The examples of `level` side by side along a new `axis`; what all `size` of them share is repeated.

    >>> joined(split(np.zeros((2, 3)), 1, 1), 1, 0, 3).shape
    (3, 2)
    """
    return _moved(expand(array[None], (size, *array.shape)), 0, axis)


@dispatched
def summed(array: Any, level: int) -> Any:
    """The sum over all examples of `level`; a cotangent that has none is zero, and stays."""
    return array


@dispatched
def entered(array: Any, level: int) -> Any:
    """`array` as it is, seen from inside `level`: the transpose of `summed`."""
    return array


def levels_of(array: Any) -> set[int]:
    """The levels at which `array` holds examples."""
    found = set()
    while array.__class__ is BatchedArray:
        found.add(array.level)
        array = array.payload
    return found


def is_wider(value: Any, memory: Any) -> bool:
    """Whether `value` differs between examples that share `memory`."""
    return value.__class__ is BatchedArray and not levels_of(value) <= levels_of(memory)


def nothing_beside(value: Any, dtype: Any) -> Any:
    """The number 0 for every example of `value`: added to anything it makes a batch of it."""
    return vocabulary.cast(vocabulary.zeros_like(value, ()), dtype)


def _moved(array: Any, source: int, destination: int) -> Any:
    return array if source == destination else np.moveaxis(array, source, destination)


def _split(found: int, array: BatchedArray, level: int, axis: int) -> Any:
    if array.level > level:
        return BatchedArray(split(array.payload, level, axis + 1), array.level)
    return BatchedArray(_moved(array, axis, 0), level)


def _joined(found: int, array: BatchedArray, level: int, axis: int, size: int) -> Any:
    if array.level > level:
        return BatchedArray(joined(array.payload, level, axis + 1, size), array.level)
    if array.level == level:
        return _moved(array.payload, 0, axis)
    return _moved(expand(array[None], (size, *array.shape)), 0, axis)


def _summed(found: int, array: BatchedArray, level: int) -> Any:
    if array.level > level:
        return BatchedArray(summed(array.payload, level), array.level)
    return add_reduce(array.payload, 0) if array.level == level else array


def _entered(found: int, array: BatchedArray, level: int) -> Any:
    return array


CROSSINGS: dict[Any, Any] = {split: _split, joined: _joined, summed: _summed, entered: _entered}
