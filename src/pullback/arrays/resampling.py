"""An axis read at other places: each new element is a weighted sum of a few old ones.

What to read is a table (`Taps`): for every new element the indices of the old ones and their weights. Every kind of
interpolation is such a table for each axis; so is its transpose, which makes gradients as simple as the forward pass::

    y[p] = sum over t   weights[p, t] * x[indices[p, t]]

The tables are small; they are made in the precision in which PyTorch computes positions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from pullback.arrays.products import is_half
from pullback.arrays.vocabulary import cast, dispatched

_SINGLE = np.dtype("f4")


@dataclass(frozen=True, slots=True, eq=False)
class Taps:
    """What each new element reads: two arrays ``(new length, taps)``; `weights` may be `None`, then all are 1."""

    indices: np.ndarray
    weights: np.ndarray | None
    size: int
    """The old length."""

    def transposed(self) -> Taps:
        """The table that carries cotangents back."""
        return _transposed(self.indices, self.weights, self.size)


@dispatched
def resample(array: Any, tables: tuple[Taps, ...]) -> Any:
    """The last axes of `array` read by one table each.

    >>> resample(np.array([1., 3.]), (Taps(np.array([[0, 1], [1, 1]]), np.array([[.5, .5], [1., 0.]]), 2),))
    array([2., 3.])
    """
    if is_half(array):
        return cast(resample(cast(array, _SINGLE), tables), array.dtype)
    if not array.size:
        lead = array.shape[: array.ndim - len(tables)]
        return np.zeros((*lead, *[len(table.indices) for table in tables]), array.dtype)
    for back, table in enumerate(reversed(tables), 1):
        array = _along(array, array.ndim - back, table)
    return array


def _along(array: np.ndarray, axis: int, table: Taps) -> np.ndarray:
    shape = (-1,) + (1,) * (array.ndim - axis - 1)
    result: Any = None
    owned = False  # whether the result is memory of its own
    for tap in range(table.indices.shape[1]):
        each, fresh = _read(array, table.indices[:, tap], axis)
        if table.weights is not None:
            each = np.multiply(
                each, table.weights[:, tap].astype(array.dtype).reshape(shape), out=each if fresh else None
            )
            fresh = True
        if result is None:
            result, owned = each, fresh
        else:
            result, owned = np.add(result, each, out=result if owned else None), True
    return result if owned else result.copy()  # type: ignore[no-any-return]


_MANY = 1 << 12
"""Elements from which it is worth a look whether indices are even steps or repetitions, which NumPy reads faster."""


def _read(array: np.ndarray, indices: np.ndarray, axis: int) -> tuple[np.ndarray, bool]:
    """The elements at `indices` along `axis`, and whether they lie in memory of their own."""
    if array.size >= _MANY and len(indices) > 1:
        first, step = int(indices[0]), int(indices[1] - indices[0])
        if step > 0 and (np.diff(indices) == step).all():
            return array[(slice(None),) * axis + (slice(first, int(indices[-1]) + 1, step),)], False
        times = int(np.searchsorted(indices, first, "right")) if first == 0 and step == 0 else 1
        if times > 1 and (indices == np.arange(len(indices)) // times).all():
            count = -(-len(indices) // times)
            shown = array[(slice(None),) * axis + (slice(0, count), None)]
            lead, rest = array.shape[:axis], array.shape[axis + 1 :]
            if count * times == len(indices):
                return np.broadcast_to(shown, (*lead, count, times, *rest)).reshape(*lead, -1, *rest), True
    return array.take(indices, axis=axis), True


def resample_bytes(array: np.ndarray, tables: tuple[Taps, ...]) -> np.ndarray:
    """`resample` for bytes: weights are whole numbers of 16 bits, and every axis rounds and clips what it gives.

    >>> resample_bytes(np.array([10, 255], np.uint8), (linear(2, 3, True, None, np.dtype("f8")),)).tolist()
    [10, 133, 255]
    """
    for back, table in enumerate(reversed(tables), 1):
        if table.weights is None:
            array = _along(array, array.ndim - back, table)
            continue
        weights = table.weights.copy()
        for tap in range(1, weights.shape[1]):  # what is read twice at an edge is weighed once
            twice = table.indices[:, tap] == table.indices[:, tap - 1]
            weights[twice, tap] += weights[twice, tap - 1]
            weights[twice, tap - 1] = 0
        largest, shift = float(weights.max(initial=0)), 0
        while shift < 22 and int(0.5 + largest * (1 << shift + 1)) < 1 << 15:
            shift += 1
        whole = weights * (1 << shift)
        whole = np.trunc(whole + np.copysign(0.5, whole)).astype(np.int32)
        sums = _along(array.astype(np.int32), array.ndim - back, Taps(table.indices, whole, table.size))
        array = np.clip((sums + (1 << shift - 1)) >> shift, 0, 255).astype(np.uint8)
    return array


def _transposed(indices: np.ndarray, weights: np.ndarray | None, size: int) -> Taps:
    """Sort the pairs (new, old) by the old element and pad every old element's list to the same length."""
    count, taps = indices.shape
    new = np.repeat(np.arange(count), taps)
    old = indices.reshape(-1)
    weight = np.ones(len(old)) if weights is None else weights.reshape(-1)
    live = weight != 0
    new, old, weight = new[live], old[live], weight[live]
    order = np.argsort(old, kind="stable")
    new, old, weight = new[order], old[order], weight[order]
    lengths = np.bincount(old, minlength=size)
    longest = max(int(lengths.max(initial=0)), 1)
    rank = np.arange(len(old)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    back = np.zeros((size, longest), np.intp)
    share = np.zeros((size, longest), weight.dtype)
    first = np.zeros(size, np.intp)  # padding repeats an element that is read anyway, so that NaN cannot leak
    first[old[rank == 0]] = new[rank == 0]
    back[...] = first[:, None]
    back[old, rank], share[old, rank] = new, weight
    return Taps(back, share, count)


# ------------------------------------------------------------------------------------------------- the tables


def ratio(size: int, count: int, align_corners: bool, scale: float | None, dtype: Any) -> Any:
    """Old elements for each new one, in the precision of `dtype`."""
    real = dtype.type
    if align_corners:
        return real(size - 1) / real(count - 1) if count > 1 else real(0)
    return real(1.0 / scale) if scale is not None and scale > 0 else real(size) / real(count)


@lru_cache(maxsize=256)
def nearest(size: int, count: int, scale: float | None, exact: bool) -> Taps:
    """One old element for each new one: the one below, or with `exact` the one nearest to the middle."""
    step = ratio(size, count, False, scale, _SINGLE)
    place = np.arange(count, dtype=_SINGLE) + _SINGLE.type(0.5 if exact else 0)
    return Taps(np.minimum(np.floor(place * step).astype(np.intp), size - 1)[:, None], None, size)


@lru_cache(maxsize=256)
def linear(size: int, count: int, align_corners: bool, scale: float | None, dtype: Any) -> Taps:
    """The two neighbours, weighted by distance."""
    place = _positions(size, count, align_corners, scale, dtype)
    place = np.maximum(place, 0)
    low = np.minimum(place.astype(np.intp), size - 1)
    high = np.minimum(low + 1, size - 1)
    part = np.clip(place - low.astype(dtype), 0, 1)
    return Taps(np.stack([low, high], 1), np.stack([1 - part, part], 1), size)


@lru_cache(maxsize=256)
def cubic(size: int, count: int, align_corners: bool, scale: float | None, dtype: Any) -> Taps:
    """Four neighbours, weighted by Keys' cubic convolution with ``a = -0.75``."""
    place = _positions(size, count, align_corners, scale, dtype)
    low = np.floor(place)
    part = place - low
    weights = [_keys(part + 1, -0.75), _keys(part, -0.75), _keys(1 - part, -0.75), _keys(2 - part, -0.75)]
    indices = low.astype(np.intp)[:, None] + np.arange(-1, 3)
    return Taps(np.clip(indices, 0, size - 1), np.stack(weights, 1), size)


def _positions(size: int, count: int, align_corners: bool, scale: float | None, dtype: Any) -> np.ndarray:
    step = ratio(size, count, align_corners, scale, dtype)
    place = np.arange(count, dtype=dtype)
    half = dtype.type(0.5)
    return step * place if align_corners else step * (place + half) - half  # type: ignore[no-any-return]


def _keys(x: np.ndarray, a: float) -> np.ndarray:
    """Keys' kernel at distances between 0 and 2."""
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0)).astype(x.dtype)


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(1 - np.abs(x), 0)


