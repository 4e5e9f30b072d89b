"""Order along one axis: sorting, selecting, the most frequent. NaN is the largest; equals keep their order.

Each kernel returns indices (int64); the elements are taken at them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.reductions import flat_places, widened
from pullback.arrays.vocabulary import dispatched

SELECT_FROM = 1024
"""Length from which selecting by partition (which does not keep the order of equals) replaces sorting."""
PACK_FROM = 8192
"""Elements from which short keys are sorted together with their places, four times faster than `argsort`."""


def take_along(array: Any, indices: Any, axis: int) -> Any:
    """The elements at `indices` along `axis`; `numpy.take_along_axis`, several times faster."""
    if array.ndim == 1:
        return array[indices]
    array, indices = array.swapaxes(axis, -1), indices.swapaxes(axis, -1)
    return array.reshape(-1)[flat_places(indices, array.shape[-1])].swapaxes(axis, -1)


def reverse(array: Any, axis: int) -> Any:
    """The array backwards along `axis`, a view."""
    return array[(slice(None),) * axis + (slice(None, None, -1),)]


def order(array: Any, axis: int, descending: bool = False) -> Any:
    """The indices that sort `array` along `axis`."""
    array = widened(array)
    if _is_packable(array, axis):
        return _places(np.sort(_packed(array, axis, descending), -1), axis)
    if not descending:
        return array.argsort(axis, "stable")
    found = reverse(reverse(array, axis).argsort(axis, "stable"), axis)  # equals keep their order
    return np.subtract(array.shape[axis] - 1, found)


_PACKABLE = frozenset(map(np.dtype, ("f4", "i4")))


def _is_packable(array: Any, axis: int) -> bool:
    return array.size >= PACK_FROM and array.dtype in _PACKABLE and array.shape[axis] > 1


def _packed(array: Any, axis: int, descending: bool) -> Any:
    """64-bit words, `axis` last: the key, as an unsigned number of the same order, above the place."""
    if array.dtype.kind == "f":
        array = array + np.float32(0)  # -0 is 0
        np.copyto(array, np.float32(np.nan), where=array != array)
        bits = array.view(np.int32)
        turned = bits >> 31 | np.int32(-(2**31))  # all bits of negative numbers, else the sign
        keys = (bits ^ turned).view(np.uint32)
    else:
        keys = np.ascontiguousarray(array).view(np.uint32) ^ np.uint32(0x80000000)
    if descending:
        keys = ~keys
    words = keys.swapaxes(axis, -1).astype(np.uint64)
    words <<= np.uint64(32)
    words |= np.arange(array.shape[axis], dtype=np.uint64)
    return words


def _places(words: Any, axis: int) -> Any:
    return (words & np.uint64(0xFFFFFFFF)).view(np.int64).swapaxes(axis, -1)


def _first(array: Any, count: int, axis: int, descending: bool) -> Any:
    """The indices of the first `count` elements in order along `axis`."""
    length = array.shape[axis]
    head = (slice(None),) * axis + (slice(0, count),)
    if length < SELECT_FROM or 8 * count > length or not count:
        return order(array, axis, descending)[head]
    keys = widened(array)
    if _is_packable(keys, axis):
        words = np.partition(_packed(keys, axis, descending), count - 1, -1)[..., :count]
        return _places(np.sort(words, -1), axis)
    chosen = np.argpartition(keys, length - count if descending else count - 1, axis)
    chosen = np.sort(reverse(chosen, axis)[head] if descending else chosen[head], axis)
    return take_along(chosen, order(take_along(array, chosen, axis), axis, descending), axis)


@dispatched
def sort_along(array: Any, axis: int, descending: bool) -> tuple[Any, Any]:
    """The elements sorted along `axis`, and where they stood."""
    if array.ndim == 0:
        return array[()], np.int64(0)
    indices = order(array, axis, descending)
    return _laid_out(take_along(array, indices, axis), array), _laid_out(indices, array)


def _laid_out(result: Any, array: Any) -> Any:
    """`result` in memory in the order of axes that `array` has."""
    if array.__class__ is not np.ndarray or array.flags.c_contiguous:
        return result
    laid = np.empty_like(array, result.dtype)
    laid[...] = result
    return laid


@dispatched
def top_along(array: Any, count: int, axis: int, largest: bool) -> tuple[Any, Any]:
    """The `count` largest (or smallest) elements along `axis` in order, and where they stood."""
    if array.ndim == 0:
        return array[()], np.int64(0)
    indices = _first(array, count, axis, largest)
    return _dense(take_along(array, indices, axis)), _dense(indices)


def _rank(array: Any, rank: int, axis: int) -> Any:
    """Index of the element of `rank` along `axis`, which stays at length 1."""
    at = (slice(None),) * axis + (slice(rank, rank + 1),)
    if array.shape[axis] < SELECT_FROM:
        return order(array, axis)[at]
    return np.argpartition(widened(array), rank, axis)[at]


def _chosen(array: Any, index: Any, axis: int, keepdims: bool) -> tuple[Any, Any]:
    """The elements at `index`, whose axis has length 1, and the index itself."""
    values = take_along(array, index, axis)
    if keepdims:
        return _dense(values), _dense(index)
    at = (slice(None),) * axis + (0,)
    return _dense(values[at]), _dense(index[at])


def _dense(array: Any) -> Any:
    return array if array.flags.c_contiguous else array.copy()


@dispatched
def kth_along(array: Any, rank: int, axis: int, keepdims: bool) -> tuple[Any, Any]:
    """The element of `rank` (from 0) along `axis` in sorted order, and its index."""
    if array.ndim == 0:
        return array[()], np.int64(0)
    return _chosen(array, _rank(array, rank, axis), axis, keepdims)


@dispatched
def median_along(array: Any, axis: int, keepdims: bool, skip_nan: bool) -> tuple[Any, Any]:
    """The lower median along `axis` and its index; a NaN if there is one, or the median of the others."""
    if array.ndim == 0:
        return array[()], np.int64(0)
    length = array.shape[axis]
    nan = array != array
    if not nan.any():
        return _chosen(array, _rank(array, (length - 1) // 2, axis), axis, keepdims)
    if skip_nan:
        ranks = np.maximum(np.add.reduce(~nan, axis=axis, keepdims=True, dtype=np.int64) - 1, 0) // 2
        return _chosen(array, take_along(order(array, axis), ranks, axis), axis, keepdims)
    index = np.where(
        nan.any(axis=axis, keepdims=True),
        np.argmax(nan, axis=axis, keepdims=True),
        _rank(array, (length - 1) // 2, axis),
    )
    return _chosen(array, index, axis, keepdims)


@dispatched
def median_all(array: Any, skip_nan: bool) -> Any:
    """The lower median of all elements; NaN of none."""
    flat = array.reshape(-1)
    nan = flat != flat
    if nan.any():
        if not skip_nan:
            return flat[nan.argmax()]
        flat = flat[~nan]
    if not flat.size:
        return array.dtype.type(np.nan if array.dtype.kind not in "iu" else np.iinfo(array.dtype).min)
    rank = (flat.size - 1) // 2
    return np.partition(widened(flat), rank)[rank].astype(array.dtype)


@dispatched
def mode_along(array: Any, axis: int, keepdims: bool) -> tuple[Any, Any]:
    """The most frequent element along `axis`, the smallest of several, and the last index where it stands."""
    if array.ndim == 0:
        return array[()], np.int64(0)
    indices = order(array, axis)
    values = take_along(array, indices, axis).swapaxes(axis, -1)
    places = np.arange(values.shape[-1])
    starts = np.ones(values.shape, bool)
    starts[..., 1:] = values[..., 1:] != values[..., :-1]
    lengths = places - np.maximum.accumulate(np.where(starts, places, 0), -1)
    best = np.argmax(lengths, -1, keepdims=True).swapaxes(axis, -1)
    return _chosen(array, take_along(indices, best, axis), axis, keepdims)
