"""Matrix products of sparse arrays, with dense ones and with each other."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.sparse.base import FUNCTIONS, UFUNCS, Dense, Sparse, unsupported
from pullback.arrays.sparse.compressed import compress
from pullback.arrays.sparse.coordinates import COO


def product(a: Any, b: Any) -> Any:
    """``a @ b``: dense if a factor is dense, else sparse. Matrices, a matrix and a vector, or stacks of matrices.

    >>> product(COO(np.array([[0], [1]]), np.array([3.]), (1, 2)), np.array([[1., 2.], [3., 4.]]))
    array([[ 9., 12.]])
    """
    sparse = a if isinstance(a, Sparse) else b
    if max(a.ndim, b.ndim) > (3 if a is sparse and a.ndim == b.ndim else 2) or 0 in (a.ndim, b.ndim):
        raise unsupported("matmul", sparse.layout)
    if isinstance(a, Sparse) and isinstance(b, Sparse):
        found = _both(a.coo().unique(), b.coo().unique())
        return found if a.layout == "sparse_coo" else compress(found, a.layout)
    if isinstance(a, Sparse):
        return _times_dense(a.coo().unique(), b)
    if a.ndim == 1:
        return _times_dense(FUNCTIONS["swapaxes"](b, 0, 1).coo().unique(), a)
    return _times_dense(FUNCTIONS["swapaxes"](b, 0, 1).coo().unique(), a.T).T


def _times_dense(a: COO, b: Dense) -> Dense:
    """Column by column of `b`: each value times what its own column names there, added up in its row."""
    if a.dense_dim:
        raise unsupported("addmm", a.layout)
    *batch, _, inner = a.indices
    *lengths, _ = a.shape
    rows = COO(a.indices[:-1], a.values, tuple(lengths)).keys()
    columns = b[None] if b.ndim < max(a.ndim, 2) else np.ascontiguousarray(np.moveaxis(b, -1, 0))
    out = np.zeros((len(columns), prod(lengths)), np.result_type(a.values, b))
    for total, column in zip(out, columns):
        np.add.at(total, rows, a.values * column[(*batch, inner)])
    found = out.reshape(-1, *lengths)
    return found[0] if b.ndim < max(a.ndim, 2) else np.ascontiguousarray(np.moveaxis(found, 0, -1))


def _both(a: COO, b: COO) -> COO:
    """Each value of `a` meets all of the row of `b` that its column names."""
    if a.ndim != 2 or b.ndim != 2 or a.values.ndim > 1 or b.values.ndim > 1:
        raise unsupported("matmul", a.layout)
    heads = np.searchsorted(b.indices[0], np.arange(b.shape[0] + 1))
    counts = np.diff(heads)[a.indices[1]]
    ours = np.repeat(np.arange(a.nnz), counts)
    within = np.arange(len(ours)) - np.repeat(np.cumsum(counts) - counts, counts)
    theirs = heads[a.indices[1]][ours] + within
    indices = np.stack([a.indices[0][ours], b.indices[1][theirs]])
    return COO(indices, a.values[ours] * b.values[theirs], (a.shape[0], b.shape[1])).unique()


UFUNCS[np.matmul] = product
