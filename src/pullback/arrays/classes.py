"""One number of each sample, read and written at its class: ``(N, C, *)`` at ``(N, *)``, or ``(C)`` at ``()``."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.reductions import put_along
from pullback.arrays.scatter import pick
from pullback.arrays.vocabulary import expand, reshape

_KNOWN = (np.ndarray, np.generic)
"""Arrays whose values can be looked at."""


def class_axis(ndim: int) -> int:
    """Where the classes stand."""
    return min(ndim - 1, 1)


def _places(classes: Any, ndim: int) -> tuple[Any, ...]:
    """The index with which each sample names its class."""
    if ndim == 1:
        return (classes,)
    if ndim == 2:
        return np.arange(classes.shape[0]), classes
    grid = [np.arange(n).reshape((-1,) + (1,) * (classes.ndim - axis - 1)) for axis, n in enumerate(classes.shape)]
    return grid[0], classes, *grid[1:]


def pick_class(array: Any, classes: Any) -> Any:
    """The number of each sample that stands at its class.

    >>> pick_class(np.array([[1., 2.], [3., 4.]]), np.array([1, 0]))
    array([2., 3.])
    """
    places = _places(classes, array.ndim)
    if isinstance(array, _KNOWN) and isinstance(classes, _KNOWN):
        return array[places]
    return pick(array, places, range(array.ndim))


def put_class(values: Any, classes: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with the value of each sample at its class: the transpose of `pick_class`.

    >>> put_class(np.array([2., 3.]), np.array([1, 0]), (2, 2))
    array([[0., 2.],
           [3., 0.]])
    """
    if isinstance(values, _KNOWN) and isinstance(classes, _KNOWN):
        found = np.zeros(shape, values.dtype)
        found[_places(classes, len(shape))] = values
        return found
    axis = class_axis(len(shape))
    column = (*shape[:axis], 1, *shape[axis + 1 :])
    if values.ndim != classes.ndim:  # one value for all samples
        values = expand(values, classes.shape)
    return put_along(reshape(values, column), reshape(classes, column), axis, shape[axis])


def outside(classes: Any, count: int) -> Any:
    """The first class that is not in ``range(count)``, or `None`; of arrays whose values are hidden, `None`."""
    seen = visible(classes)
    if seen is None or not seen.size:
        return None
    if np.minimum.reduce(seen, axis=None) >= 0 and np.maximum.reduce(seen, axis=None) < count:
        return None
    return seen[(seen < 0) | (seen >= count)].flat[0]


def visible(array: Any) -> Any:
    """What lies in memory, that is all examples of a batch; `None` where values are hidden."""
    while (inside := getattr(array, "payload", None)) is not None:
        array = inside
    return array if isinstance(array, _KNOWN) else None
