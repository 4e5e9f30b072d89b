"""Sparse cotangents of lookups: the rows that were read, as often as they were."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.scatter import pick, sparsely
from pullback.arrays.vocabulary import reshape


def sparse_rows(grad: Any, indices: Any, padding_idx: int, shape: tuple[int, ...]) -> Any:
    """The cotangent ``(*, D)`` of the rows `indices` ``(*)`` of a table of `shape`; those named `padding_idx` are left out.

    >>> sparse_rows(np.ones((3, 2)), np.array([4, 0, 4]), 0, (5, 2)).indices
    array([[4, 4]])
    """
    places = np.asarray(indices).reshape(-1).astype(np.int64, copy=False)
    values = reshape(grad, (len(places), *shape[1:]))
    if padding_idx >= 0:
        kept = np.flatnonzero(places != padding_idx)
        places, values = places[kept], pick(values, [kept], (0,))
    return sparsely(values, places[None], shape)


def sparse_along(grad: Any, index: Any, dim: int, shape: tuple[int, ...]) -> Any:
    """The cotangent of the elements that `index` names along axis `dim`, as `gather` reads them."""
    index = np.asarray(index)
    places = np.indices(index.shape).reshape(index.ndim, -1) if index.ndim else np.zeros((len(shape), 1), np.int64)
    if len(places):
        places[dim] = index.reshape(-1)
    return sparsely(reshape(grad, (index.size,)), places.astype(np.int64, copy=False), shape)
