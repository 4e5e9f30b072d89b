"""Square brackets on batched arrays: the examples stand in front of every index.

NumPy puts the axes of index arrays in front if other axes stand between them, and a batch in front would be such
an axis. So where index arrays are apart, or differ between examples, the number of the example becomes an index array itself,
and the axes are moved to where one example has them. ::

    x[:, i]         payload[:, :, i]                    i the same for all
    x[:, i]         payload[examples, :, i]  moved      i of its own for each
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.batched import errors
from pullback.arrays.batched.array import BatchedArray, payload_at, ranked
from pullback.arrays.batched.ufuncs import refuse_wider
from pullback.arrays.vocabulary import expand

_PLAIN = (slice, type(None), type(Ellipsis), int, np.integer)
_AT_SIGHT = frozenset(_PLAIN)


def as_tuple(index: Any) -> tuple[Any, ...]:
    """An index as the tuple that it stands for."""
    return index if index.__class__ is tuple else (index,)


def is_plain(index: tuple[Any, ...]) -> bool:
    """Whether an index is made of numbers, slices, ``None`` and ``...`` alone."""
    for each in index:
        if each.__class__ not in _AT_SIGHT and (not isinstance(each, _PLAIN) or isinstance(each, bool)):
            return False
    return True


def read(array: BatchedArray, index: Any) -> Any:
    """``array[index]``; a view where the index is plain."""
    index = as_tuple(index)
    if is_plain(index):
        return BatchedArray(array.payload[(slice(None), *index)], array.level)
    return Taken(array, index, array.ndim).read(array)


def write(array: BatchedArray, index: Any, value: Any) -> None:
    """``array[index] = value``, into the payload."""
    index, level = as_tuple(index), array.level
    refuse_wider(value, level)
    if is_plain(index):
        place = array.payload[(slice(None), *index)] if index != (Ellipsis,) else array.payload
        payload = payload_at(value, level)
        place[...] = value if payload is None else ranked(payload, place.ndim - 1)
        return
    Taken(array, index, array.ndim).write(array, value)


def numbered(size: int, ndim: int) -> np.ndarray:
    """The numbers of the examples as an index array that meets index arrays of `ndim` axes.

    >>> numbered(2, 1)
    array([[0],
           [1]])
    """
    return np.arange(size).reshape((size,) + (1,) * ndim)


class Taken:
    """An index with index arrays, resolved against the shape of one example."""

    def __init__(self, array: Any, index: tuple[Any, ...], ndim: int) -> None:
        index = _opened(index, ndim)
        values = [array, *index]
        self.level = max(each.level for each in values if each.__class__ is BatchedArray)
        self.size = next(
            each.batch_size for each in values if each.__class__ is BatchedArray and each.level == self.level
        )
        arrays = [each for each in index if _is_array(each)]
        masks = [each for each in arrays if each.dtype.kind == "b"]
        if any(each.__class__ is BatchedArray for each in masks):
            raise errors.NeedsValues(self.level, errors.SHAPE)
        self.width = max([1 if each.dtype.kind == "b" else each.ndim for each in arrays])
        payloads = [payload_at(each, self.level) if _is_array(each) else None for each in index]
        self.example = any(each is not None for each in payloads) or not _adjacent(index)
        ready = [each if p is None else ranked(p, self.width) for each, p in zip(index, payloads)]
        self.index = (numbered(self.size, self.width) if self.example else slice(None), *ready)
        self.before = _axes_before(index) if _adjacent(index) else 0

    def read(self, array: Any) -> Any:
        """The elements, with the axes of the index arrays where one example has them."""
        payload = payload_at(array, self.level)
        if payload is None:
            payload = expand(array[None], (self.size, *array.shape))
        found = payload[self.index]
        if self.example and self.before:
            found = np.moveaxis(found, range(1, 1 + self.width), range(1 + self.before, 1 + self.before + self.width))
        return BatchedArray(found, self.level)

    def write(self, array: Any, value: Any) -> None:
        """Store `value`, whose axes stand as one example has them."""
        payload = payload_at(array, self.level)
        if payload is None:
            raise errors.WiderWrite(errors.WRITE)
        payload[self.index] = self.turned(value, payload)

    def turned(self, value: Any, payload: Any) -> Any:
        """`value` with its axes as the index on the payload has them."""
        own = payload_at(value, self.level)
        if not self.example or not self.before:
            if own is None:
                return value
            ndim = payload[self.index].ndim - 1
            return ranked(own, ndim)
        shape = self.read(BatchedArray(payload, self.level)).shape
        whole = expand(value if own is None else BatchedArray(own, self.level), shape)
        own = payload_at(whole, self.level)
        if own is None:
            own = expand(whole[None], (self.size, *shape))
        return np.moveaxis(own, range(1 + self.before, 1 + self.before + self.width), range(1, 1 + self.width))


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) or value.__class__ is BatchedArray


def _opened(index: tuple[Any, ...], ndim: int) -> tuple[Any, ...]:
    """Lists and booleans as arrays, and the Ellipsis written out."""
    items = [
        each if (isinstance(each, _PLAIN) and not isinstance(each, bool)) or _is_array(each) else np.asarray(each)
        for each in index
    ]
    taken = sum(
        each.ndim if _is_array(each) and each.dtype.kind == "b" else 1
        for each in items
        if each is not None and each is not Ellipsis
    )
    gap = [slice(None)] * max(ndim - taken, 0)
    place = next((n for n, each in enumerate(items) if each is Ellipsis), len(items))
    return (*items[:place], *gap, *items[place + 1 :])


def _adjacent(index: tuple[Any, ...]) -> bool:
    """Whether index arrays (and the numbers that count as such beside them) stand next to each other."""
    places = [n for n, each in enumerate(index) if each is not None and not isinstance(each, slice)]
    return places[-1] - places[0] + 1 == len(places)


def _axes_before(index: tuple[Any, ...]) -> int:
    """The axes of the result before those of the index arrays."""
    return next(n for n, each in enumerate(index) if each is not None and not isinstance(each, slice))
