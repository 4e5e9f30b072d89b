"""Order and search along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import counting, order
from pullback.arrays.batched.array import BatchedArray, payload_at
from pullback.arrays.batched.looping import loop, sizes_in
from pullback.arrays.batched.rules import along, whole


def _median_all(level: int, array: Any, skip_nan: bool) -> Any:
    if not array.size:
        return loop(order.median_all, (array, skip_nan), {})
    rows = np.reshape(array.payload, (array.batch_size, array.size))
    return BatchedArray(order.median_along(rows, 1, False, skip_nan)[0], level)


def _insertion_places(level: int, boundaries: Any, values: Any, right: bool, sorter: Any) -> Any:
    if boundaries.ndim == 1 and payload_at(boundaries, level) is None and payload_at(sorter, level) is None:
        return BatchedArray(counting.insertion_places(boundaries, values.payload, right, sorter), level)
    if boundaries.ndim != 1 and boundaries.ndim != values.ndim:
        return loop(counting.insertion_places, (boundaries, values, right, sorter), {})
    size, shape = sizes_in((boundaries, values, sorter), level), values.shape
    edges, wanted = whole(boundaries, level, size), whole(values, level, size)
    places = None if sorter is None else whole(sorter, level, size)
    if boundaries.ndim == 1:
        wanted = np.reshape(wanted, (size, values.size))
    found = counting.insertion_places(edges, wanted, right, places)
    return BatchedArray(np.reshape(found, (size, *shape)), level)


RULES: dict[Any, Any] = {
    order.sort_along: along(order.sort_along, 1),
    order.top_along: along(order.top_along, 2),
    order.kth_along: along(order.kth_along, 2),
    order.median_along: along(order.median_along, 1),
    order.mode_along: along(order.mode_along, 1),
    order.median_all: _median_all,
    counting.insertion_places: _insertion_places,
}
