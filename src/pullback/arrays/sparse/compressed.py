"""The compressed layouts: row by row (CSR) or column by column (CSC), with a count of values before each row."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.sparse.base import Dense, Sparse, unsupported
from pullback.arrays.sparse.coordinates import COO, empty


class Compressed(Sparse):
    """A sparse matrix: `heads` says where each row (of CSC: column) begins, `others` the column (row) of each value.

    Axes before the last of both enumerate a batch of matrices; further axes of `values` are dense ones of the array.

    >>> array = Compressed(np.array([0, 1, 2]), np.array([1, 0]), np.array([5., 6.]), (2, 2), "sparse_csr")
    >>> array.dense()
    array([[0., 5.],
           [6., 0.]])
    """

    __slots__ = ("heads", "layout", "others")

    heads: Dense
    others: Dense

    def __init__(self, heads: Dense, others: Dense, values: Dense, shape: tuple[int, ...], layout: str) -> None:
        self.heads = heads
        self.others = others
        self.values = values
        self.shape = shape
        self.layout = layout

    nnz = property(lambda self: self.others.shape[-1])
    sparse_dim = 2
    dense_dim = property(lambda self: self.values.ndim - self.others.ndim)
    coalesced = True

    def like(self, values: Dense) -> Compressed:
        """Other values in the same places."""
        return Compressed(self.heads, self.others, values, self.shape, self.layout)

    def places(self) -> tuple[Dense, ...]:
        """The index of each value along each sparse axis."""
        *batches, length = self.heads.shape
        count = prod(batches)
        ours = np.repeat(np.tile(np.arange(length - 1), count), np.diff(self.heads).reshape(-1))
        pair = ours, self.others.reshape(-1)
        batch = np.unravel_index(np.repeat(np.arange(count), self.nnz), tuple(batches)) if batches else ()
        return (*batch, *(pair if self.layout == "sparse_csr" else pair[::-1]))

    def coo(self) -> COO:
        """The same array by coordinates."""
        places = np.stack(self.places()).astype(np.int64, copy=False)
        values = self.values.reshape(places.shape[1], *self.values.shape[self.others.ndim :])
        return COO(places, values, self.shape, self.layout == "sparse_csr").unique()

    def dense(self) -> Dense:
        """All elements, in an array of NumPy."""
        return self.coo().dense()

    def at(self, array: Any) -> Dense:
        """What stands in a dense array of the same shape at the places kept here."""
        found = np.asarray(array[self.places()])
        return found.reshape(*self.others.shape, *found.shape[1:])

    def turned(self) -> Compressed:
        """The transpose: the same memory read in the other layout."""
        layout = "sparse_csc" if self.layout == "sparse_csr" else "sparse_csr"
        first = self.others.ndim - 1
        shape = (*self.shape[:first], self.shape[first + 1], self.shape[first], *self.shape[first + 2 :])
        return Compressed(self.heads, self.others, self.values, shape, layout)


def compress(array: Any, layout: str) -> Compressed:
    """A sparse matrix row by row or column by column."""
    if array.layout == layout:
        return array  # type: ignore[no-any-return]
    array = array.coo().unique()
    *batch, row, column = array.indices
    ours, others = (row, column) if layout == "sparse_csr" else (column, row)
    batches = array.shape[: len(batch)]
    length = array.shape[len(batch) + (layout == "sparse_csc")]
    rows = np.ravel_multi_index(tuple(batch), batches) * length + ours if batch else ours
    order = np.argsort(rows, kind="stable")
    counts = np.bincount(rows, minlength=prod(batches) * length).reshape(*batches, length)
    if batch and len(np.unique(counts.sum(-1))) > 1:
        raise RuntimeError("Expect the same number of specified elements per batch.")
    heads = np.zeros((*batches, length + 1), np.int64)
    np.cumsum(counts, axis=-1, out=heads[..., 1:])
    nnz = len(order) // prod(batches) if prod(batches) else 0
    others, values = others[order].reshape(*batches, nnz), array.values[order]
    return Compressed(heads, others, values.reshape(*batches, nnz, *values.shape[1:]), array.shape, layout)


def zeros(shape: tuple[int, ...], dtype: Any, layout: str) -> Sparse:
    """A sparse array without values."""
    if layout == "sparse_coo":
        return empty(shape, dtype)
    if layout not in ("sparse_csr", "sparse_csc") or len(shape) != 2:
        raise unsupported("zeros", layout)
    heads = np.zeros(shape[layout == "sparse_csc"] + 1, np.int64)
    return Compressed(heads, np.zeros(0, np.int64), np.zeros(0, dtype), shape, layout)
