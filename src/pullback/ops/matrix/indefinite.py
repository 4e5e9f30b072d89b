"""Factorization of symmetric and Hermitian matrices that need not be definite: `torch.linalg.ldl_factor` and its kin."""

from __future__ import annotations

from typing import Any

from pullback.arrays import indefinite
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.ops.matrix.linalg_checks import check_floating, check_info, check_square
from pullback.ops.numpy_words import numpy_names
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors
from pullback.return_types import return_type


def _underived(name: str) -> Any:
    """The rule of an operator whose derivative PyTorch does not have either."""

    def rule(grads: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return rule


@general(outputs=3, A=_underived("linalg_ldl_factor_ex"))
def _ldl_factor_ex(A: V, hermitian: bool) -> V:
    return indefinite.factored(A, hermitian)  # type: ignore[no-any-return]


def _no_solve_rule(grad: Any) -> Any:
    raise RuntimeError("derivative for aten::linalg_ldl_solve is not implemented")


@general(LD=_no_solve_rule, B=_no_solve_rule)
def _ldl_solve(LD: V, pivots: V, B: V, hermitian: bool) -> V:
    return indefinite.solved(LD, pivots, B, hermitian)


def _checked_factor(name: str, A: Any, hermitian: bool, check_errors: bool) -> Any:
    check_square("torch.linalg.ldl_factor_ex", A._array)
    check_floating("torch.linalg.ldl_factor_ex", A._array, "ldl_factor_kernel_cpu")
    found = _ldl_factor_ex(A, hermitian)
    if check_errors:
        check_info(name, found[2]._array, "D has a zero on its diagonal: row {number}.")
    return found


@numpy_names
def ldl_factor_ex(A: V, *, hermitian: bool = False, check_errors: bool = False, out: Any = None) -> Any:
    """`ldl_factor` without raising: returns ``(LD, pivots, info)``, info ``(*)`` being 0 or the row of D's first zero."""
    found = _checked_factor("torch.linalg.ldl_factor_ex", A, hermitian, check_errors)
    result = return_type("linalg_ldl_factor_ex", "LD", "pivots", "info")(*found)
    return result if out is None else store("linalg_ldl_factor_ex", out, result)


@numpy_names
def ldl_factor(A: V, *, hermitian: bool = False, out: Any = None) -> Any:
    """``A = L D Lᵀ`` of symmetric matrices ``(*, n, n)``, with `hermitian` ``A = L D Lᴴ``; the lower triangle counts.

    Returns ``(LD, pivots)`` in LAPACK's compact form, for `ldl_solve`. There is no derivative. Raises ``RuntimeError`` for
    other shapes or dtypes, or where D is singular.

    >>> import pullback as torch
    >>> torch.linalg.ldl_factor(torch.tensor([[2., 0.], [4., 3.]])).pivots
    tensor([2, 2], dtype=torch.int32)
    """
    found = _checked_factor("torch.linalg.ldl_factor", A, hermitian, True)
    result = return_type("linalg_ldl_factor", "LD", "pivots")(*found[:2])
    return result if out is None else store("linalg_ldl_factor", out, result)


@asks_for_tensors
def ldl_solve(LD: V, pivots: V, B: V, *, hermitian: bool = False, out: V | None = None) -> V:
    """X with ``A X = B``, where `ldl_factor` took A apart: ``(*, n, n), (*, n), (*, n, k) -> (*, n, k)``.

    The batches broadcast. There is no derivative. Raises ``RuntimeError`` where shapes or dtypes do not fit.

    >>> import pullback as torch
    >>> LD, pivots = torch.linalg.ldl_factor(torch.tensor([[2., 0.], [0., 4.]]))
    >>> torch.linalg.ldl_solve(LD, pivots, torch.ones(2, 1))
    tensor([[0.5000],
            [0.2500]])
    """
    factors, right, places = LD._array, B._array, pivots._array
    if right.ndim < 2:
        raise IndexError(f"torch.linalg.ldl_solve: B must have at least 2 dimensions, but has {right.ndim}")
    check_square("torch.linalg.ldl_solve", factors)
    if factors.shape[-1] != right.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for torch.linalg.ldl_solve: each A matrix is {factors.shape[-1]} by "
            f"{factors.shape[-1]} but each b matrix is {right.shape[-2]} by {right.shape[-1]}"
        )
    if places.shape != factors.shape[:-1]:
        raise RuntimeError(
            "torch.linalg.ldl_solve: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{list(places.shape)} instead"
        )
    if places.dtype.kind not in "iu":
        raise RuntimeError(f"torch.linalg.ldl_solve: Expected pivots to be integers. Got {spoken(places.dtype)}")
    if right.dtype != factors.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {spoken(right.dtype)} and A of type "
            f"{spoken(factors.dtype)} instead."
        )
    result = _ldl_solve(LD, pivots, B, hermitian)
    return result if out is None else store("linalg_ldl_solve", out, result)
