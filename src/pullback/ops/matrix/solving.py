"""Systems of linear equations, and the inverse."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.arrays.products import adjoint, product
from pullback.arrays.systems import inverse, solution, solve_from, turned
from pullback.arrays.triangular import solve_triangular as solve_triangle
from pullback.arrays.vocabulary import swapaxes
from pullback.graph.once import outside
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.ops.matrix.checks import broadcast
from pullback.ops.matrix.linalg_checks import (
    check_floating,
    check_info,
    check_matrices,
    check_same_dtype,
    check_square,
    check_system,
)
from pullback.ops.numpy_words import numpy_names
from pullback.ops.pointwise.kinds import unsupported
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors
from pullback.return_types import return_type

_SINGULAR = (
    "The diagonal element {number} is zero, the inversion could not be completed because the input matrix is singular."
)


@general(
    node="LinalgInvExBackward0",
    outputs=2,
    A=lambda grad, results: -product(adjoint(results[0]), product(grad, adjoint(results[0]))),
)
def _inv_ex(A: V) -> V:
    return inverse(A)


@asks_for_tensors
def inv_ex(A: V, *, check_errors: bool = False, out: Any = None) -> Any:
    """`linalg.inv` that reports failure instead of raising: ``(inverse, info)``, `info` 0 or the first zero pivot."""
    check_square("linalg.inv_ex" if check_errors else "linalg.inv", A._array)
    check_floating("linalg.inv", A._array)
    inverted, info = _inv_ex(A)
    if check_errors:
        check_info("linalg.inv_ex", info._array, _SINGULAR)
    result = return_type("linalg_inv_ex", "inverse", "info")(inverted, info)
    return result if out is None else store("linalg_inv_ex", out, result)


@asks_for_tensors
def inv(A: V, *, out: V | None = None) -> V:
    """The inverse of a square matrix, or of each of ``(*, n, n)``.

    Float, double or complex. Raises ``LinAlgError`` for a singular matrix, ``RuntimeError`` for one that is not square.

    >>> import pullback as torch
    >>> torch.linalg.inv(torch.tensor([[2., 0.], [0., 4.]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    check_square("linalg.inv", A._array)
    check_floating("linalg.inv", A._array)
    inverted, info = _inv_ex(A)
    check_info("linalg.inv", info._array, _SINGULAR)
    return inverted if out is None else store("linalg_inv", out, inverted)


def inverse_function(input: V, *, out: V | None = None) -> V:
    """`linalg.inv` under its former name."""
    return inv(input, out=out)


inverse_function.__name__ = "inverse"


def _solve_rule(grad: V, A: V, results: Any, left: bool, vector: bool, needs: Any) -> tuple[V | None, V | None]:
    """From A dX + dA X = dB:  B̄ = A⁻ᴴ X̄ and Ā = -B̄ Xᴴ; for X A = B the same from the other side."""
    solution = results[0]
    if vector:
        grad, solution = grad[..., None], solution[..., None]
    right = solve_from(adjoint(A), grad, left)
    matrix = None
    if needs[0]:
        matrix = -(product(right, adjoint(solution)) if left else product(adjoint(solution), right))
    return matrix, (right[..., 0] if vector else right) if needs[1] else None


@general(node="LinalgSolveExBackward0", outputs=2, joint=_solve_rule, over=("A", "B"))
def _solve_ex(A: V, B: V, left: bool, vector: bool) -> V:
    found, info = solution(A, B[..., None] if vector else B, left)
    return (found[..., 0] if vector else found), info


def _checked_solve(A: Any, B: Any, left: bool) -> Any:
    a, b = A._array, B._array
    check_square("linalg.solve", a)
    check_floating("linalg.solve", a, "lu_cpu")
    check_same_dtype("linalg.solve", a, b)
    vector = b.ndim == 1 or (a.ndim - 1 == b.ndim and b.shape == a.shape[:-1])
    if not vector:
        check_matrices("linalg.solve", b, "B")
    check_system("linalg.solve", a, b[..., None] if vector else b, left)
    if vector and not left:
        raise RuntimeError("linalg.solve: Vector broadcasting of the left hand side is not supported for left=False")
    broadcast(b.shape[:-1] if vector else b.shape[:-2], a.shape[:-2])
    return _solve_ex(A, B, left, vector)


@asks_for_tensors
def solve_ex(A: V, B: V, *, left: bool = True, check_errors: bool = False, out: Any = None) -> Any:
    """`linalg.solve` that reports failure instead of raising: ``(result, info)``, `info` 0 or the first zero pivot."""
    found, info = _checked_solve(A, B, left)
    if check_errors:
        check_info("torch.linalg.solve_ex", info._array, _FAILED)
    result = return_type("linalg_solve_ex", "result", "info")(found, info)
    return result if out is None else store("linalg_solve_ex", out, result)


_FAILED = "The solver failed because the input matrix is singular."


@asks_for_tensors
def solve(A: V, B: V, *, left: bool = True, out: V | None = None) -> V:
    """X with ``A X = B``, or ``X A = B`` if not `left`.

    Args:
        A: ``(*, n, n)``. Float, double or complex.
        B: ``(*, n, k)``, or vectors ``(*, n)``; the axes before broadcast.

    Raises ``LinAlgError`` for a singular matrix, ``RuntimeError`` where shapes or dtypes do not fit.

    >>> import pullback as torch
    >>> torch.linalg.solve(torch.tensor([[2., 0.], [0., 4.]]), torch.tensor([2., 2.]))
    tensor([1.0000, 0.5000])
    """
    found, info = _checked_solve(A, B, left)
    check_info("torch.linalg.solve", info._array, _FAILED)
    return found if out is None else store("linalg_solve", out, found)


# ------------------------------------------------------------------------------------------ triangular systems


def _triangular(A: Any, B: Any, upper: bool, left: bool, unit: bool) -> Any:
    if left:
        return solve_triangle(A, B, upper, unit)
    return turned(solve_triangle(turned(A), turned(B), not upper, unit))


def _masked(matrix: Any, upper: bool, unit: bool) -> Any:
    return np.triu(matrix, 1 if unit else 0) if upper else np.tril(matrix, -1 if unit else 0)


def _triangular_rule(
    grad: V, A: V, result: V, upper: bool, left: bool, unitriangular: bool, needs: Any
) -> tuple[V | None, V | None]:
    right = _triangular(adjoint(A), grad, not upper, left, unitriangular)
    matrix = None
    if needs[0]:
        matrix = -(product(right, adjoint(result)) if left else product(adjoint(result), right))
        matrix = _masked(matrix, upper, unitriangular)
    return matrix, right if needs[1] else None


@general(node="LinalgSolveTriangularBackward0", joint=_triangular_rule, over=("A", "B"))
def _solve_triangular(A: V, B: V, upper: bool, left: bool, unitriangular: bool) -> V:
    return _triangular(A, B, upper, left, unitriangular)


@numpy_names
def solve_triangular(
    A: V, B: V, *, upper: bool, left: bool = True, unitriangular: bool = False, out: V | None = None
) -> V:
    """X with ``A X = B`` (or ``X A = B`` if not `left`) where A is triangular; its other triangle is not read.

    Args:
        A: ``(*, n, n)``. Float, double or complex.
        B: ``(*, n, k)`` (``(*, k, n)`` if not `left`); the axes before broadcast.
        upper: whether A is upper triangular.
        unitriangular: whether the diagonal counts as ones and is not read either.

    A zero on the diagonal gives infinities, not an error. Raises ``RuntimeError`` where shapes or dtypes do not fit.

    >>> import pullback as torch
    >>> torch.linalg.solve_triangular(torch.tensor([[2., 0.], [4., 1.]]), torch.tensor([[2.], [5.]]), upper=False)
    tensor([[1.],
            [1.]])
    """
    a, b = A._array, B._array
    check_square("linalg.solve_triangular", a)
    check_matrices("linalg.solve_triangular", b, "B")
    check_same_dtype("linalg.solve_triangular", a, b)
    check_floating("linalg.solve_triangular", a, "triangular_solve_cpu")
    check_system("linalg.solve_triangular", a, b, left)
    broadcast(a.shape[:-2], b.shape[:-2])
    result = _solve_triangular(A, B, upper, left, unitriangular)
    return result if out is None else store("linalg_solve_triangular", out, result)


def _former_rule(grads: Any, A: V, results: Any, upper: bool, transpose: bool, unitriangular: bool, needs: Any) -> Any:
    solution = results[0]
    matrix = adjoint(A) if not transpose else np.conjugate(A)
    right = solve_triangle(matrix, grads[0], upper == transpose, unitriangular)
    found = None
    if needs[1]:
        if transpose:
            found = -product(np.conjugate(solution), swapaxes(right, -1, -2))
        else:
            found = -product(right, adjoint(solution))
        found = _masked(found, upper, unitriangular) + grads[1]
    return right if needs[0] else None, found


@general(node="TriangularSolveBackward0", outputs=2, joint=_former_rule, over=("b", "A"))
def _triangular_solve(b: V, A: V, upper: bool, transpose: bool, unitriangular: bool) -> V:
    matrix = turned(A) if transpose else A
    batch = broadcast(b.shape[:-2], A.shape[:-2])
    found = solve_triangle(matrix, b, upper != transpose, unitriangular)
    return found, np.array(np.broadcast_to(A, (*batch, *A.shape[-2:])))


@numpy_names
def triangular_solve(
    b: V, A: V, upper: bool = True, transpose: bool = False, unitriangular: bool = False, *, out: Any = None
) -> Any:
    """`linalg.solve_triangular` under its former name: ``(solution, cloned_coefficient)``; warns."""
    warnings.warn(
        "torch.triangular_solve is deprecated in favor of torch.linalg.solve_triangularand will be removed in a future "
        "PyTorch release.\ntorch.linalg.solve_triangular has its arguments reversed and does not return a copy of one of "
        "the inputs.\nX = torch.triangular_solve(B, A).solution\nshould be replaced with\nX = "
        "torch.linalg.solve_triangular(A, B).",
        UserWarning,
        stacklevel=outside(),
    )
    for name, each in (("b", b._array), ("A", A._array)):
        if each.ndim < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {name} to have at least 2 dimensions, but it has {each.ndim} "
                "dimensions instead"
            )
    check_square("triangular_solve", A._array)
    n, (rows, columns) = A._array.shape[-1], b._array.shape[-2:]
    if n != rows:
        raise RuntimeError(
            f"Incompatible matrix sizes for triangular_solve: each A matrix is {n} by {n} but each b matrix is {rows} by "
            f"{columns}"
        )
    if A._array.dtype.kind in "biu" or A._array.dtype.itemsize == 2:
        raise unsupported("triangular_solve_cpu", A._array.dtype)
    found = _triangular_solve(b, A, upper, transpose, unitriangular)
    result = return_type("triangular_solve", "solution", "cloned_coefficient")(*found)
    return result if out is None else store("triangular_solve", out, result)
