"""LU factorization with partial pivoting of stacked matrices, which NumPy lacks.

The columns are eliminated one by one, over the whole stack at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import dispatched


@dispatched
def lu_factor(array: Any, pivot: bool = True) -> tuple[Any, Any]:
    """L and U in one array (the unit diagonal of L is not stored), and the pivots, counted from 1 as LAPACK does.

    Pivot i says with which row row i was exchanged. A zero pivot leaves a zero on U's diagonal.

    >>> lu_factor(np.array([[1., 2.], [4., 4.]]))
    (array([[4.  , 4.  ],
           [0.25, 1.  ]]), array([2, 2], dtype=int32))
    """
    factors = array.copy(order="C")
    n, m = array.shape[-2:]
    pivots = np.empty((*array.shape[:-2], min(n, m)), np.int32)
    flat, places = factors.reshape(-1, n, m), pivots.reshape(-1, min(n, m))
    rows = np.arange(len(flat))
    for column in range(min(n, m)):
        chosen = np.full(len(flat), column)
        if pivot:
            chosen = column + np.argmax(np.abs(flat[:, column:, column]), axis=1)
            swapped = flat[rows, chosen].copy()
            flat[rows, chosen] = flat[:, column]
            flat[:, column] = swapped
        places[:, column] = chosen + 1
        head = flat[:, column, column, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            flat[:, column + 1 :, column] = np.where(head == 0, flat[:, column + 1 :, column], flat[:, column + 1 :, column] / head)
        flat[:, column + 1 :, column + 1 :] -= flat[:, column + 1 :, column, None] * flat[:, column, None, column + 1 :]
    return factors, pivots


def first_zero_pivot(array: np.ndarray) -> np.ndarray:
    """For each matrix the number (from 1) of the first zero on U's diagonal, or 0."""
    factors, _ = lu_factor(array)
    zero = np.diagonal(factors, axis1=-2, axis2=-1) == 0
    return np.where(zero.any(-1), zero.argmax(-1) + 1, 0).astype(np.int32)


@dispatched
def permutation(pivots: Any, rows: int) -> Any:
    """The order of rows that a list of exchanges leads to, counted from 0.

    >>> permutation(np.array([2, 2], np.int32), 2)
    array([1, 0])
    """
    flat = pivots.reshape(-1, pivots.shape[-1])
    order = np.tile(np.arange(rows), (len(flat), 1))
    each = np.arange(len(flat))
    for step in range(flat.shape[1]):
        other = flat[:, step] - 1
        held = order[each, other].copy()
        order[each, other] = order[:, step]
        order[:, step] = held
    return order.reshape(*pivots.shape[:-1], rows)
