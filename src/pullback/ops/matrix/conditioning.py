"""How near a matrix is to losing rank: its rank within a tolerance, its condition number."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from pullback.graph.levels import example_by_example
from pullback.graph.out import store
from pullback.graph.tensor_base import wrap
from pullback.ops.matrix.linalg_checks import NOT_FINITE, LinAlgError, check_matrices, check_square
from pullback.ops.matrix.singular import cutoff, svdvals, tolerance
from pullback.ops.matrix.solving import inv_ex
from pullback.ops.numpy_words import numpy_names
from pullback.ops.reduction.norms import matrix_norm
from pullback.ops.typing import V


@example_by_example
@numpy_names
def matrix_rank(
    A: V,
    tol: Any = None,
    hermitian: bool = False,
    *,
    atol: Any = None,
    rtol: Any = None,
    out: V | None = None,
) -> V:
    """How many singular values are above ``max(atol, rtol * largest)``: ``(*, m, n) -> (*)``, int64.

    By default `rtol` is the larger side times the dtype's precision. `tol` is an absolute tolerance. With `hermitian` only
    the lower triangle is read. Not differentiable.

    >>> import pullback as torch
    >>> torch.linalg.matrix_rank(torch.ones(3, 3))
    tensor(1)
    """
    array = A._array
    check_matrices("torch.linalg.matrix_rank", array, "input")
    if array.dtype.kind in "biu" or array.dtype.itemsize == 2:
        raise RuntimeError("This function doesn't handle types other than float and double")
    if tol is not None:
        atol, rtol = tol, 0.0
    name = "torch.linalg.matrix_rank"
    atol, rtol = tolerance(name, "atol", atol), tolerance(name, "rtol", rtol)
    if hermitian:
        check_square("linalg.eigh", array)
        values = np.abs(np.linalg.eigvalsh(array))
    else:
        try:
            values = np.linalg.svd(array, compute_uv=False)
        except np.linalg.LinAlgError:
            raise LinAlgError(NOT_FINITE) from None
    least = cutoff(values, array.shape, atol, rtol)
    result = wrap(np.add.reduce(values > np.asarray(least)[..., None], axis=-1, dtype=np.int64))
    return result if out is None else store("linalg_matrix_rank", out, result)


@numpy_names
def cond(A: V, p: Any = None, *, out: V | None = None) -> V:
    """Condition number: the norm of a matrix times that of its inverse, ``(*, n, n) -> (*)``.

    Args:
        p: the norm: `None`, 2, -2 (the ratio of the extreme singular values, also of matrices that are not square),
            ``"fro"``, ``"nuc"``, 1, -1, ``inf``, ``-inf``.

    A singular matrix has an infinite one. Raises ``RuntimeError`` for another norm.

    >>> import pullback as torch
    >>> torch.linalg.cond(torch.tensor([[2., 0.], [0., 1.]]))
    tensor(2.)
    """
    if A._array.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    result = _cond(A, p)
    return result if out is None else store("linalg_cond", out, result)


def _cond(A: Any, p: Any) -> Any:
    if p is None or p in (2, -2):
        values = svdvals(A)
        if not values._array.shape[-1]:
            return A.new_zeros(A._array.shape[:-2]).abs()
        first, last = values[..., :1], values[..., -1:]
        return ((last / first) if p == -2 else (first / last)).squeeze(-1)
    if p not in ("fro", "nuc", 1, -1, inf, -inf):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    check_square(f"linalg.cond(ord={p})", A._array)
    if not A._array.shape[-1]:
        return A.new_zeros(A._array.shape[:-2]).abs()
    if p == "nuc":
        values = svdvals(A)
        return values.sum(-1) * values.reciprocal().sum(-1)
    inverse, info = inv_ex(A)
    inverse = inverse.masked_fill((info != 0)[..., None, None], inf)
    return (matrix_norm(A, p) * matrix_norm(inverse, p)).nan_to_num(nan=inf, posinf=inf, neginf=-inf)
