"""Reading and writing by position: the number of the example becomes one more index where it must."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import along as along_words, reductions, scatter
from pullback.arrays.batched.array import BatchedArray, payload_at, ranked
from pullback.arrays.batched.brackets import Taken, as_tuple, numbered
from pullback.arrays.batched.looping import loop, sizes_in
from pullback.arrays.batched.rules import batched, packed, whole
from pullback.arrays.batched.ufuncs import shifted

_ALL = slice(None)


def _put(level: int, array: Any, index: Any, shape: Any) -> Any:
    return BatchedArray(scatter.put(array.payload, (_ALL, *as_tuple(index)), (array.batch_size, *shape)), level)


def _replaced(level: int, array: Any, index: Any, values: Any) -> Any:
    size = sizes_in((array, values), level)
    payload, key = whole(array, level, size), (_ALL, *as_tuple(index))
    own = payload_at(values, level)
    return BatchedArray(
        scatter.replaced(payload, key, values if own is None else ranked(own, payload[key].ndim - 1)), level
    )


def _one_shared(array: Any, indices: Any, axes: Any, level: int) -> bool:
    """Whether elements of an array that all examples share are named by one index array along one axis."""
    return len(indices) == 1 and indices[0].dtype.kind != "b" and payload_at(array, level) is None


def _key(indices: Any, axes: Any) -> tuple[Any, ...]:
    """NumPy's index for index arrays at `axes`; single numbers are index arrays too."""
    return scatter.key([np.asarray(each) if isinstance(each, np.generic) else each for each in indices], axes)


def _pick(level: int, array: Any, indices: Any, axes: Any) -> Any:
    if _one_shared(array, indices, axes, level):
        found = scatter.pick(array, [indices[0].payload], axes)
        return BatchedArray(np.moveaxis(found, axes[0], 0) if axes[0] else found, level)
    found = Taken(array, _key(indices, axes), array.ndim).read(array)
    return BatchedArray(packed(found.payload), level)


def _located(array: Any, indices: Any, axes: Any, shape: Any, level: int) -> Taken:
    """The index on a target of `shape`, resolved; `array` only tells that there is a batch."""
    size = sizes_in((array, list(indices)), level)
    stand_in = BatchedArray(np.broadcast_to(np.zeros((), bool), (size, *shape)), level)
    return Taken(stand_in, _key(indices, axes), len(shape))


def _payload_index(taken: Taken, indices: Any, axes: Any, level: int) -> tuple[list[Any], tuple[int, ...]]:
    """Index arrays and their axes on the payload."""
    ready = [each if (p := payload_at(each, level)) is None else ranked(p, taken.width) for each in indices]
    moved = [axis + 1 for axis in axes]
    if taken.example:
        return [numbered(taken.size, taken.width), *ready], (0, *moved)
    return ready, tuple(moved)


def _spread(level: int, array: Any, indices: Any, axes: Any, shape: Any) -> Any:
    size = sizes_in((array, list(indices)), level)
    if len(indices) == 1 and payload_at(indices[0], level) is not None and indices[0].dtype.kind != "b":
        return _spread_rows(level, whole(array, level, size), indices[0], axes[0], shape)
    taken = _located(array, indices, axes, shape, level)
    target = np.broadcast_to(np.zeros((), bool), (size, *shape))
    values = taken.turned(array, target)
    if payload_at(array, level) is None and not (taken.example and taken.before):
        values = whole(array, level, size)
    ready, moved = _payload_index(taken, indices, axes, level)
    return BatchedArray(scatter.spread(values, ready, moved, (size, *shape)), level)


