"""Matrix products over a batch: one large product wherever an operand is the same for all examples."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.batched.array import BatchedArray, payload_at, ranked
from pullback.arrays.products import product
from pullback.arrays.vocabulary import conj, reshape, swapaxes
from pullback.later import later

(blocks,) = later("pullback.arrays", "blocks")


def matmul(a: Any, b: Any) -> Any:
    """``a @ b`` of one example: vectors, matrices, stacks of matrices."""
    level = max(each.level for each in (a, b) if each.__class__ is BatchedArray)
    left, right = payload_at(a, level), payload_at(b, level)
    if right is None:
        found = _times_shared(left, b)
    elif left is None:
        found = _shared_times(a, right)
    else:
        found = _both(left, right)
    return BatchedArray(found, level)


def _times_shared(left: Any, b: Any) -> Any:
    """Rows of all examples meet the matrix at once: ``(B, *, k) @ (k, n)``."""
    if b.ndim > 2:
        if left.ndim > 2:
            return product(ranked(left, b.ndim), b)
        return product(left[(slice(None), *(None,) * (b.ndim - 1))], b)[..., 0, :]
    if left.ndim <= 2:
        return product(left, b)
    shape = left.shape
    found = product(reshape(left, (prod(shape[:-1]), shape[-1])), b)
    return reshape(found, (*shape[:-1], *found.shape[1:]))


def _shared_times(a: Any, right: Any) -> Any:
    if right.ndim == 2:  # vectors: they are the rows of a matrix
        if a.ndim <= 2:
            return product(right, swapaxes(a, -1, -2) if a.ndim == 2 else a)
        return product(a, right[(slice(None), *(None,) * (a.ndim - 2), slice(None), None)])[..., 0]
    if a.ndim == 1:
        return product(a, right)
    if a.ndim == 2 and right.ndim == 3 and right.shape[-1] == 1:
        return product(right[..., 0], swapaxes(a, -1, -2))[..., None]
    return product(a, ranked(right, a.ndim))


def _both(left: Any, right: Any) -> Any:
    if left.ndim == right.ndim == 2:
        return np.add.reduce(left * right, axis=1)
    if left.ndim == 2:
        return product(left[(slice(None), *(None,) * (right.ndim - 2))], right)[..., 0, :]
    if right.ndim == 2:
        wide = right[(slice(None), *(None,) * (left.ndim - 3), slice(None), None)]
        return product(left, wide)[..., 0]
    ndim = max(left.ndim, right.ndim) - 1
    if left.shape[-1] == 1 and left.dtype.kind in "fc":
        return outer(ranked(left, ndim), ranked(right, ndim))
    return product(ranked(left, ndim), ranked(right, ndim))


_LARGE, _HUGE = 1 << 18, 1 << 22


def outer(columns: Any, rows: Any) -> Any:
    """Columns ``(*, m, 1)`` times rows ``(*, 1, n)``, for which BLAS would be called one by one; large ones on all cores."""
    if columns.__class__ is rows.__class__ is np.ndarray and columns.dtype.kind in "fc":
        size = columns.size * rows.shape[-1]
        if size < _LARGE:
            return _outer(columns, rows)
        return blocks.in_blocks(_outer, columns, rows, writes=True, steps=int(size < _HUGE))
    return columns * rows


def _outer(columns: Any, rows: Any, out: Any = None) -> Any:
    """Short rows are NumPy's weakness: 256x64x64 take 0.9 ms as a product with broadcasting, and 0.4 here."""
    return np.einsum("...m,...n->...mn", columns[..., 0], rows[..., 0, :], out=out)


def vecdot(a: Any, b: Any, axis: int = -1) -> Any:
    """The inner product along the last axis, the first operand conjugated."""
    return np.add.reduce(conj(a) * b, axis=axis)
