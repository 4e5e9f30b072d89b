"""Systems of linear equations, inverses and determinants of raw arrays.

NumPy's solvers raise for a whole stack if one matrix in it is singular; here each matrix has its own report.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.lu import lu_factor, permutation
from pullback.arrays.triangular import solve_triangular
from pullback.arrays.vocabulary import dispatched, swapaxes


def turned(matrix: Any) -> Any:
    """The transpose of stacked matrices."""
    return swapaxes(matrix, -1, -2)


def solve_from(A: Any, B: Any, left: bool) -> Any:
    """X with ``A X = B``, or ``X A = B``; it is infinite where A is singular."""
    if not left:
        return turned(solve_from(turned(A), turned(B), True))
    try:
        return np.linalg.solve(A, B)
    except np.linalg.LinAlgError:
        return _by_factors(A, B)[0]


@dispatched
def solution(array: Any, right: Any, left: bool) -> tuple[Any, Any]:
    """`solve_from`, and for each matrix the number of the first zero pivot, or 0."""
    if not left:
        found, info = solution(turned(array), turned(right), True)
        return turned(found), info
    try:
        found = np.linalg.solve(array, right)
        return found, np.zeros(found.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        return _by_factors(array, right)


def _by_factors(array: Any, right: Any) -> tuple[Any, Any]:
    """`solution` where some matrix is singular, or nearly: the pivots that are reported are those divided by."""
    factors, pivots, info = lu_factor(array, fused=True)
    batch = np.broadcast_shapes(array.shape[:-2], right.shape[:-2])
    order = np.broadcast_to(permutation(pivots, array.shape[-1]), (*batch, array.shape[-1]))
    right = np.take_along_axis(np.broadcast_to(right, (*batch, *right.shape[-2:])), order[..., None], -2)
    found = solve_triangular(factors, solve_triangular(factors, right, False, True), True)
    return found, np.broadcast_to(info, batch).copy()


@dispatched
def inverse(array: Any) -> tuple[Any, Any]:
    """The inverses of stacked matrices, and for each the number of the first zero pivot, or 0; as of `solution`."""
    try:
        return np.linalg.inv(array), np.zeros(array.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        return _by_factors(array, np.eye(array.shape[-1], dtype=array.dtype))


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
