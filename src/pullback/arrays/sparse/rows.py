"""Sparse cotangents of lookups: the rows that were read, as often as they were."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.sparse.coordinates import COO


def _plain(array: Any, name: str) -> Any:
    if not isinstance(array, (np.ndarray, np.generic)):
        raise NotImplementedError(
            f"the sparse gradient of {name} cannot be differentiated again (create_graph=True) or batched; ask for a dense "
            "one"
        )
    return np.asarray(array)


def sparse_rows(grad: Any, indices: Any, padding_idx: int, shape: tuple[int, ...]) -> COO:
    """The cotangent ``(*, D)`` of the rows `indices` ``(*)`` of a table of `shape`; those named `padding_idx` are left out.

    >>> sparse_rows(np.ones((3, 2)), np.array([4, 0, 4]), 0, (5, 2)).indices
    array([[4, 4]])
    """
    places = _plain(indices, "embedding").reshape(-1).astype(np.int64, copy=False)
    values = _plain(grad, "embedding").reshape(-1, *shape[1:])
    if padding_idx >= 0:
        kept = places != padding_idx
        places, values = places[kept], values[kept]
    return COO(places[None], values, shape)


def sparse_along(grad: Any, index: Any, dim: int, shape: tuple[int, ...]) -> COO:
    """The cotangent of the elements that `index` names along axis `dim`, as `gather` reads them."""
    grad, index = _plain(grad, "gather"), _plain(index, "gather")
    if not grad.ndim:
        return COO(np.zeros((len(shape), 1), np.int64), grad.reshape(1), shape)
    places = np.indices(index.shape).reshape(index.ndim, -1)
    places[dim] = index.reshape(-1)
    return COO(places.astype(np.int64, copy=False), grad.reshape(-1), shape)
