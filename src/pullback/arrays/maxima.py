"""The largest element of each window and where it lies; reading and writing at such places.

A place is one number: the position in the last axes flattened in C order, as PyTorch's pooling returns it. `pick_places`
and `spread_places` are each other's transpose.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product as cartesian
from typing import Any

import numpy as np

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
    after, slices, start, steps, first = _window_places(sizes, kernel, stride, padding, dilation, counts)
    padded = pad(array, padding, after, lowest(array.dtype)) if any(padding) or any(after) else array
    best, which = _largest([padded[each] for each in slices], array)
    found = steps.take(which)
    found += start
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
) -> tuple[Ints, list[Any], Any, Any, Any]:
    """How far windows reach beyond the end; for each offset in a window the slices that pick it from every window; the
    place of every window's start, and how far each offset lies behind it; every window's first place that is no padding.
    """
    reach = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(counts, stride, dilation, kernel)]
    after = tuple([max(0, r - p - n) for r, p, n in zip(reach, padding, sizes)])
    starts = [np.arange(n) * s - p for n, s, p in zip(counts, stride, padding)]
    slices = [each for _, each in offsets(counts, kernel, stride, dilation)]
    steps = _flat([np.arange(k) * d for k, d in zip(kernel, dilation)], sizes).reshape(-1)
    first = _flat([np.where(start < 0, start % d, start) for start, d in zip(starts, dilation)], sizes)
    return after, slices, _flat(starts, sizes), steps, first


@dispatched
def max_segments(array: Any, segments: tuple[Any, ...]) -> tuple[Any, Any]:
    """The largest element of each window of uneven windows, and its place.

    `segments` holds for each of the last axes an array ``(count, longest)``: what each window covers, shorter windows
    repeating their last element.
    """
    sizes = array.shape[array.ndim - len(segments) :]

    elements, places = [], []
    for at in cartesian(*(range(segment.shape[1]) for segment in segments)):
        axes = [segment[:, o] for segment, o in zip(segments, at)]
        elements.append(array[(..., *np.ix_(*axes))])
        places.append(_flat(axes, sizes))
    return _with_places(elements, places, array)


@dispatched
def max_starting(array: Any, starts: tuple[Any, ...], kernel: Ints) -> tuple[Any, Any]:
    """The largest element of windows of size `kernel` that begin where `starts` say, and its place.

    `starts` holds for each of the last axes an array of the leading axes of `array` and a last axis of windows.
    """
    lead = array.ndim - len(kernel)
    sizes = array.shape[lead:]

    elements, places = [], []
    for at in cartesian(*map(range, kernel)):
        place: Any = 0
        for number, (start, offset, size) in enumerate(zip(starts, at, sizes)):
            own = [1] * len(sizes)
            own[number] = start.shape[-1]
            place = place * size + (start + offset).reshape(*start.shape[:-1], *own)
        elements.append(pick_places(array, place, len(kernel)))
        places.append(place)
    return _with_places(elements, places, array)


def _flat(axes: list[Any], sizes: Ints) -> Any:
    """The places whose coordinates are every combination of those in `axes`."""
    places: Any = 0
    for axis, size in zip(axes, sizes):
        places = np.add.outer(places * size, axis)
    return places


def _largest(candidates: list[Any], array: Any) -> tuple[Any, Any]:
    """The elementwise largest of `candidates`, which are of `array`, and the number of the first that it is.

    The numbers rise, so the largest number of a candidate that was higher than those before it is the one wanted; there
    are no branches in that, and no wide integers.
    """
    best = candidates[0].copy()
    kind, ordered = np.min_scalar_type(len(candidates)), array.dtype.char in "fdilqBbhH"
    which, number = np.zeros((2, *best.shape), kind)
    for place, each in enumerate(candidates[1:], 1):
        each = np.ascontiguousarray(each)  # read twice
        higher = each > best
        if ordered:
            np.maximum(each, best, out=best)  # of two zeros the second, which was there first
        else:
            np.copyto(best, each, where=higher | np.isnan(each))
        np.multiply(higher, kind.type(place), out=number)
        np.maximum(which, number, out=which)
    if array.dtype.kind not in "iu" and np.isnan(best).any():
        for place, each in enumerate(candidates):
            np.copyto(which, kind.type(place), where=np.isnan(each))
    return best, which


def _with_places(elements: list[Any], places: list[Any], array: Any) -> tuple[Any, Any]:
    """`_largest` of `elements`, and the one of `places` that belongs to it."""
    best, which = _largest(elements, array)
    found = np.empty(best.shape, np.int64)
    for number, place in enumerate(places):
        np.copyto(found, place, where=which == number)
    return best, found


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
