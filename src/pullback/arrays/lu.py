"""LU factorization with partial pivoting of stacked matrices, which NumPy lacks.

The columns are eliminated one by one, over the whole stack at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import dispatched


@dispatched
def lu_factor(array: Any, fused: bool = False) -> tuple[Any, Any, Any]:
    """L and U in one array, the pivots, and the number of the first zero on U's diagonal, or 0.

    The unit diagonal of L is not stored. Pivot i, counted from 1 as LAPACK does, says with which row row i was exchanged.
    `fused`: products are not rounded before they are subtracted, as by LAPACK's FMAs, which seldom leave a zero.

    >>> lu_factor(np.array([[1., 2.], [4., 4.]]))
    (array([[4.  , 4.  ],
           [0.25, 1.  ]]), array([2, 2], dtype=int32), array(0, dtype=int32))
    """
    factors = array.copy(order="C")
    n, m = array.shape[-2:]
    pivots = np.empty((*array.shape[:-2], min(n, m)), np.int32)
    count = int(np.prod(array.shape[:-2]))
    flat, places = factors.reshape(count, n, m), pivots.reshape(count, min(n, m))
    rows = np.arange(count)
    wide = (
        np.promote_types(array.dtype, np.float64 if array.dtype.itemsize < 8 else np.longdouble)
        if fused
        else array.dtype
    )
    for column in range(min(n, m)):
        chosen = column + np.argmax(_size(flat[:, column:, column]), axis=1)
        swapped = flat[rows, chosen].copy()
        flat[rows, chosen] = flat[:, column]
        flat[:, column] = swapped
        places[:, column] = chosen + 1
        head = flat[:, column, column, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            below = flat[:, column + 1 :, column]
            flat[:, column + 1 :, column] = np.where(head == 0, below, below / head)
        taken = flat[:, column + 1 :, column, None].astype(wide, copy=False) * flat[:, column, None, column + 1 :]
        flat[:, column + 1 :, column + 1 :] = flat[:, column + 1 :, column + 1 :] - taken
    return factors, pivots, _zero_pivot(factors)


def _size(array: np.ndarray) -> np.ndarray:
    """By what LAPACK compares pivots: of complex numbers the sum of the parts' absolute values."""
    return np.abs(array.real) + np.abs(array.imag) if array.dtype.kind == "c" else np.abs(array)


def _zero_pivot(factors: np.ndarray) -> np.ndarray:
    """For each factorization the number (from 1) of the first zero on U's diagonal, or 0."""
    diagonal = np.diagonal(factors, axis1=-2, axis2=-1)
    zero = np.concatenate([diagonal == 0, np.ones((*diagonal.shape[:-1], 1), bool)], -1)
    first = zero.argmax(-1)
    return np.asarray(np.where(first < diagonal.shape[-1], first + 1, 0), np.int32)


@dispatched
def permutation(pivots: Any, rows: int) -> Any:
    """The order of rows that a list of exchanges leads to, counted from 0.

    >>> permutation(np.array([2, 2], np.int32), 2)
    array([1, 0])
    """
    count = int(np.prod(pivots.shape[:-1]))
    flat = pivots.reshape(count, pivots.shape[-1])
    order = np.tile(np.arange(rows), (count, 1))
    each = np.arange(count)
    for step in range(flat.shape[1]):
        other = flat[:, step] - 1
        held = order[each, other].copy()
        order[each, other] = order[:, step]
        order[:, step] = held
    return order.reshape(*pivots.shape[:-1], rows)


@dispatched
def permutation_matrix(pivots: Any, rows: int, dtype: Any) -> Any:
    """P with ``A = P L U`` from LAPACK's list of exchanges."""
    order = permutation(pivots, rows)
    matrix = np.zeros((*order.shape, rows), dtype)
    np.put_along_axis(matrix, order[..., None, :], 1, -2)
    return matrix
