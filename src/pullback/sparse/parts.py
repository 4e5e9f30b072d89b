"""What a sparse tensor says of itself: its indices, its values, how many there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.arrays.sparse import COO, empty, unsupported
from pullback.graph.inplace import store
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.versions import bump
from pullback.sparse.places import coalesced, is_sparse, values_of

_SPOKEN = {"sparse_coo": "Sparse", "sparse_csr": "SparseCsr", "sparse_csc": "SparseCsc"}
_KINDS = {
    "sparse_coo": "sparse coordinate",
    "sparse_csr": "sparse row compressed",
    "sparse_csc": "sparse column compressed",
}


def _layout(tensor: Any) -> Any:
    return getattr(tensor._array, "layout", None)


def check_layout(tensor: Any, name: str, *layouts: str) -> Any:
    """The array of a tensor that has one of `layouts`; ``RuntimeError`` for another."""
    if _layout(tensor) not in layouts:
        wanted = _KINDS[layouts[0]] if len(layouts) == 1 else "sparse"
        got = _SPOKEN.get(_layout(tensor), "Strided")
        raise RuntimeError(f"{name} expected {wanted} tensor layout but got {got}")
    return tensor._array


def _only_sparse(tensor: Any, name: str) -> Any:
    if not isinstance(tensor._array, COO):
        raise unsupported(name, _layout(tensor) or "strided")
    return tensor._array


def _coalesced(tensor: Any, name: str) -> Any:
    array = check_layout(tensor, name, "sparse_coo")
    if not array.coalesced:
        raise RuntimeError(f"Cannot get {name} on an uncoalesced tensor, please call .coalesce() first")
    return array


def indices(self: Any) -> Any:
    """The places of the values, ``(sparse_dim, nnz)``, of a coalesced tensor."""
    return wrap(_coalesced(self, "indices").indices)


def values(self: Any) -> Any:
    """The values, ``(nnz, *)``, of a coalesced tensor; gradients flow through them.

    Raises ``RuntimeError`` for a dense tensor, and for one that is not coalesced.
    """
    if _layout(self) == "sparse_coo":
        _coalesced(self, "values")
    else:
        check_layout(self, "values", *_SPOKEN)
    return values_of(self)


def _indices(self: Any) -> Any:
    """The places of the values as they are."""
    return wrap(_only_sparse(self, "_indices").indices)


def _values(self: Any) -> Any:
    """The values as they are, outside of the graph."""
    return wrap(_only_sparse(self, "_values").values)


def _nnz(self: Any) -> int:
    """How many values there are."""
    if not is_sparse(self):
        raise unsupported("_nnz", "strided")
    return int(self._array.nnz)


def coalesce(self: Any) -> Any:
    """The tensor with each place once, values of one place added, in order; itself if it is so already."""
    return self if check_layout(self, "coalesce", "sparse_coo").coalesced else coalesced(self)


def is_coalesced(self: Any) -> bool:
    """Whether each place comes once, in order."""
    return bool(check_layout(self, "is_coalesced", "sparse_coo").coalesced)


def _coalesced_(self: Any, coalesced: bool) -> Any:
    """Say whether it is coalesced."""
    _only_sparse(self, "_coalesced_").coalesced = coalesced
    return self


def sparse_dim(self: Any) -> int:
    """How many axes are sparse: 0 of a dense tensor."""
    return int(self._array.sparse_dim) if is_sparse(self) else 0


def dense_dim(self: Any) -> int:
    """How many axes are dense: all of a dense tensor."""
    return int(self._array.dense_dim if is_sparse(self) else self._array.ndim)


def _accessor(name: str, layout: str, field: str, doc: str) -> Callable[[Any], Any]:
    def read(self: Any) -> Any:
        return wrap(getattr(check_layout(self, name, layout), field))

    read.__name__ = read.__qualname__ = name
    read.__doc__ = doc
    return read


crow_indices = _accessor("crow_indices", "sparse_csr", "heads", "Where each row begins in the values.")
col_indices = _accessor("col_indices", "sparse_csr", "others", "The column of each value.")
ccol_indices = _accessor("ccol_indices", "sparse_csc", "heads", "Where each column begins in the values.")
row_indices = _accessor("row_indices", "sparse_csc", "others", "The row of each value.")


def sparse_resize_(self: Any, size: Any, sparse_dim: int, dense_dim: int) -> Any:
    """Give the tensor another size, in place; what it holds must fit."""
    array = _only_sparse(self, "sparse_resize_")
    if array.nnz and (array.sparse_dim != sparse_dim or array.dense_dim != dense_dim):
        raise RuntimeError(
            f"changing the number of sparse dimensions (from {array.sparse_dim} to {sparse_dim}) or dense dimensions (from "
            f"{array.dense_dim} to {dense_dim}) on a non-empty sparse tensor is not supported."
        )
    if not array.nnz:
        return _replace(self, empty(tuple(size), array.dtype, sparse_dim))
    if any(new < old for new, old in zip(size, array.shape)):
        raise RuntimeError("shrinking the size of sparse dimensions on a non-empty sparse tensor is not supported.")
    values = np.zeros((array.nnz, *size[sparse_dim:]), array.dtype)
    values[tuple(slice(0, n) for n in array.values.shape)] = array.values
    return _replace(self, COO(array.indices, values, tuple(size), array.coalesced))


def sparse_resize_and_clear_(self: Any, size: Any, sparse_dim: int, dense_dim: int) -> Any:
    """Give the tensor another size and no values, in place."""
    array = _only_sparse(self, "sparse_resize_and_clear_")
    return _replace(self, empty(tuple(size), array.dtype, sparse_dim))


def _replace(tensor: TensorBase, array: COO) -> Any:
    bump(tensor)
    tensor._array[...] = array
    return tensor


def copy_(self: Any, source: Any) -> Any:
    """Take over the elements of another sparse tensor, in place."""
    store(self, source, self)
    return self
