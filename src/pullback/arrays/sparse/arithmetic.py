"""Ufuncs on sparse arrays: what keeps zero at zero works on the values; sums and products match places."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from pullback.arrays.quotients import truncated_quotient
from pullback.arrays.sparse.base import FUNCTIONS, UFUNCS, Dense, Sparse, unsupported
from pullback.arrays.sparse.compressed import compress
from pullback.arrays.sparse.coordinates import COO

_LINEAR = (np.negative, np.positive, np.conjugate)
_KEEPING_ZERO = (
    np.absolute, np.sign, np.sqrt, np.square, np.sin, np.tan, np.sinh, np.tanh, np.arcsin, np.arctan, np.arcsinh,
    np.arctanh, np.expm1, np.log1p, np.floor, np.ceil, np.trunc, np.rint, np.deg2rad, np.rad2deg, np.isnan, np.isinf,
    np.signbit,
)  # fmt: skip

DENSE_LAST = "add(sparse, dense) is not supported. Use add(dense, sparse) instead."


_LONG = 100_000
"""More values than this in no order are put one after the other: walking through them would take a tenth of a second."""


def _on_values(ufunc: Any, linear: bool) -> Any:
    """A ufunc on the values; unless it is linear, on those of places that come once."""

    def apply(array: Any) -> Any:
        array = array if linear else array.unique()
        return array.like(ufunc(array.values))

    return apply


def merged(a: COO, b: COO) -> COO:
    """The sum of two arrays. Their places are gone through side by side, as PyTorch does; equal ones become one."""
    if a.sparse_dim != b.sparse_dim:
        raise RuntimeError(
            f"add: expected 'self' and 'other' to have same number of sparse dimensions, but {a.sparse_dim} != {b.sparse_dim}"
        )
    if not a.nnz or not b.nnz:
        found = a if a.nnz else b
        return found.like(found.values)
    if np.array_equal(a.indices, b.indices):
        return COO(a.indices, a.values + b.values, a.shape, a.coalesced and b.coalesced)
    first, second = a.keys(), b.keys()
    in_order = all((keys[1:] >= keys[:-1]).all() for keys in (first, second))
    if not in_order and len(first) + len(second) > _LONG:
        return COO(np.concatenate([a.indices, b.indices], 1), np.concatenate([a.values, b.values]), a.shape)
    ours, theirs, count = (_ranks if in_order else _walk)(first, second)
    indices = np.empty((a.sparse_dim, count), np.int64)
    values = np.zeros((count, *a.values.shape[1:]), np.result_type(a.values, b.values))
    indices[:, ours], indices[:, theirs] = a.indices, b.indices
    values[ours] = a.values
    values[theirs] += b.values
    return COO(indices, values, a.shape, a.coalesced and b.coalesced)


def _ranks(first: Dense, second: Dense) -> tuple[Dense, Dense, int]:
    """Where the places of two lists in order come in their union; of equal ones the n-th of both meet."""
    width = max(len(first), len(second))
    tags = [keys * width + np.arange(len(keys)) - np.searchsorted(keys, keys) for keys in (first, second)]
    union = np.union1d(*tags)
    return np.searchsorted(union, tags[0]), np.searchsorted(union, tags[1]), len(union)


def _walk(first: Dense, second: Dense) -> tuple[Dense, Dense, int]:
    """The same for lists in any order: the lower of the two next places goes first."""
    (one, other), (ours, theirs) = (first.tolist(), second.tolist()), ([], [])
    i = j = count = 0
    while i < len(one) or j < len(other):
        ahead = 1 if i == len(one) else -1 if j == len(other) else (one[i] > other[j]) - (one[i] < other[j])
        if ahead <= 0:
            ours.append(count)
            i += 1
        if ahead >= 0:
            theirs.append(count)
            j += 1
        count += 1
    return np.array(ours, np.intp), np.array(theirs, np.intp), count


def add(a: Any, b: Any) -> Any:
    """The sum of two sparse arrays, or of a dense one and a sparse one, which is dense."""
    if isinstance(a, Sparse) and isinstance(b, Sparse):
        if a.shape != b.shape:
            raise RuntimeError(
                f"add: expected sizes of 'self' and 'other' to match, but {list(a.shape)} != {list(b.shape)}"
            )
        total = merged(a.coo(), b.coo())
        return total if a.layout == "sparse_coo" else compress(total, a.layout)
    dense, array = (b, a) if isinstance(a, Sparse) else (a, b)
    if np.ndim(dense) == 0 or (dense is b and array.layout == "sparse_coo" and not _asked_by_graph()):
        raise RuntimeError(DENSE_LAST)
    out = np.array(np.broadcast_to(dense, array.shape), np.result_type(dense.dtype, array.dtype))
    scatter_add(out, array)
    return out


def _asked_by_graph() -> bool:
    """Whether the engine adds, where dense cotangents may follow sparse ones, and not an operator."""
    frame: Any = sys._getframe(1)
    while str(frame.f_globals.get("__name__")).startswith(("pullback.arrays.sparse", "numpy")):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__")).startswith("pullback.graph.")


def scatter_add(memory: Dense, array: Any, factor: Any = 1) -> None:
    """Add ``factor`` times a sparse array to dense memory, touching only the places that it keeps."""
    array = array.coo()
    values = array.values if factor == 1 else array.values * factor
    if array.coalesced:
        memory[tuple(array.indices)] += values
    else:
        np.add.at(memory, tuple(array.indices), values)


def subtract(a: Any, b: Any) -> Any:
    """The difference, of the kinds that `add` takes."""
    if not isinstance(b, Sparse) and a.layout != "sparse_coo":
        raise RuntimeError(f"unsupported tensor layout: {a.layout.title().replace('_', '')}")
    return add(a, UFUNCS[np.negative](b) if isinstance(b, Sparse) else -b)


def multiply(a: Any, b: Any) -> Any:
    """The product, which keeps the places of the sparse factor, or those that two sparse ones share."""
    if isinstance(a, Sparse) and isinstance(b, Sparse):
        return _shared(a, b)
    array, other = (a, b) if isinstance(a, Sparse) else (b, a)
    if np.ndim(other):
        if np.ndim(other) > array.ndim:
            raise unsupported("mul.out", array.layout)
        other = array.at(np.broadcast_to(other, array.shape))
    return array.like(array.values * other)


def _shared(a: Any, b: Any) -> Any:
    if a.shape != b.shape:
        raise RuntimeError(
            f"mul: expected 'self' and 'other' to have same sizes, but {list(a.shape)} != {list(b.shape)}"
        )
    layout = a.layout
    a, b = a.coo(), b.coo()
    if not np.array_equal(a.indices, b.indices) or a.unique().nnz != a.nnz:
        a, b = a.unique(), b.unique()
        _, ours, theirs = np.intersect1d(a.keys(), b.keys(), assume_unique=True, return_indices=True)
        a, b = (COO(x.indices[:, n], x.values[n], x.shape, True) for x, n in ((a, ours), (b, theirs)))
    found = a.like(a.values * b.values)
    return found if layout == "sparse_coo" else compress(found, layout)


def divide(a: Any, b: Any, ufunc: Any = np.true_divide) -> Any:
    """A sparse array over a number."""
    if not isinstance(a, Sparse) or isinstance(b, Sparse) or np.ndim(b):
        raise RuntimeError(
            f"Sparse division requires a scalar or zero-dim dense tensor divisor (got shape {list(b.shape)} for divisor)"
        )
    a = a if ufunc is np.true_divide else a.unique()
    return a.like(ufunc(a.values, b))


def power(a: Any, b: Any) -> Any:
    """A sparse array to the power of a positive number."""
    if not isinstance(a, Sparse) or np.ndim(b) or not b > 0:
        raise unsupported("pow.Tensor_Scalar", (a if isinstance(a, Sparse) else b).layout)
    a = a.unique()
    return a.like(a.values**b)


def maximum(a: Any, b: Any) -> Any:
    """``maximum(array, 0)``, which is relu."""
    if not isinstance(a, Sparse) or np.ndim(b) or b != 0:
        raise unsupported("maximum", (a if isinstance(a, Sparse) else b).layout)
    a = a.unique()
    return a.like(np.maximum(a.values, b))


def not_equal(a: Any, b: Any) -> Any:
    """Where an array is not zero, or not equal to itself; there is no other comparison that keeps zero at zero."""
    if a is not b and (not isinstance(a, Sparse) or isinstance(b, Sparse) or np.ndim(b) or b != 0):
        raise unsupported("ne.Tensor", (a if isinstance(a, Sparse) else b).layout)
    same, a = a is b, a.unique()
    return a.like(a.values != (a.values if same else b))


def equal(a: Any, b: Any) -> Any:
    """Where an array equals a number other than zero."""
    if not isinstance(a, Sparse) or isinstance(b, Sparse) or np.ndim(b) or b == 0:
        raise unsupported("eq.Tensor", (a if isinstance(a, Sparse) else b).layout)
    a = a.unique()
    return a.like(a.values == b)


def threshold_backward(grad: Any, array: Any, threshold: Any) -> Any:
    """The cotangent of relu and its kin: `grad` where the array is above the threshold, among its places."""
    if not isinstance(grad, Sparse):
        return np.where(array.dense() <= threshold, grad.dtype.type(0), grad)
    grad, array = grad.coo().unique(), array.coo().unique()
    if not np.array_equal(grad.indices, array.indices):
        raise unsupported("threshold_backward", grad.layout)
    return grad.like(np.where(array.values <= threshold, grad.dtype.type(0), grad.values))


UFUNCS.update({np.equal: equal, np.not_equal: not_equal})
FUNCTIONS["threshold_backward"] = threshold_backward
UFUNCS.update({ufunc: _on_values(ufunc, True) for ufunc in _LINEAR})
UFUNCS.update({ufunc: _on_values(ufunc, False) for ufunc in _KEEPING_ZERO})
UFUNCS.update({np.add: add, np.subtract: subtract, np.multiply: multiply, np.true_divide: divide})
UFUNCS[np.floor_divide] = lambda a, b: divide(a, b, np.floor_divide)
FUNCTIONS["truncated_quotient"] = lambda a, b: divide(a, b, lambda x, y: truncated_quotient(x, np.asarray(y)))
UFUNCS.update({np.power: power, np.maximum: maximum})
FUNCTIONS["scatter_add"] = scatter_add
