"""Distinct elements, counts and histograms of raw arrays. Nothing here has a derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.order import order, take_along
from pullback.arrays.reductions import widened
from pullback.arrays.vocabulary import dispatched


@dispatched
def distinct(array: Any) -> tuple[Any, Any, Any]:
    """The distinct elements in order, for each element which one it is, and how often each occurs."""
    flat = array.reshape(-1)
    indices = order(flat, 0)
    return _runs(flat[indices], indices, array.shape)


@dispatched
def distinct_in_turn(array: Any) -> tuple[Any, Any, Any]:
    """The same for runs of equal neighbours in the flattened array."""
    flat = array.reshape(-1)
    return _runs(flat, np.arange(flat.size), array.shape)


def _runs(values: Any, indices: Any, shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """First of each run of equal `values`, the run of the element that was at `indices`, their lengths."""
    starts = np.ones(values.size, bool)
    starts[1:] = values[1:] != values[:-1]
    which = np.empty(values.size, np.int64)
    which[indices] = np.cumsum(starts) - 1
    places = np.append(np.flatnonzero(starts), values.size)
    return values[starts], which.reshape(shape), np.diff(places)


@dispatched
def distinct_along(array: Any, axis: int, in_turn: bool) -> tuple[Any, Any, Any]:
    """`distinct` (or `distinct_in_turn`) for the slices along `axis`, in lexicographic order."""
    rows = np.moveaxis(array, axis, 0)
    length = len(rows)
    flat = widened(rows.reshape(length, -1)) if rows.size else np.zeros((length, 1), array.dtype)
    indices = np.arange(length) if in_turn else np.lexsort(flat.T[::-1])
    ordered = flat[indices]
    starts = np.ones(length, bool)
    starts[1:] = (ordered[1:] != ordered[:-1]).any(1)
    which = np.empty(length, np.int64)
    which[indices] = np.cumsum(starts) - 1
    places = np.append(np.flatnonzero(starts), length)
    return np.take(array, indices[starts], axis), which, np.diff(places)


@dispatched
def count_values(array: Any, weights: Any, minlength: int) -> Any:
    """How often each of the numbers from 0 on occurs, or the sum of `weights` there."""
    if weights is None:
        return np.bincount(array, minlength=minlength).astype(np.int64, copy=False)
    found = np.bincount(array, weights.astype(np.float64), minlength)
    return found.astype(np.float32) if weights.dtype == np.float32 else found


@dispatched
def histogram_even(array: Any, bins: int, low: float, high: float) -> Any:
    """Counts in `bins` bins of equal width from `low` to `high`, which is in the last; others are out."""
    flat = array.reshape(-1)
    kind = flat.dtype
    flat = flat[(flat >= low) & (flat <= high)]
    low, high = flat.dtype.type(low), flat.dtype.type(high)
    places = ((flat - low) * kind.type(bins) / (high - low)).astype(np.int64)
    return np.bincount(np.minimum(places, bins - 1), minlength=bins).astype(kind)


@dispatched
def histogram_edges(points: Any, edges: Any, weights: Any) -> Any:
    """Counts (or sums of `weights`) of the rows of `points` in the boxes between `edges`, per column."""
    inside = np.ones(len(points), bool)
    places = []
    for column, edge in zip(points.T, edges):
        inside &= (column >= edge[0]) & (column <= edge[-1])
        places.append(np.minimum(np.searchsorted(edge, column, "right") - 1, len(edge) - 2))
    shape = tuple(len(edge) - 1 for edge in edges)
    flat = np.ravel_multi_index([place[inside] for place in places], shape)
    chosen = None if weights is None else weights[inside].astype(np.float64)
    size = int(np.prod(shape))
    return np.bincount(flat, chosen, size).reshape(shape).astype(points.dtype)


@dispatched
def insertion_places(boundaries: Any, values: Any, right: bool, sorter: Any) -> Any:
    """Where `values` would be inserted in sorted `boundaries`, along the last axis of both."""
    if boundaries.dtype.kind == "V" or values.dtype.kind == "V":
        boundaries, values = widened(boundaries), widened(values)
    if sorter is not None:
        boundaries = take_along(boundaries, sorter, -1)
    if boundaries.ndim == 1 and not ((boundaries != boundaries).any() or np.any(values != values)):
        return np.searchsorted(boundaries, values, "right" if right else "left")
    return _bisected(boundaries, values, right)


def _bisected(boundaries: Any, values: Any, right: bool) -> Any:
    """Binary search in all rows at once. No comparison holds for a NaN, so it leads to the end."""
    length = boundaries.shape[-1]
    if boundaries.ndim == 1:
        boundaries = np.broadcast_to(boundaries, (*values.shape[:-1], length)) if values.ndim else boundaries
    wanted = np.atleast_1d(values)
    low, high = np.zeros(wanted.shape, np.int64), np.full(wanted.shape, length, np.int64)
    for _ in range(length.bit_length()):
        middle = (low + high) // 2
        found = np.take_along_axis(boundaries, np.minimum(middle, length - 1), -1)
        before = ~(found > wanted if right else found >= wanted) & (low < high)
        low, high = np.where(before, middle + 1, low), np.where(before, high, middle)
    return low.reshape(values.shape)


@dispatched
def occurs(array: Any, among: Any) -> Any:
    """Whether each element is one of those of another array, in the shape of the first."""
    return np.isin(widened(array), widened(among))
