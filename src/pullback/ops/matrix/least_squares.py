"""Least squares."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.products import adjoint, product
from pullback.arrays.systems import pseudo_inverse
from pullback.graph.inplace import spoken
from pullback.graph.levels import example_by_example
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.graph.tensor_base import wrap
from pullback.ops.matrix.checks import broadcast
from pullback.ops.matrix.linalg_checks import NOT_FINITE, LinAlgError
from pullback.ops.matrix.singular import _pinv_rule, pinv
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors
from pullback.return_types import return_type

_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def pseudo_inverse_of(array: V, rtol: Any) -> V:
    """`pseudo_inverse` on tensors."""
    return pinv(array, rtol=rtol)


def _rule(
    grads: Any, A: V, B: V, results: Any, rtol: Any, vector: bool, with_residuals: bool, needs: Any
) -> tuple[V | None, V | None]:
    """X = A⁺ B, so B̄ = A⁺ᴴ X̄ and Ā is that of the pseudo-inverse; residuals add 2 (A X - B) times their cotangent."""
    grad, solution = grads[0], results[0]
    if vector:
        grad, solution, B = grad[..., None], solution[..., None], B[..., None]
    inverse = pseudo_inverse(A, rtol)
    on_right = product(adjoint(inverse), grad)
    on_matrix = _pinv_rule(product(grad, adjoint(B)), A, inverse)
    if with_residuals:
        rest = (product(A, solution) - B) * (2 * grads[1][..., None, :])
        on_right = on_right - rest
        on_matrix = on_matrix + product(rest, adjoint(solution))
    return on_matrix if needs[0] else None, (on_right[..., 0] if vector else on_right) if needs[1] else None


@general(node="LinalgLstsqBackward0", outputs=2, joint=_rule, over=("A", "B"), uses=(0,))
def _lstsq(A: V, B: V, rtol: Any, vector: bool, with_residuals: bool) -> V:
    right = B[..., None] if vector else B
    solution = product(np.linalg.pinv(A, rcond=rtol), right)
    residuals = np.zeros((0,), np.abs(A).dtype)
    if with_residuals:
        residuals = np.add.reduce(np.abs(right - product(A, solution)) ** 2, axis=-2)
    return (solution[..., 0] if vector else solution), residuals


def _check(a: Any, b: Any, driver: str) -> bool:
    """Whether B holds vectors; raises where the operands do not fit."""
    name = "torch.linalg.lstsq"
    if a.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if b.ndim < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype {spoken(a.dtype)} and other's "
            f"dtype {spoken(b.dtype)}"
        )
    if a.dtype.kind in "biu" or a.dtype.itemsize == 2:
        raise RuntimeError("This function doesn't handle types other than float and double")
    if not 0 <= a.ndim - b.ndim <= 1:
        raise RuntimeError(
            f"{name}: input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) <= 1"
        )
    vector = b.ndim == 1 or (a.ndim - 1 == b.ndim and b.shape == a.shape[:-1])
    if a.ndim - b.ndim == 1 and not vector:
        broadcast(a.shape[: b.ndim - 1] + b.shape[-1:], b.shape)
    if a.shape[-2] != b.shape[-1 if vector else -2]:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size({-1 if vector else -2})")
    if driver not in _DRIVERS:
        raise RuntimeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    return vector


@example_by_example
@asks_for_tensors
def lstsq(input: V, b: V, rcond: Any = None, *, driver: str | None = None, out: Any = None) -> Any:
    """X that makes ``|A X - B|`` least, and of all those the shortest.

    Args:
        input: A, ``(*, m, n)``. Float, double or complex.
        b: ``(*, m, k)``, or vectors ``(*, m)``.
        rcond: singular values not above this part of the largest count as zero; by default the dtype's precision times
            the larger side.
        driver: which LAPACK routine to imitate: ``"gelsy"`` (the default), ``"gelsd"``, ``"gelss"`` (these two also
            return residuals and singular values), ``"gels"`` (for matrices of full rank only).

    Returns ``(solution, residuals, rank, singular_values)``; those the driver does not give are empty. Residuals, the sums
    of squares of ``A X - B``, are given if ``m > n`` and every matrix has full rank.
    Raises ``RuntimeError`` where operands do not fit.
    """
    driver = driver or "gelsy"
    a = input._array
    vector = _check(a, b._array, driver)
    rtol = np.finfo(a.dtype).eps * max(a.shape[-2:]) if rcond is None else rcond
    point = a
    while hasattr(point, "terms"):  # the rank of a series is that at its point
        point = point.terms[0]._array
    try:
        values = np.linalg.svd(point, compute_uv=False)
    except np.linalg.LinAlgError:
        raise LinAlgError(NOT_FINITE.replace("svd", "lstsq")) from None
    largest = values.max(-1, initial=0)[..., None]
    rank = np.add.reduce(values > rtol * largest, axis=-1, dtype=np.int64)
    full = bool((np.asarray(rank) == a.shape[-1]).all())
    if driver == "gels" and not bool((np.asarray(rank) == min(a.shape[-2:])).all()):
        raise LinAlgError(
            "torch.linalg.lstsq: The least squares solution could not be computed because the input matrix does not have "
            f"full rank (error code: {int(np.min(rank)) + 1})."
        )
    with_residuals = driver != "gelsy" and a.shape[-2] > a.shape[-1] and full
    solution, residuals = _lstsq(input, b, rtol, vector, with_residuals)
    none = np.zeros((0,), values.dtype)
    result = return_type("linalg_lstsq", "solution", "residuals", "rank", "singular_values")(
        solution,
        residuals,
        wrap(np.zeros((0,), np.int64) if driver == "gels" else rank),
        wrap(values if driver in ("gelsd", "gelss") else none),
    )
    return result if out is None else store("linalg_lstsq", out, result)
