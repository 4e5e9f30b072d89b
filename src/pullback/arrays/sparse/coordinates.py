"""The coordinate layout: each value with its place, ``indices[:, n]``, in any order; places may come twice."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.sparse.base import Dense, Sparse, unsupported


class COO(Sparse):
    """A sparse array by coordinates; what stands at a place is the sum of all its values.

    The first ``len(indices)`` axes are sparse, those of `values` after its first are dense. `coalesced` says that the
    places are in C order, each once.

    >>> array = COO(np.array([[0, 1, 0]]), np.array([1., 2., 3.]), (3,))
    >>> array.dense(), array.unique().values
    (array([4., 2., 0.]), array([4., 2.]))
    """

    __slots__ = ("coalesced", "indices")

    layout = "sparse_coo"
    indices: Dense
    coalesced: bool

    def __init__(self, indices: Dense, values: Dense, shape: tuple[int, ...], coalesced: bool = False) -> None:
        self.indices = indices
        self.values = values
        self.shape = shape
        self.coalesced = coalesced or len(values) < 2

    nnz = property(lambda self: self.indices.shape[1])
    sparse_dim = property(lambda self: len(self.indices))
    dense_dim = property(lambda self: self.values.ndim - 1)

    def like(self, values: Dense) -> COO:
        """Other values in the same places."""
        return COO(self.indices, values, self.shape, self.coalesced)

    def coo(self) -> COO:
        """The array itself."""
        return self

    def keys(self) -> Dense:
        """A number for each place: how many places come before it in C order."""
        found = np.zeros(self.nnz, np.int64)
        for index, length in zip(self.indices, self.shape):
            found = found * length + index
        return found

    def rows(self, values: Dense) -> Dense:
        """A dense array with one row for each place there is, zero but for `values`, summed where places repeat."""
        count = int(np.prod(self.shape[: self.sparse_dim], dtype=np.int64))
        out = np.zeros((count, *values.shape[1:]), values.dtype)
        if self.coalesced:
            out[self.keys()] = values
        else:
            np.add.at(out, self.keys(), values)
        return out

    def dense(self) -> Dense:
        """All elements, in an array of NumPy."""
        return self.rows(self.values).reshape(self.shape)

    def unique(self) -> COO:
        """The same array with each place once, in C order."""
        if self.coalesced:
            return self
        keys = self.keys()
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
        values = np.add.reduceat(self.values[order], starts, axis=0).astype(self.dtype, copy=False)
        return COO(self.indices[:, order[starts]], values, self.shape, True)

    def at(self, array: Any) -> Dense:
        """What stands in a dense array of the same shape (or more dense axes) at the places kept here."""
        return np.asarray(array[tuple(self.indices)])


def empty(shape: tuple[int, ...], dtype: Any, sparse_dim: int | None = None) -> COO:
    """An array of zeros that keeps none of them."""
    axes = len(shape) if sparse_dim is None else sparse_dim
    return COO(np.zeros((axes, 0), np.int64), np.zeros((0, *shape[axes:]), dtype), shape, True)


def from_dense(array: Any, sparse_dim: int | None = None) -> COO:
    """The elements of a dense array that are not zero; with `sparse_dim` the rows that have one."""
    axes = array.ndim if sparse_dim is None else sparse_dim
    array = np.asarray(array)
    used = array != 0 if axes == array.ndim else (array != 0).any(axis=tuple(range(axes, array.ndim)))
    if not axes:
        found = COO(
            np.zeros((0, int(used.any())), np.int64), array[None] if used.any() else array[None][:0], array.shape
        )
        return found
    indices = np.array(np.nonzero(used), np.int64)
    return COO(indices, array[tuple(indices)], array.shape, True)


def coordinates(array: Any) -> COO:
    """A sparse array of any layout by coordinates."""
    if not isinstance(array, Sparse):
        raise unsupported("coalesce", "strided")
    return array.coo()  # type: ignore[no-any-return]
