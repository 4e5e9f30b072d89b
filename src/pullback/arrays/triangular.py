"""Triangular matrices of raw arrays: systems of equations, and Cholesky's factor."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import dispatched

_BLOCK = 64
"""Below this size a system goes to LAPACK whole; above it the triangle is halved and BLAS does the work."""


def triangle(array: Any, upper: bool, unit: bool = False) -> Any:
    """The lower or upper triangle of stacked matrices, zeros elsewhere; with `unit` there are ones on the diagonal."""
    if unit:
        strict = np.triu(array, 1) if upper else np.tril(array, -1)
        return strict + np.eye(array.shape[-1])
    return np.triu(array) if upper else np.tril(array)


@dispatched
def solve_triangular(array: Any, right: Any, upper: bool, unit: bool = False) -> Any:
    """X with ``A X = B`` where A is one triangle of `array` and B is `right`, both stacked matrices.

    A zero on the diagonal gives infinities, not an error.

    >>> solve_triangular(np.array([[2., 9.], [4., 1.]]), np.array([[2.], [5.]]), upper=False)
    array([[1.],
           [1.]])
    """
    n = array.shape[-1]
    batch = np.broadcast_shapes(array.shape[:-2], right.shape[:-2])
    if right.shape[:-2] != batch:
        right = np.broadcast_to(right, (*batch, *right.shape[-2:]))
    if n <= _BLOCK:
        return _solve_small(array, right, upper, unit)
    half = n // 2
    first, last = (slice(half, n), slice(0, half)) if upper else (slice(0, half), slice(half, n))
    solved = np.empty_like(right)
    solved[..., first, :] = solve_triangular(array[..., first, first], right[..., first, :], upper, unit)
    rest = right[..., last, :] - array[..., last, first] @ solved[..., first, :]
    solved[..., last, :] = solve_triangular(array[..., last, last], rest, upper, unit)
    return solved


def _solve_small(array: np.ndarray, right: np.ndarray, upper: bool, unit: bool) -> np.ndarray:
    masked = triangle(array, upper, unit).astype(array.dtype, copy=False)
    try:
        return np.linalg.solve(masked, right)
    except np.linalg.LinAlgError:
        return _substitute(masked, right, upper)


def _substitute(array: np.ndarray, right: np.ndarray, upper: bool) -> np.ndarray:
    """Row by row, so that a zero on the diagonal gives infinities where they belong."""
    n = array.shape[-1]
    solved = np.zeros_like(right)
    with np.errstate(divide="ignore", invalid="ignore"):
        for row in reversed(range(n)) if upper else range(n):
            known = slice(row + 1, n) if upper else slice(0, row)
            rest = right[..., row, :] - (array[..., row, None, known] @ solved[..., known, :])[..., 0, :]
            solved[..., row, :] = rest / array[..., row, row, None]
    return solved


@dispatched
def cholesky(array: Any) -> tuple[Any, Any]:
    """L with ``A = L Lᴴ`` from the lower triangle of `array`, and for each matrix the order of the first leading minor
    that is not positive, or 0; L is of no use then.

    >>> cholesky(np.array([[4., 0.], [2., 5.]]))
    (array([[2., 0.],
           [1., 2.]]), array(0, dtype=int32))
    """
    info = np.zeros(array.shape[:-2], np.int32)
    try:
        found = np.linalg.cholesky(array)
    except np.linalg.LinAlgError:
        pass
    else:
        if not np.isnan(found[..., -1:, -1:]).any():  # where what is no number ends up
            return found, info
    factors = np.zeros_like(array)
    for place in np.ndindex(info.shape):
        factors[place], info[place] = _cholesky_by_column(array[place])
    return factors, info


def _cholesky_by_column(matrix: np.ndarray) -> tuple[np.ndarray, int]:
    """The factor column by column up to where it fails."""
    try:
        found = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        pass
    else:
        if not np.isnan(found[-1:, -1:]).any():
            return found, 0
    factor = np.tril(matrix)
    for j in range(len(matrix)):
        row = factor[j, :j]
        pivot = factor[j, j].real - (row @ row.conj()).real
        if not pivot > 0:
            return factor, j + 1
        factor[j, j] = np.sqrt(pivot)
        factor[j + 1 :, j] = (factor[j + 1 :, j] - factor[j + 1 :, :j] @ row.conj()) / factor[j, j]
    return factor, 0
