"""LU factorization with partial pivoting, and systems solved with it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.arrays.lu import lu_factor as factorize, permutation_matrix
from pullback.arrays.products import adjoint, product
from pullback.arrays.triangular import solve_triangular, triangle
from pullback.graph.inplace import spoken
from pullback.graph.once import outside
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.graph.tensor_base import wrap
from pullback.ops.matrix.linalg_checks import (
    check_matrices,
    check_same_dtype,
    check_square,
    check_system,
    first_failure,
)
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors
from pullback.return_types import return_type


def _lower(factors: Any) -> Any:
    """L of a factorization: what is below the diagonal, ones on it, as many columns as rows at most."""
    n, m = factors.shape[-2:]
    return np.tril(factors[..., : min(n, m)], -1) + np.eye(n, min(n, m), dtype=bool)


def _upper(factors: Any) -> Any:
    n, m = factors.shape[-2:]
    return np.triu(factors[..., : min(n, m), :])


def _factor_rule(on_lower: Any, on_upper: Any, lower: Any, upper: Any, order: Any) -> Any:
    """Of A = P L U, square: Ā = P L⁻ᴴ (strictly lower of Lᴴ L̄ + upper of Ū Uᴴ) U⁻ᴴ; a tall or wide one sends the share of
    its rest, A2 = L2 U or A2 = L U2, through the square part."""
    n, m = lower.shape[-2], upper.shape[-1]
    k = min(n, m)
    rest = None
    if n > m:
        rest = _from_right(upper, on_lower[..., k:, :])
        on_upper = on_upper - product(adjoint(lower[..., k:, :]), rest)
    elif m > n:
        rest = solve_triangular(adjoint(lower), on_upper[..., k:], True, True)
        on_lower = on_lower - product(rest, adjoint(upper[..., k:]))
    lower, upper, on_lower, on_upper = lower[..., :k, :], upper[..., :k], on_lower[..., :k, :], on_upper[..., :k]
    inner = np.tril(product(adjoint(lower), on_lower), -1) + np.triu(product(on_upper, adjoint(upper)))
    found = _from_right(upper, solve_triangular(adjoint(lower), inner, True, True))
    if rest is not None:
        found = np.concatenate([found, rest], -2 if n > m else -1)
    return product(order, found)


def _from_right(upper: Any, right: Any) -> Any:
    """``right U⁻ᴴ`` for the square part of an upper triangular U."""
    k = upper.shape[-2]
    return adjoint(solve_triangular(upper[..., :k], adjoint(right), True))


def _lu_factor_rule(grads: Any, results: Any) -> V:
    factors, pivots = results[:2]
    grad = grads[0]
    n, m = factors.shape[-2:]
    on_lower, on_upper = np.tril(grad[..., : min(n, m)], -1), np.triu(grad[..., : min(n, m), :])
    order = permutation_matrix(pivots, n, factors.dtype)
    return _factor_rule(on_lower, on_upper, _lower(factors), _upper(factors), order)


@general(node="LinalgLuFactorExBackward0", outputs=3, A=_lu_factor_rule, uses=(0, 1))
def _lu_factor_ex(A: V) -> V:
    return factorize(A)


def _checked(name: str, A: Any, pivot: bool) -> Any:
    array = A._array
    if array.ndim < 2:
        raise RuntimeError(f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(array.shape)} instead")
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    if array.dtype.kind in "biu" or array.dtype.itemsize == 2:
        raise NotImplementedError(f"\"lu_cpu\" not implemented for '{spoken(array.dtype)}'")
    return _lu_factor_ex(A)


@asks_for_tensors
def lu_factor_ex(A: V, *, pivot: bool = True, check_errors: bool = False, out: Any = None) -> Any:
    """`linalg.lu_factor` that reports a zero pivot instead of raising: ``(LU, pivots, info)``."""
    factors, pivots, info = _checked("torch.lu_factor", A, pivot)
    if check_errors:
        _check_pivots("torch.linalg.lu_factor_ex", info)
    result = return_type("linalg_lu_factor_ex", "LU", "pivots", "info")(factors, pivots, info)
    return result if out is None else store("linalg_lu_factor_ex", out, result)


def _check_pivots(name: str, info: Any) -> None:
    failure = first_failure(info._array)
    if failure is not None:
        place, number = failure
        raise RuntimeError(
            f"{name}: {place}U[{number},{number}] is zero and using it on lu_solve would result in a division by zero. If "
            "you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, "
            "pivot)"
        )


@asks_for_tensors
def lu_factor(A: V, *, pivot: bool = True, out: Any = None) -> Any:
    """L and U of ``A = P L U`` in one matrix, and the rows that were exchanged, as LAPACK gives them: ``(LU, pivots)``.

    Shapes: ``(*, m, n) -> (*, m, n), (*, min(m, n))``; the unit diagonal of L is not stored, `pivots` (int32) count from 1.
    Raises ``RuntimeError`` for a zero pivot.
    """
    factors, pivots, info = _checked("torch.lu_factor", A, pivot)
    _check_pivots("torch.linalg.lu_factor", info)
    result = return_type("linalg_lu_factor", "LU", "pivots")(factors, pivots)
    return result if out is None else store("linalg_lu_factor", out, result)


def _lu_rule(grads: Any, results: Any) -> V:
    return _factor_rule(grads[1], grads[2], results[1], results[2], results[0])


@general(node="LinalgLuBackward0", outputs=3, A=_lu_rule)
def _lu(A: V) -> V:
    factors, pivots, _ = factorize(A)
    return permutation_matrix(pivots, A.shape[-2], A.dtype), _lower(factors), _upper(factors)


@asks_for_tensors
def linalg_lu(A: V, *, pivot: bool = True, out: Any = None) -> Any:
    """``A = P L U``: a permutation, a lower triangular matrix with unit diagonal, an upper triangular one.

    Shapes: ``(*, m, n) -> (*, m, m), (*, m, k), (*, k, n)`` with ``k = min(m, n)``.

    >>> import pullback as torch
    >>> P, L, U = torch.linalg.lu(torch.tensor([[1., 2.], [4., 4.]]))
    >>> P @ L @ U
    tensor([[1., 2.],
            [4., 4.]])
    """
    array = A._array
    if array.ndim < 2 or not pivot or array.dtype.kind in "biu" or array.dtype.itemsize == 2:
        _checked("linalg.lu", A, pivot)
    order, lower, upper = _lu(A)
    order._requires_grad, order._maker = False, None  # a permutation is constant
    result = return_type("linalg_lu", "P", "L", "U")(order, lower, upper)
    return result if out is None else store("linalg_lu", out, result)


def _unpack_rule(grads: Any, LU_data_shape: Any) -> V:
    n, m = LU_data_shape[-2:]
    k = min(n, m)
    on_lower, on_upper = np.tril(grads[0], -1), np.triu(grads[1])
    if n > m:
        pad = np.zeros_like(on_lower[..., k:, :])
        return on_lower + np.concatenate([on_upper, pad], -2)
    if m > n:
        pad = np.zeros_like(on_upper[..., k:])
        return np.concatenate([on_lower, pad], -1) + on_upper
    return on_lower + on_upper


@general(node="LuUnpackBackward0", outputs=2, LU_data=_unpack_rule)
def _unpack(LU_data: V) -> V:
    return _lower(LU_data), _upper(LU_data)


@asks_for_tensors
def lu_unpack(
    LU_data: V, LU_pivots: V, unpack_data: bool = True, unpack_pivots: bool = True, *, out: Any = None
) -> Any:
    """``(P, L, U)`` from what `linalg.lu_factor` returns; those not asked for are empty."""
    if LU_pivots._array.dtype != np.int32:
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this function "
            "is intended to be used with the output produced by torch.linalg.lu_factor"
        )
    rows, numbers = LU_data._array.shape[-2], LU_pivots._array
    if unpack_pivots and numbers.size and not (numbers.min() >= 1 and numbers.max() <= rows):
        raise RuntimeError(
            "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive."
            "Did you properly pass the result of lu_factor?"
        )
    nothing = LU_data.new_zeros((0,))
    lower, upper = _unpack(LU_data) if unpack_data else (nothing, nothing)
    order = nothing
    if unpack_pivots:
        order = _order(LU_pivots, LU_data)
    result = return_type("lu_unpack", "P", "L", "U")(order, lower, upper)
    return result if out is None else store("lu_unpack", out, result)


def _order(pivots: Any, factors: Any) -> Any:
    """The permutation matrix that belongs to a factorization."""
    array = factors._array
    return permutation_of(pivots, array.shape[-2], array.dtype)


def permutation_of(pivots: V, rows: int, dtype: Any) -> V:
    """`permutation_matrix` on tensors."""
    kind = getattr(dtype, "numpy", dtype)
    return wrap(permutation_matrix(pivots._array, rows, kind))


def _solved(factors: Any, order: Any, right: Any, adjointed: bool) -> Any:
    """X with ``P L U X = right``, or with the adjoint of that."""
    if adjointed:
        middle = solve_triangular(adjoint(factors), right, False)
        return product(order, solve_triangular(adjoint(factors), middle, True, True))
    middle = solve_triangular(factors, product(adjoint(order), right), False, True)
    return solve_triangular(factors, middle, True)


def _lu_solve_rule(
    grad: V, LU: V, pivots: V, B: V, result: V, left: bool, adjointed: bool, needs: Any
) -> tuple[V | None, V | None]:
    """As for any system, Ā = -B̄ Xᴴ, whose share of L and U follows from A = P L U."""
    order = permutation_matrix(pivots, LU.shape[-2], LU.dtype)
    if not left:  # X A = B is Aᴴ Xᴴ = Bᴴ
        grad, result, adjointed = adjoint(grad), adjoint(result), not adjointed
    right = _solved(LU, order, grad, not adjointed)
    on_factors = None
    if needs[0]:
        on_matrix = -product(right, adjoint(result))
        if adjointed:
            on_matrix = adjoint(on_matrix)
        turned = product(adjoint(order), on_matrix)
        lower, upper = triangle(LU, False, True), np.triu(LU)
        on_factors = np.tril(product(turned, adjoint(upper)), -1) + np.triu(product(adjoint(lower), turned))
    return on_factors, (right if left else adjoint(right)) if needs[1] else None


@general(node="LinalgLuSolveBackward0", joint=_lu_solve_rule, over=("LU", "B"))
def _lu_solve(LU: V, pivots: V, B: V, left: bool, adjointed: bool) -> V:
    order = permutation_matrix(pivots, LU.shape[-2], LU.dtype)
    if left:
        return _solved(LU, order, B, adjointed)
    return adjoint(_solved(LU, order, adjoint(B), not adjointed))


@asks_for_tensors
def linalg_lu_solve(LU: V, pivots: V, B: V, *, left: bool = True, adjoint: bool = False, out: V | None = None) -> V:
    """X with ``A X = B`` (``X A = B`` if not `left`) for the A that `linalg.lu_factor` factorized; with `adjoint` for Aᴴ.

    Raises ``RuntimeError`` where shapes or dtypes do not fit.
    """
    a, b = LU._array, B._array
    check_square("torch.linalg.lu_solve", a)
    check_matrices("linalg.lu_solve", b, "B")
    check_same_dtype("linalg.lu_solve", a, b, "LU", "B")
    if pivots._array.dtype != np.int32:
        raise RuntimeError("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32")
    check_system("linalg.lu_solve", a, b, left)
    if pivots._array.shape[-1:] != a.shape[-1:]:
        raise RuntimeError("linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix")
    result = _lu_solve(LU, pivots, B, left, adjoint)
    return result if out is None else store("linalg_lu_solve", out, result)


@asks_for_tensors
def lu_solve(input: V, LU_data: V, LU_pivots: V, *, out: V | None = None) -> V:
    """`linalg.lu_solve` with its arguments in the former order; warns."""
    warnings.warn(
        "torch.lu_solve is deprecated in favor of torch.linalg.lu_solveand will be removed in a future PyTorch release.\n"
        "Note that torch.linalg.lu_solve has its arguments reversed.\nX = torch.lu_solve(B, LU, pivots)\nshould be "
        "replaced with\nX = torch.linalg.lu_solve(LU, pivots, B)",
        UserWarning,
        stacklevel=outside(),
    )
    return linalg_lu_solve(LU_data, LU_pivots, input, out=out)


@asks_for_tensors
def lu(A: V, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """`linalg.lu_factor` under its former name: ``(LU, pivots)``, and with `get_infos` the numbers of zero pivots; warns."""
    warnings.warn(
        "torch.lu is deprecated in favor of torch.linalg.lu_factor / torch.linalg.lu_factor_ex and will be removed in a "
        "future PyTorch release.\nLU, pivots = torch.lu(A, compute_pivots)\nshould be replaced with\nLU, pivots = "
        "torch.linalg.lu_factor(A, compute_pivots)\nand\nLU, pivots, info = torch.lu(A, compute_pivots, get_infos=True)\n"
        "should be replaced with\nLU, pivots, info = torch.linalg.lu_factor_ex(A, compute_pivots)",
        UserWarning,
        stacklevel=outside(),
    )
    factors, pivots, info = _checked("torch.lu_factor", A, pivot)
    if not get_infos:
        _check_pivots("torch.linalg.lu_factor", info)
    result = (factors, pivots, info) if get_infos else (factors, pivots)
    return result if out is None else store("lu", out, result)
