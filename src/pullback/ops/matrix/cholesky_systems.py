"""Systems solved with a Cholesky factor that is there already."""

from __future__ import annotations

from typing import Any

from pullback.arrays.products import adjoint, product
from pullback.arrays.spectral import identity
from pullback.arrays.triangular import solve_triangular
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.ops.matrix.checks import broadcast
from pullback.ops.matrix.linalg_checks import check_matrices, check_square
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


def _solved(factor: Any, right: Any, upper: bool) -> Any:
    """X with ``L Lᴴ X = right`` (``Uᴴ U X = right``)."""
    first = adjoint(factor) if upper else factor
    return solve_triangular(adjoint(first), solve_triangular(first, right, False), True)


def _solve_rule(grad: V, input: V, factor: V, result: V, upper: bool, needs: Any) -> tuple[V | None, V | None]:
    """Ā = -B̄ Xᴴ, of which L receives (Ā + Āᴴ) L."""
    right = _solved(factor, grad, upper)
    on_factor = None
    if needs[1]:
        on_matrix = -product(right, adjoint(result))
        both = on_matrix + adjoint(on_matrix)
        on_factor = product(factor, both) if upper else product(both, factor)
    return right if needs[0] else None, on_factor


@general(node="CholeskySolveBackward0", joint=_solve_rule, over=("input", "factor"))
def _cholesky_solve(input: V, factor: V, upper: bool) -> V:
    return _solved(factor, input, upper)


@asks_for_tensors
def cholesky_solve(input: V, L: V, upper: bool = False, *, out: V | None = None) -> V:
    """X with ``A X = input``, given the factor of ``A = L Lᴴ`` (``Uᴴ U`` if `upper`).

    Shapes: ``(*, n, k), (*, n, n) -> (*, n, k)``; the axes before broadcast. Raises ``RuntimeError`` where they do not fit.
    """
    b, a = input._array, L._array
    for name, each in (("b", b), ("u", a)):
        if each.ndim < 2:
            raise RuntimeError(f"{name} should have at least 2 dimensions, but has {each.ndim} dimensions instead")
    check_square("cholesky_solve", a)
    if a.shape[-1] != b.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {a.shape[-1]} by {a.shape[-1]} but each b "
            f"matrix is {b.shape[-2]} by {b.shape[-1]}"
        )
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {spoken(b.dtype)} and A of type {spoken(a.dtype)} instead"
        )
    broadcast(b.shape[:-2], a.shape[:-2])
    result = _cholesky_solve(input, L, upper)
    return result if out is None else store("cholesky_solve", out, result)


def _inverse_rule(grad: V, input: V, result: V, upper: bool) -> V:
    on_matrix = -product(adjoint(result), product(grad, adjoint(result)))
    both = on_matrix + adjoint(on_matrix)
    return product(input, both) if upper else product(both, input)


@general(node="CholeskyInverseBackward0", input=_inverse_rule)
def _cholesky_inverse(input: V, upper: bool) -> V:
    return _solved(input, identity(input).astype(input.dtype), upper)


@asks_for_tensors
def cholesky_inverse(input: V, upper: bool = False, *, out: V | None = None) -> V:
    """The inverse of ``A = L Lᴴ`` (``Uᴴ U`` if `upper`), given the factor.

    Shapes: ``(*, n, n) -> (*, n, n)``. Raises ``RuntimeError`` for matrices that are not square.
    """
    array = input._array
    check_matrices("cholesky_inverse", array)
    check_square("cholesky_inverse", array)
    if array.dtype.kind in "biu" or array.dtype.itemsize == 2:
        raise NotImplementedError(f"\"cholesky_inverse_out_cpu\" not implemented for '{spoken(array.dtype)}'")
    result = _cholesky_inverse(input, upper)
    return result if out is None else store("cholesky_inverse", out, result)
