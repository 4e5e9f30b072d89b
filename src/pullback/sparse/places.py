"""The operators that everything here is made of: values put in places, values read at places, all places written out.

They are each other's derivatives. A rule may call them on arrays as on tensors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.sparse import COO, Sparse, compress, from_dense
from pullback.arrays.sparse.coordinates import coordinates
from pullback.graph.operator import general
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.typing import V


def array_of(value: Any) -> Any:
    """The array of a tensor; an array as it is."""
    return value._array if isinstance(value, TensorBase) else value


def is_sparse(value: Any) -> bool:
    """Whether a tensor or array is sparse."""
    return isinstance(array_of(value), Sparse)


def read(array: Any, pattern: Any) -> Any:
    """What stands in an array, dense or sparse, at the places of `pattern`: one row for each."""
    if not isinstance(array, Sparse):
        return pattern.at(array)
    ours, theirs = coordinates(array), pattern.coo()
    if (
        array.layout == pattern.layout == "sparse_coo"
        and ours.coalesced
        and np.array_equal(ours.indices, theirs.indices)
    ):
        return array.values
    ours = ours.unique()
    if not isinstance(pattern, COO):  # its own order counts, which `coo` may change
        return pattern.at(ours.dense())
    keys, wanted = ours.keys(), theirs.keys()
    found = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    if not len(keys):
        return np.zeros((len(wanted), *ours.values.shape[1:]), ours.dtype)
    there = (keys[found] == wanted).reshape(-1, *(1,) * ours.dense_dim)
    return np.where(there, ours.values[found], 0).astype(ours.dtype, copy=False)


@general(node="ValuesBackward0", input=lambda grad, pattern: with_values(pattern, grad))
def values_at(input: V, pattern: V) -> V:
    """What stands in `input` at the places of `pattern`."""
    return read(input, pattern)


@general(node="SparseCooTensorWithDimsAndTensorsBackward0", values=lambda grad, pattern: values_at(grad, pattern))
def with_values(pattern: V, values: V) -> V:
    """`values` in the places of `pattern`."""
    return pattern.like(values)


@general(node="SparseCompressedTensorBackward0", values=lambda grad, pattern: values_at(grad, pattern))
def compressed_with_values(pattern: V, values: V) -> V:
    """`with_values` for the compressed layouts."""
    return pattern.like(values)


@general(node="ValuesBackward0", input=lambda grad, input: with_values(input, grad))
def values_of(input: V) -> V:
    """The values alone."""
    return input.values


@general(node="CoalesceBackward0", input=lambda grad: grad)
def coalesced(input: V) -> V:
    """Each place once, in order."""
    return input.unique()


def masked(value: Any, pattern: Any) -> Any:
    """`value`, a tensor or an array, at the places of `pattern` in order, zero elsewhere: a sparse one."""
    places = array_of(pattern)
    if not places.coalesced:
        found = places.unique()
        places = COO(found.indices, found.values, found.shape)  # in order, but as PyTorch's it does not say so
    return sparse_mask_(value, wrap(places) if isinstance(pattern, TensorBase) else places)


def _dense_rule(grad: V, input: V, keeps_mask: bool) -> V:
    return masked(grad, input) if keeps_mask else grad


@general(node="ToDenseBackward0", input=_dense_rule)
def written_out(input: V, keeps_mask: bool) -> V:
    """All elements, zeros too; the cotangent is sparse if `keeps_mask`."""
    return input.dense()


def densely(value: Any) -> Any:
    """A tensor or array with all its elements."""
    return written_out(value, True) if is_sparse(value) else value


@general(node="SparseMaskBackward0", input=lambda grad, mask: densely(masked(grad, mask)))
def sparse_mask_(input: V, mask: V) -> V:
    """See `sparse_mask`."""
    if input.shape != mask.shape:
        raise RuntimeError(
            f"sparse_mask(): operands have incompatible sizes; self has size {list(input.shape)} but mask has size "
            f"{list(mask.shape)}"
        )
    return mask.like(read(input, mask))


def _in_layout(array: Any, layout: str, dense_dim: int = 0) -> Any:
    if not isinstance(array, Sparse):
        array = from_dense(array, array.ndim - dense_dim)
    return array.coo() if layout == "sparse_coo" else compress(array, layout)


def _back(grad: V, input: V) -> V:
    """A cotangent in the layout of the input."""
    return masked(grad, input) if is_sparse(input) else densely(grad)


@general(node="ToSparseBackward0", input=_back)
def to_rows(input: V, sparse_dim: int) -> V:
    """The slices along the first `sparse_dim` axes that are not zero."""
    return from_dense(input, sparse_dim)


@general(node="ToSparseBackward1", input=_back)
def to_layout(input: V, layout: str, dense_dim: int) -> V:
    """`input` in a sparse layout."""
    return _in_layout(input, layout, dense_dim)


@general(node="ToSparseCsrBackward0", input=_back)
def to_csr(input: V, dense_dim: int) -> V:
    """`input` row by row."""
    return _in_layout(input, "sparse_csr", dense_dim)


@general(node="ToSparseCscBackward0", input=_back)
def to_csc(input: V, dense_dim: int) -> V:
    """`input` column by column."""
    return _in_layout(input, "sparse_csc", dense_dim)
