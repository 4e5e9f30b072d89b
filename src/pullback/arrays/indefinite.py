"""Symmetric and Hermitian matrices that need not be definite: ``A = L D Lᵀ`` with pivots, after Bunch and Kaufman.

D has blocks of one or two rows. The layout is LAPACK's for the lower triangle (``sytrf``, ``hetrf``): D and L below it
share one matrix, and a pivot says with which row, counted from 1, a row was exchanged; both rows of a block of two
carry minus the row with which the second was exchanged.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from pullback.arrays.vocabulary import dispatched

_ALPHA = (1 + sqrt(17)) / 8
"""The bound of the growth that one step may bring (Bunch and Kaufman, 1977)."""


def _size(values: Any) -> Any:
    """The magnitude by which LAPACK compares: of complex numbers the sum of the parts' magnitudes."""
    return np.abs(values.real) + np.abs(values.imag) if values.dtype.kind == "c" else np.abs(values)


def _pivot(a: np.ndarray, k: int) -> tuple[int, int]:
    """The row that comes to the front in step `k`, and how many rows the block of D has; 0 rows if there is nothing."""
    n = len(a)
    own = _size(a[k, k])
    if k + 1 == n:
        return k, int(own > 0)
    column = _size(a[k + 1 :, k])
    largest = int(column.argmax())
    row, most = k + 1 + largest, column[largest]
    if max(own, most) == 0:
        return k, 0
    if own >= _ALPHA * most:
        return k, 1
    beside = max(_size(a[row, k:row]).max(), _size(a[row + 1 :, row]).max(initial=0))
    if own >= _ALPHA * most * (most / beside):
        return k, 1
    return row, 1 if _size(a[row, row]) >= _ALPHA * beside else 2


def _exchange(a: np.ndarray, k: int, here: int, there: int, hermitian: bool) -> None:
    """Exchange rows and columns `here` and `there` of what is left from `k` on, of which the lower triangle counts."""
    a[there + 1 :, [here, there]] = a[there + 1 :, [there, here]]
    middle = a[here + 1 : there, here].copy()
    a[here + 1 : there, here] = a[there, here + 1 : there].conj() if hermitian else a[there, here + 1 : there]
    a[there, here + 1 : there] = middle.conj() if hermitian else middle
    a[here, here], a[there, there] = a[there, there], a[here, here]
    if hermitian:
        a[there, here] = np.conj(a[there, here])
    if here > k:
        a[here, k], a[there, k] = a[there, k], a[here, k]


def _eliminate(a: np.ndarray, k: int, width: int, hermitian: bool) -> None:
    """Take the block's share out of the lower triangle behind it, and leave L in its columns."""
    rest, block = a[k + width :, k : k + width], a[k : k + width, k : k + width].copy()
    if width == 2:
        block[0, 1] = np.conj(block[1, 0]) if hermitian else block[1, 0]
    lower = np.linalg.solve(block.T, rest.T).T if rest.size else rest
    share = lower @ (rest.conj().T if hermitian else rest.T)
    a[k + width :, k + width :] -= np.tril(share)
    a[k + width :, k : k + width] = lower


def _factored(a: np.ndarray, hermitian: bool) -> tuple[np.ndarray, np.ndarray, int]:
    """D and L in one matrix, the pivots, and the number of the first zero on D's diagonal, or 0."""
    a = np.tril(a)
    n = len(a)
    if hermitian:
        np.fill_diagonal(a, a.diagonal().real)
    pivots, info, k = np.zeros(n, np.int32), 0, 0
    while k < n:
        row, width = _pivot(a, k)
        last = k + max(width, 1) - 1
        if row != last:
            _exchange(a, k, last, row, hermitian)
        if width:
            _eliminate(a, k, width, hermitian)
        else:
            info = info or k + 1
        pivots[k : last + 1] = -(row + 1) if width == 2 else row + 1
        k = last + 1
    if hermitian:
        np.fill_diagonal(a, a.diagonal().real)
    return a, pivots, info


@dispatched
def factored(array: Any, hermitian: bool) -> tuple[Any, Any, Any]:
    """Of each matrix ``(*, n, n)``, whose lower triangle counts: LD ``(*, n, n)``, pivots ``(*, n)``, info ``(*)``.

    >>> factored(np.array([[0., 0.], [1., 0.]]), False)[1]
    array([-2, -2], dtype=int32)
    """
    batch, n = array.shape[:-2], array.shape[-1]
    found = np.empty_like(array, order="C", subok=False)
    pivots, info = np.empty((*batch, n), np.int32), np.empty(batch, np.int32)
    for place in np.ndindex(batch):
        found[place], pivots[place], info[place] = _factored(array[place], hermitian and array.dtype.kind == "c")
    return found, pivots, info


def _solved(ld: np.ndarray, pivots: np.ndarray, right: np.ndarray, hermitian: bool) -> np.ndarray:
    """X with ``A X = B``: through L, then D, then Lᵀ, with the exchanges on the way."""
    x, n = right.copy(), len(ld)
    turned = np.conj(ld) if hermitian else ld
    starts, k = [], 0
    while k < n:
        width = 1 if pivots[k] > 0 else 2
        starts.append((k, width))
        last, row = k + width - 1, abs(int(pivots[k])) - 1
        x[[last, row]] = x[[row, last]]
        x[k + width :] -= ld[k + width :, k : k + width] @ x[k : k + width]
        block = ld[k : k + width, k : k + width].copy()
        if width == 2:
            block[0, 1] = turned[k + 1, k]
        x[k : k + width] = np.linalg.solve(block, x[k : k + width])
        k += width
    for k, width in reversed(starts):
        x[k : k + width] -= turned[k + width :, k : k + width].T @ x[k + width :]
        last, row = k + width - 1, abs(int(pivots[k])) - 1
        x[[last, row]] = x[[row, last]]
    return x


@dispatched
def solved(array: Any, pivots: Any, right: Any, hermitian: bool) -> Any:
    """X with ``A X = B`` of the matrices that `factored` took apart; the batches broadcast."""
    batch = np.broadcast_shapes(array.shape[:-2], right.shape[:-2])
    array = np.broadcast_to(array, (*batch, *array.shape[-2:]))
    pivots = np.broadcast_to(pivots, (*batch, pivots.shape[-1]))
    right = np.broadcast_to(right, (*batch, *right.shape[-2:]))
    found = np.empty(right.shape, right.dtype)
    for place in np.ndindex(batch):
        found[place] = _solved(array[place], pivots[place], right[place], hermitian and array.dtype.kind == "c")
    return found
