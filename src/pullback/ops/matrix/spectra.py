"""Eigenvalues and eigenvectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.products import adjoint, product
from pullback.arrays.spectral import diagonal, gaps, identity, phase_checked, skew
from pullback.arrays.vocabulary import cast, conj
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.ops.matrix.linalg_checks import LinAlgError, check_square, infinite
from pullback.ops.numpy_words import numpy_names
from pullback.ops.typing import V
from pullback.return_types import return_type

_PHASE = (
    "linalg_{name}_backward: The eigenvectors in the complex case are specified up to multiplication by e^{{i phi}}. The "
    "specified loss function depends on this quantity, so it is ill-defined."
)


def _eigh_rule(grads: Any, results: Any) -> V:
    """Ā = V (diag λ̄ + skew(Vᴴ V̄) / 2 (λ_j - λ_i)) Vᴴ."""
    on_values, on_vectors = grads
    values, vectors = results
    inner = product(adjoint(vectors), on_vectors)
    if vectors.dtype.kind == "c":
        inner = phase_checked(inner, np.imag(diagonal(inner)), _PHASE.format(name="eigh"))
    middle = skew(inner) / (2 * gaps(values)) + on_values[..., None] * identity(inner)
    return product(vectors, product(cast_like(middle, vectors), adjoint(vectors)))


def cast_like(array: Any, other: Any) -> Any:
    """`array` made complex if `other` is, so that both can be multiplied."""
    if array.dtype.kind == other.dtype.kind:
        return array
    return cast(array, other.dtype)


def _eigh_push(d_A: V, results: Any) -> tuple[V, V]:
    """dλ = diag(Vᴴ dA V) and dV = V (Vᴴ dA V / (λ_j - λ_i))."""
    values, vectors = results
    inner = product(adjoint(vectors), product(d_A, vectors))
    moved = diagonal(inner)
    return np.real(moved) if moved.dtype.kind == "c" else moved, product(vectors, inner / gaps(values))


@general(node="LinalgEighBackward0", outputs=2, A=_eigh_rule, jvp=_eigh_push)
def _eigh(A: V, UPLO: str) -> V:
    return tuple(np.linalg.eigh(A, UPLO))


def _checked_eigh(name: str, A: Any, UPLO: str) -> Any:
    check_square("linalg.eigh", A._array)
    if not isinstance(UPLO, str):
        raise TypeError(f"{name.replace('.', '_')}(): argument 'UPLO' must be str, not {type(UPLO).__name__}")
    if UPLO.upper() not in ("L", "U") or len(UPLO) != 1:
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    _check_kind(A._array, "linalg_eigh_cpu")
    try:
        return _eigh(A, UPLO.upper())
    except np.linalg.LinAlgError as error:
        raise LinAlgError(f"{name}: The algorithm failed to converge: {error}") from None


def _check_kind(array: Any, kernel: str) -> None:
    if array.dtype.kind in "biu" or array.dtype.itemsize == 2:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{spoken(array.dtype)}'")


@numpy_names
def eigh(A: V, UPLO: str = "L", *, out: Any = None) -> Any:
    """Eigenvalues, ascending, and orthonormal eigenvectors of Hermitian matrices ``(*, n, n)``.

    Only the lower triangle is read, or the upper with ``UPLO="U"``. Returns ``(eigenvalues, eigenvectors)``: real
    ``(*, n)`` and ``(*, n, n)``, a vector in each column. The derivative of vectors takes no account of others with the
    same eigenvalue, of which it is undefined.

    >>> import pullback as torch
    >>> torch.linalg.eigh(torch.tensor([[2., 0.], [0., 1.]])).eigenvalues
    tensor([1., 2.])
    """
    result = return_type("linalg_eigh", "eigenvalues", "eigenvectors")(*_checked_eigh("linalg.eigh", A, UPLO))
    return result if out is None else store("linalg_eigh", out, result)


@numpy_names
def eigvalsh(A: V, UPLO: str = "L", *, out: V | None = None) -> V:
    """Eigenvalues of Hermitian matrices, ascending; see `eigh`."""
    values, _ = _checked_eigh("linalg.eigvalsh", A, UPLO)
    return values if out is None else store("linalg_eigvalsh", out, values)


def _eig_rule(grads: Any, results: Any) -> V:
    """Ā = V⁻ᴴ (diag λ̄ + (Vᴴ V̄ - Vᴴ V Re diag(Vᴴ V̄)) / conj(λ_j - λ_i)) Vᴴ: vectors keep length 1."""
    on_values, on_vectors = grads
    values, vectors = results
    raised = adjoint(vectors)
    inner = product(raised, on_vectors)
    phase = diagonal(inner)
    inner = phase_checked(inner, np.imag(phase), _PHASE.format(name="eig"))
    tangent = inner - product(raised, vectors * np.real(phase)[..., None, :])
    mask = identity(inner)
    middle = np.where(mask, 0, tangent / conj(gaps(values))) + on_values[..., None] * mask
    return np.linalg.solve(raised, product(middle, raised))


@general(node="LinalgEigBackward0", outputs=2, A=_eig_rule)
def _eig(A: V) -> V:
    bad = infinite(A)
    if bad is not None:  # LAPACK does not look, NumPy refuses
        values, vectors = _eig(np.where(bad, 0, A))
        unknown = complex(np.nan, np.nan)
        return np.where(bad[..., 0], unknown, values), np.where(bad, unknown, vectors)
    values, vectors = np.linalg.eig(A)
    wide = np.dtype("c8" if A.dtype.itemsize == 4 or A.dtype == np.complex64 else "c16")
    return values.astype(wide), vectors.astype(wide)


def _checked_eig(name: str, A: Any) -> Any:
    array = A._array
    check_square(name, array)
    if array.dtype.kind in "biu":
        raise RuntimeError(f"Unknown Complex ScalarType for {spoken(array.dtype)}")
    _check_kind(array, "linalg_eig_out_cpu")
    if name == "linalg.eig" and infinite(array) is not None:
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")
    return _eig(A)


@numpy_names
def eig(A: V, *, out: Any = None) -> Any:
    """Eigenvalues and eigenvectors of square matrices ``(*, n, n)``, always complex.

    Returns ``(eigenvalues, eigenvectors)``, in no order; each vector has length 1 and an arbitrary phase, so a function of
    the vectors has a gradient only if it does not depend on their phase. Raises ``RuntimeError`` for infinities and NaN.

    >>> import pullback as torch
    >>> torch.linalg.eig(torch.tensor([[0., -1.], [1., 0.]])).eigenvalues
    tensor([0.+1.j, 0.-1.j])
    """
    result = return_type("linalg_eig", "eigenvalues", "eigenvectors")(*_checked_eig("linalg.eig", A))
    return result if out is None else store("linalg_eig", out, result)


@numpy_names
def eigvals(A: V, *, out: V | None = None) -> V:
    """Eigenvalues of square matrices, always complex; see `eig`. NaN for matrices with infinities or NaN."""
    values, _ = _checked_eig("linalg.eigvals", A)
    return values if out is None else store("linalg_eigvals", out, values)
