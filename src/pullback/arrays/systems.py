"""Systems of linear equations, inverses and determinants of raw arrays.

NumPy's solvers raise for a whole stack if one matrix in it is singular; here each matrix has its own report.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.lu import first_zero_pivot
from pullback.arrays.vocabulary import dispatched, swapaxes


def turned(matrix: Any) -> Any:
    """The transpose of stacked matrices."""
    return swapaxes(matrix, -1, -2)


def solve_from(A: Any, B: Any, left: bool) -> Any:
    """X with ``A X = B``, or ``X A = B``, from NumPy's solver."""
    if left:
        return np.linalg.solve(A, B)
    return turned(np.linalg.solve(turned(A), turned(B)))


@dispatched
def solution(array: Any, right: Any, left: bool) -> tuple[Any, Any]:
    """X with ``A X = B``, or ``X A = B``, and for each matrix the number of the first zero pivot; X is NaN then."""
    try:
        found = solve_from(array, right, left)
        return found, np.zeros(found.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        info = np.broadcast_to(first_zero_pivot(array), np.broadcast_shapes(array.shape[:-2], right.shape[:-2]))
        return np.full((*info.shape, *right.shape[-2:]), np.nan, array.dtype), info.copy()


@dispatched
def inverse(array: Any) -> tuple[Any, Any]:
    """The inverses of stacked matrices, and for each the number of the first zero pivot, or 0; it is infinite then."""
    try:
        return np.linalg.inv(array), np.zeros(array.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        info = first_zero_pivot(array)
    safe = np.where((info == 0)[..., None, None], array, np.eye(array.shape[-1], dtype=array.dtype))
    return np.where((info == 0)[..., None, None], np.linalg.inv(safe), np.inf).astype(array.dtype), info


@dispatched
def pseudo_inverse(array: Any, rtol: Any) -> Any:
    """Moore and Penrose's pseudo-inverse."""
    return np.linalg.pinv(array, rcond=rtol)


@dispatched
def cofactors(array: Any) -> Any:
    """The derivative of the determinant with respect to each element: ``det(A) A⁻ᵀ``, also of a singular matrix.

    >>> cofactors(np.array([[1., 2.], [2., 4.]]))
    array([[ 4., -2.],
           [-2.,  1.]])
    """
    determinant = np.linalg.det(array)
    if (determinant != 0).all():
        return determinant[..., None, None] * np.linalg.inv(array).swapaxes(-1, -2)
    left, values, right = np.linalg.svd(array)
    n = array.shape[-1]
    others = np.stack([np.delete(values, i, -1).prod(-1) for i in range(n)], -1)
    sign = np.linalg.det(left) * np.linalg.det(right)
    found = (left * others[..., None, :]) @ right
    return np.conj(found) * sign[..., None, None]
