"""The largest element of each window and where it lies; reading and writing at such places.

A place is one number: the position in the last axes flattened in C order, as PyTorch's pooling returns it. `pick_places`
and `spread_places` are each other's transpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import product as cartesian
from typing import Any

import numpy as np

from pullback.arrays.masks import MANY, choose
from pullback.arrays.vocabulary import dispatched
from pullback.arrays.windows import Ints, offsets, pad
from pullback.later import later

blocks, compiled, threads = later("pullback.arrays", "blocks compiled threads")

_LARGE = 1 << 16
"""Elements from which a compiled kernel is asked for."""


def lowest(dtype: Any) -> Any:
    """A value that no element of `dtype` is below."""
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


@dispatched
def max_windows(array: Any, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, counts: Ints) -> tuple[Any, Any]:
    """The largest element of each of `counts` windows, and its place.

    The first of equal ones counts; the last NaN counts if there is one. Padding is lower than everything and never
    chosen; windows may reach beyond the end.
    """
    rank = len(kernel)
    if rank == 2 and array.size >= _LARGE:
        search = compiled.twin("max_windows", array)
        if search is not None:
            return _searched(search, array, kernel, stride, padding, dilation, counts)
    sizes = array.shape[array.ndim - rank :]
    after, slices, places, first = _window_places(sizes, kernel, stride, padding, dilation, counts)
    padded = pad(array, padding, after, lowest(array.dtype)) if any(padding) or any(after) else array
    best, found = _largest([(padded[each], place) for each, place in zip(slices, places)], array)
    if padded is not array and (nothing := best == lowest(array.dtype)).any():  # padding equals such elements
        found = np.where(nothing, first, found)
    return best, found


def _searched(search: Any, array: Any, *geometry: Ints) -> tuple[Any, Any]:
    """`max_windows` of planes by a compiled kernel, over all cores."""
    *settings, counts = geometry
    planes = array.reshape(-1, *array.shape[-2:])
    best = np.empty((len(planes), *counts), array.dtype)
    places = np.empty(best.shape, np.int64)
    threads.each(lambda part: search(planes[part], *settings, best[part], places[part]), blocks.shares(len(planes)))
    shape = (*array.shape[:-2], *counts)
    return best.reshape(shape), places.reshape(shape)


@lru_cache(maxsize=128)
def _window_places(
    sizes: Ints, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, counts: Ints
) -> tuple[Ints, list[Any], list[Any], Any]:
    """For each offset in a window: the slices that pick it from every window, and its place in every window.

    Also how far the windows reach beyond the end, and the place of every window's first element that is not padding.
    """
    reach = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(counts, stride, dilation, kernel)]
    after = tuple([max(0, r - p - n) for r, p, n in zip(reach, padding, sizes)])
    starts = [np.arange(n) * s - p for n, s, p in zip(counts, stride, padding)]
    slices, places = [], []
    for at, each in offsets(counts, kernel, stride, dilation):
        slices.append(each)
        places.append(_flat([start + o * d for start, o, d in zip(starts, at, dilation)], sizes))
    first = _flat([np.where(start < 0, start % d, start) for start, d in zip(starts, dilation)], sizes)
    return after, slices, places, first


@dispatched
def max_segments(array: Any, segments: tuple[Any, ...]) -> tuple[Any, Any]:
    """The largest element of each window of uneven windows, and its place.

    `segments` holds for each of the last axes an array ``(count, longest)``: what each window covers, shorter windows
    repeating their last element.
    """
    sizes = array.shape[array.ndim - len(segments) :]

    def candidates() -> Iterator[tuple[Any, Any]]:
        for at in cartesian(*(range(segment.shape[1]) for segment in segments)):
            axes = [segment[:, o] for segment, o in zip(segments, at)]
            yield array[(..., *np.ix_(*axes))], _flat(axes, sizes)

    return _largest(candidates(), array)


@dispatched
def max_starting(array: Any, starts: tuple[Any, ...], kernel: Ints) -> tuple[Any, Any]:
    """The largest element of windows of size `kernel` that begin where `starts` say, and its place.

    `starts` holds for each of the last axes an array of the leading axes of `array` and a last axis of windows.
    """
    lead = array.ndim - len(kernel)
    sizes = array.shape[lead:]

    def candidates() -> Iterator[tuple[Any, Any]]:
        for at in cartesian(*map(range, kernel)):
            place: Any = 0
            for number, (start, offset, size) in enumerate(zip(starts, at, sizes)):
                own = [1] * len(sizes)
                own[number] = start.shape[-1]
                place = place * size + (start + offset).reshape(*start.shape[:-1], *own)
            yield pick_places(array, place, len(kernel)), place

    return _largest(candidates(), array)


def _flat(axes: list[Any], sizes: Ints) -> Any:
    """The places whose coordinates are every combination of those in `axes`."""
    places: Any = 0
    for axis, size in zip(axes, sizes):
        places = np.add.outer(places * size, axis)
    return places


def _largest(candidates: Iterable[tuple[Any, Any]], array: Any) -> tuple[Any, Any]:
    """The elementwise largest of `candidates`, and the place that came with it."""
    may_have_nan = array.dtype.kind not in "iu" and bool(np.isnan(array).any())
    best: Any = None
    for each, place in candidates:
        if best is None:
            best = each.copy()
            places = np.empty(best.shape, np.int64)
            places[...] = place
            continue
        higher = each > best
        if may_have_nan:
            higher |= np.isnan(each)
        if best.size < MANY:
            np.copyto(best, each, where=higher)
            np.copyto(places, place, where=higher)
        else:
            best = choose(higher, each, best)
            change = np.bitwise_xor(places, place)
            change &= np.negative(higher.view(np.int8), dtype=np.int64)
            places ^= change
    return best, places


@dispatched
def pick_places(array: Any, places: Any, rank: int) -> Any:
    """The elements of `array` at `places` in its last `rank` axes; the axes before broadcast.

    >>> pick_places(np.array([[1., 2.], [3., 4.]]), np.array([3, 0]), 2)
    array([4., 1.])
    """
    lead = array.ndim - rank
    flat = array.reshape(*array.shape[:lead], int(np.prod(array.shape[lead:])))
    rows = places.reshape(*places.shape[:lead], int(np.prod(places.shape[lead:])))
    return np.take_along_axis(flat, rows, -1).reshape(*array.shape[:lead], *places.shape[lead:])


@dispatched
def spread_places(array: Any, places: Any, sizes: Ints) -> Any:
    """Zeros whose last axes have `sizes`, to which `array` is added at `places`: the transpose of `pick_places`."""
    lead = array.shape[: array.ndim - len(sizes)]
    result = np.zeros((*lead, *sizes), array.dtype)
    if array.size:
        count = int(np.prod(lead))
        add = compiled.twin("spread_places", array) if array.size >= _LARGE >> 2 else None
        if add is not None:
            everywhere = np.broadcast_to(places, array.shape)
            values, at, target = (each.reshape(count, -1) for each in (array, everywhere, result))
            threads.each(lambda part: add(values[part], at[part], target[part]), blocks.shares(count))
            return result
        rows = np.arange(count).reshape(*lead, *(1,) * len(sizes)) * int(np.prod(sizes))
        np.add.at(result.reshape(-1), (places + rows).reshape(-1), array.reshape(-1))
    return result


@dispatched
def put_places(array: Any, places: Any, sizes: Ints) -> Any:
    """Zeros whose last axes have `sizes`, in which `places` hold `array`; of values for one place the last counts."""
    lead = array.shape[: array.ndim - len(sizes)]
    result = np.zeros((*lead, int(np.prod(sizes))), array.dtype)
    flat = (*lead, int(np.prod(array.shape[len(lead) :])))
    np.put_along_axis(result, places.reshape(flat), array.reshape(flat), -1)
    return result.reshape(*lead, *sizes)