def _spread_rows(level: int, values: Any, index: Any, axis: int, shape: Any) -> Any:
    """One index array of its own for each example: the examples lie one behind the other, as rows of one target."""
    size, length, width = index.batch_size, shape[axis], index.ndim
    if axis:
        values = np.moveaxis(values, range(1 + axis, 1 + axis + width), range(1, 1 + width))
    rest = (*shape[:axis], *shape[axis + 1 :])
    numbers = index.payload
    flat = np.where(numbers < 0, numbers + length, numbers) + length * numbered(size, width)
    rows = np.reshape(values, (size * index.size, *rest))
    found = scatter.spread(rows, [np.reshape(flat, (size * index.size,))], (0,), (size * length, *rest))
    found = np.reshape(found, (size, length, *rest))
    return BatchedArray(np.moveaxis(found, 1, 1 + axis) if axis else found, level)


def _replaced_at(level: int, array: Any, indices: Any, axes: Any, values: Any, accumulate: bool = False) -> Any:
    size = sizes_in((array, list(indices), values), level)
    payload = whole(array, level, size)
    taken = Taken(BatchedArray(payload, level), _key(indices, axes), array.ndim)
    ready, moved = _payload_index(taken, indices, axes, level)
    return BatchedArray(scatter.replaced_at(payload, ready, moved, taken.turned(values, payload), accumulate), level)


def _by_index(word: Any, place: int, others: tuple[int, ...]) -> Any:
    """The words of `pullback.arrays.along`: arrays at `others`, the axis at `place`."""

    def rule(level: int, *args: Any, **kwargs: Any) -> Any:
        size = sizes_in(args, level)
        if not args[1].ndim:
            return loop(word, args, kwargs)
        ready = list(args)
        for each in others:
            if isinstance(args[each], (np.ndarray, np.generic, BatchedArray)):
                ready[each] = _filled_out(args[each], level, size, args[1].ndim)
        ready[place] = shifted(args[place], args[1].ndim)
        return batched(word(*ready, **kwargs), level)

    return rule


def _filled_out(value: Any, level: int, size: int, ndim: int) -> Any:
    """The payload of `value`, with as many axes as the index; a number that all examples share stays one."""
    if not value.ndim and payload_at(value, level) is None:
        return value
    return ranked(whole(value, level, size), ndim)


def _spread_along(level: int, array: Any, index: Any, axis: int, shape: Any) -> Any:
    if not index.ndim:
        return loop(along_words.spread_along, (array, index, axis, shape), {})
    size = sizes_in((array, index), level)
    parts = whole(array, level, size), whole(index, level, size)
    return BatchedArray(along_words.spread_along(*parts, shifted(axis, index.ndim), (size, *shape)), level)


def _take(level: int, array: Any, indices: Any, axis: int | None = None, *_: Any, **__: Any) -> Any:
    if axis is None:
        array, axis = np.reshape(array, -1), 0
    index = indices if indices.__class__ is BatchedArray else np.asarray(indices)
    return _pick(level, array, [index], (axis % array.ndim,))


def _take_along_axis(level: int, array: Any, indices: Any, axis: int | None = -1) -> Any:
    size = sizes_in((array, indices), level)
    parts = [whole(each, level, size) for each in (array, indices)]
    if axis is None:
        return BatchedArray(np.take_along_axis(np.reshape(parts[0], (size, -1)), parts[1], 1), level)
    return BatchedArray(np.take_along_axis(*parts, shifted(axis, array.ndim)), level)  # type: ignore[call-arg]


RULES: dict[Any, Any] = {
    scatter.put: _put,
    scatter.replaced: _replaced,
    scatter.pick: _pick,
    scatter.spread: _spread,
    scatter.replaced_at: _replaced_at,
    along_words.pick_along: _by_index(along_words.pick_along, 2, (0, 1)),
    along_words.spread_along: _spread_along,
    along_words.replaced_along: _by_index(along_words.replaced_along, 2, (0, 1, 3)),
    along_words.reduced_along: _by_index(along_words.reduced_along, 2, (0, 1, 3)),
    reductions.put_along: _by_index(reductions.put_along, 2, (0, 1)),
    np.take: _take,
    np.take_along_axis: _take_along_axis,
}
