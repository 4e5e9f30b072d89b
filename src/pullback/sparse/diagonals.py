"""A sparse matrix from its diagonals."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.sparse import COO
from pullback.graph.tensor_base import solid, wrap
from pullback.sparse.conversion import to_sparse
from pullback.sparse.places import with_values


def spdiags(diagonals: Any, offsets: Any, shape: Any, layout: Any = None) -> Any:
    """A sparse matrix of `shape` whose diagonal ``offsets[n]`` holds ``diagonals[n]``, taken by its columns.

    Raises ``RuntimeError`` for offsets that repeat or are not as many as the rows of `diagonals`.

    >>> import pullback as torch
    >>> torch.sparse.spdiags(torch.tensor([[1., 2., 3.]]), torch.tensor([1]), (2, 3)).to_dense()
    tensor([[0., 2., 0.],
            [0., 0., 3.]])
    """
    places = np.atleast_1d(solid(offsets))
    rows = diagonals if diagonals.ndim == 2 else diagonals.unsqueeze(0)
    if len(places) != len(rows):
        raise RuntimeError(f"Number of diagonals ({len(rows)}) does not match the number of offsets ({len(places)})")
    if len(set(places.tolist())) != len(places):
        raise RuntimeError("Offset tensor contains duplicate values")
    if layout is not None and layout.name not in ("sparse_coo", "sparse_csr", "sparse_csc"):
        raise RuntimeError(f"Only output layouts (Sparse, SparseCsc, SparseCsr) are supported, got {layout}")
    number, column = np.indices(rows.shape).reshape(2, -1)
    row = column - places[number]
    kept = (row >= 0) & (row < shape[0]) & (column < shape[1])
    values = rows.reshape(-1)[wrap(np.flatnonzero(kept))]
    pattern = COO(np.stack([row[kept], column[kept]]), solid(values), tuple(shape))
    found = with_values(wrap(pattern), values)
    return found if layout is None else to_sparse(found, layout=layout)