def _smooth_cubic(x: np.ndarray) -> np.ndarray:
    return _keys(np.abs(x), -0.5)


def _lanczos(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


_FILTERS: dict[str, tuple[int, Callable[[np.ndarray], np.ndarray]]] = {
    "bilinear": (2, _triangle),
    "bicubic": (4, _smooth_cubic),
    "lanczos": (6, _lanczos),
}


@lru_cache(maxsize=256)
def smooth(mode: str, size: int, count: int, align_corners: bool, scale: float | None, dtype: Any) -> Taps:
    """As many neighbours as a new element covers, weighted by a filter of that width, so that nothing aliases."""
    width, weigh = _FILTERS[mode]
    step = ratio(size, count, align_corners, scale, dtype)
    reach = width * 0.5 * (step if step >= 1 else dtype.type(1))
    middle = step * (np.arange(count, dtype=dtype) + dtype.type(0.5))
    start = np.maximum((middle - reach + dtype.type(0.5)).astype(np.intp), 0)
    end = np.minimum((middle + reach + dtype.type(0.5)).astype(np.intp), size)
    indices = start[:, None] + np.arange(max(int((end - start).max()), 1))
    inverse = 1 / step if step >= 1 else dtype.type(1)
    weights = weigh((indices - middle[:, None] + 0.5) * inverse)
    weights = np.where(indices < end[:, None], weights, 0)
    weights = weights / weights.sum(1, keepdims=True)
    return Taps(np.minimum(indices, end[:, None] - 1), weights.astype(dtype), size)


@lru_cache(maxsize=256)
def averages(size: int, count: int) -> Taps:
    """`count` windows that cover the axis as evenly as they can, each averaged."""
    indices, inside = even_windows(size, count)
    return Taps(indices, inside / inside.sum(1, keepdims=True), size)


def even_windows(size: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The elements of windows that cover `size` as evenly as they can, and which entries belong to the window.

    Shorter windows repeat their last element.

    >>> even_windows(5, 2)[0]
    array([[0, 1, 2],
           [2, 3, 4]])
    """
    steps = np.arange(count)
    start, end = steps * size // max(count, 1), -(-(steps + 1) * size // max(count, 1))
    indices = start[:, None] + np.arange(max(int((end - start).max(initial=0)), 1))
    inside = indices < end[:, None]
    return np.minimum(indices, end[:, None] - 1), inside
