"""Cholesky's factorization of a Hermitian positive definite matrix, and systems solved with it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.arrays.products import adjoint, product
from pullback.arrays.triangular import cholesky as factorize, solve_triangular
from pullback.graph.once import outside
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.ops.matrix.linalg_checks import check_floating, check_info, check_square
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors
from pullback.return_types import return_type

_NOT_POSITIVE = (
    "The factorization could not be completed because the input is not positive-definite (the leading minor of order "
    "{number} is not positive-definite)."
)


def _rule(grad: V, factor: V, upper: bool) -> V:
    """From dA = dL Lᴴ + L dLᴴ:  Ā = L⁻ᴴ M L⁻¹, where M is the lower triangle of Lᴴ L̄ made Hermitian, halved."""
    if upper:
        grad, factor = adjoint(grad), adjoint(factor)
    raised = adjoint(factor)
    inner = product(raised, grad)
    middle = (np.tril(inner) + adjoint(np.tril(inner, -1))) / 2
    left = solve_triangular(raised, middle, True)
    return adjoint(solve_triangular(raised, adjoint(left), True))


def _push(d_input: V, results: Any, upper: bool) -> tuple[V, None]:
    """The same forward:  dL = L N, where N is the lower triangle of L⁻¹ dA L⁻ᴴ with half its diagonal."""
    factor = adjoint(results[0]) if upper else results[0]
    left = solve_triangular(factor, d_input, False)
    inner = adjoint(solve_triangular(factor, adjoint(left), False))
    pushed = product(factor, (np.tril(inner) + np.tril(inner, -1)) / 2)
    return (adjoint(pushed) if upper else pushed), None


def _factor(input: Any, upper: bool) -> tuple[Any, Any]:
    factor, info = factorize(adjoint(input) if upper else input)
    return (adjoint(factor) if upper else factor), info


@general(
    node="LinalgCholeskyExBackward0",
    outputs=2,
    input=lambda grad, results, upper: _rule(grad, results[0], upper),
    jvp=_push,
)
def _cholesky_ex(input: V, upper: bool) -> V:
    return _factor(input, upper)


@general(
    node="CholeskyBackward0", outputs=2, input=lambda grad, results, upper: _rule(grad, results[0], upper), jvp=_push
)
def _cholesky(input: V, upper: bool) -> V:
    return _factor(input, upper)


@asks_for_tensors
def cholesky_ex(input: V, *, upper: bool = False, check_errors: bool = False, out: Any = None) -> Any:
    """`linalg.cholesky` that reports failure instead of raising.

    Returns ``(L, info)``: `info` is int32 with the shape of the batch, 0 or the order of the first leading minor that is
    not positive.
    """
    check_square("linalg.cholesky", input._array)
    check_floating("linalg.cholesky", input._array, "cholesky_cpu")
    factor, info = _cholesky_ex(input, upper)
    if check_errors:
        check_info("linalg.cholesky_ex", info._array, _NOT_POSITIVE)
    result = return_type("linalg_cholesky_ex", "L", "info")(factor, info)
    return result if out is None else store("linalg_cholesky_ex", out, result)


@asks_for_tensors
def linalg_cholesky(input: V, *, upper: bool = False, out: V | None = None) -> V:
    """The lower triangular L with ``A = L Lᴴ``; with `upper` its adjoint.

    Args:
        input: ``(*, n, n)``, Hermitian and positive definite; only its lower (or `upper`) triangle is read. Float,
            double or complex.

    Raises ``LinAlgError`` if a matrix is not positive definite, ``RuntimeError`` if it is not square.
    The gradient is symmetric. See I. Murray, "Differentiation of the Cholesky decomposition", 2016.

    >>> import pullback as torch
    >>> torch.linalg.cholesky(torch.tensor([[4., 2.], [2., 5.]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    check_square("linalg.cholesky", input._array)
    check_floating("linalg.cholesky", input._array, "cholesky_cpu")
    factor, info = _cholesky_ex(input, upper)
    check_info("linalg.cholesky", info._array, _NOT_POSITIVE)
    return factor if out is None else store("linalg_cholesky", out, factor)


@asks_for_tensors
def cholesky(input: V, upper: bool = False, *, out: V | None = None) -> V:
    """`linalg.cholesky` under its former name; warns."""
    warnings.warn(
        "torch.cholesky is deprecated in favor of torch.linalg.cholesky and will be removed in a future PyTorch release.\n"
        "L = torch.cholesky(A)\nshould be replaced with\nL = torch.linalg.cholesky(A)\nand\n"
        "U = torch.cholesky(A, upper=True)\nshould be replaced with\nU = torch.linalg.cholesky(A).mH\n"
        "This transform will produce equivalent results for all valid (symmetric positive definite) inputs.",
        UserWarning,
        stacklevel=outside(),
    )
    check_square("cholesky", input._array)
    check_floating("cholesky", input._array, "cholesky_cpu")
    factor, info = _cholesky(input, upper)
    check_info("cholesky", info._array, _NOT_POSITIVE)
    return factor if out is None else store("cholesky", out, factor)
