"""The singular value decomposition and what is read off it: rank, condition, pseudo-inverse."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.products import adjoint, product
from pullback.arrays.spectral import diagonal, gaps, identity, phase_checked, reciprocal, skew
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.ops.matrix.linalg_checks import (
    NOT_FINITE,
    LinAlgError,
    check_floating,
    check_info,
    check_matrices,
    concrete,
    infinite,
)
from pullback.ops.numpy_words import numpy_names
from pullback.ops.shape.axes import transpose
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors
from pullback.return_types import return_type

_PHASE = (
    "svd_backward: The singular vectors in the complex case are specified up to multiplication by e^{i phi}. The specified "
    "loss function depends on this phase term, making it ill-defined."
)


def _svd_rule(grads: Any, results: Any) -> V:
    """Ā = U [skew(UᴴŪ)/E S + S skew(VᴴV̄)/E + diag S̄] Vᴴ + (1 - UUᴴ) Ū S⁻¹ Vᴴ + U S⁻¹ V̄ᴴ (1 - VVᴴ), E = s_j² - s_i².

    Of full matrices only the first columns count. See J. Townsend, "Differentiating the singular value decomposition",
    2016; the last term of the complex case is from Wan and Zhang, 2019.
    """
    values = results[1]
    k = values.shape[-1]
    left, right = results[0][..., :k], adjoint(results[2][..., :k, :])
    on_left, on_values, on_right = grads[0][..., :k], grads[1], adjoint(grads[2][..., :k, :])
    gap = gaps(values * values)
    x, y = product(adjoint(left), on_left), product(adjoint(right), on_right)
    if left.dtype.kind == "c":
        x = phase_checked(x, np.imag(diagonal(x) + diagonal(y)), _PHASE)
    inverse = reciprocal(values)
    inner = skew(x) / gap * values[..., None, :] + values[..., :, None] * (skew(y) / gap)
    inner = inner + on_values[..., None] * identity(inner)
    if left.dtype.kind == "c":
        turn = np.imag(diagonal(x) - diagonal(y)) * inverse / 2
        inner = inner + 1j * turn[..., None] * identity(inner)
    total = product(left, product(inner, adjoint(right)))
    if left.shape[-2] > k:
        outside = (on_left - product(left, x)) * inverse[..., None, :]
        total = total + product(outside, adjoint(right))
    if right.shape[-2] > k:
        outside = (on_right - product(right, y)) * inverse[..., None, :]
        total = total + product(left, adjoint(outside))
    return total


@general(node="LinalgSvdBackward0", outputs=3, A=_svd_rule)
def _svd(A: V, full_matrices: bool) -> V:
    bad = infinite(A)
    if bad is None:
        return tuple(np.linalg.svd(A, full_matrices))
    left, values, right = np.linalg.svd(np.where(bad, 0, A), full_matrices)
    return np.where(bad, np.nan, left), np.where(bad[..., 0], np.nan, values), np.where(bad, np.nan, right)


def _checked_svd(A: Any, full_matrices: bool, driver: str | None = None) -> Any:
    check_matrices("linalg.svd", A._array)
    check_floating("linalg.svd", A._array, "linalg_svd_cpu")
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )
    numbers = concrete(A._array)
    if numbers is not None:
        check_info("linalg.svd", np.isnan(numbers).any((-2, -1)), NOT_FINITE.removeprefix("linalg.svd: "))
    return _svd(A, full_matrices)


@asks_for_tensors
def linalg_svd(A: V, full_matrices: bool = True, *, driver: str | None = None, out: Any = None) -> Any:
    """``A = U diag(S) Vh`` with orthonormal U and V and descending S, of matrices ``(*, m, n)``.

    Returns ``(U, S, Vh)`` of shapes ``(*, m, m)``, ``(*, k)``, ``(*, n, n)`` with ``k = min(m, n)``; without
    `full_matrices` ``(*, m, k)``, ``(*, k)``, ``(*, k, n)``. NaN for matrices with infinities; raises ``LinAlgError`` for NaN.

    >>> import pullback as torch
    >>> torch.linalg.svd(torch.tensor([[3., 0.], [0., 2.]])).S
    tensor([3., 2.])
    """
    result = return_type("linalg_svd", "U", "S", "Vh")(*_checked_svd(A, full_matrices, driver))
    return result if out is None else store("linalg_svd", out, result)


@asks_for_tensors
def svdvals(A: V, *, driver: str | None = None, out: V | None = None) -> V:
    """Singular values, descending: ``(*, m, n) -> (*, min(m, n))``."""
    _, values, _ = _checked_svd(A, False, driver)
    return values if out is None else store("linalg_svdvals", out, values)


@asks_for_tensors
def svd(input: V, some: bool = True, compute_uv: bool = True, *, out: Any = None) -> Any:
    """``A = U diag(S) Vᴴ`` under its former name: returns V, not its adjoint. Zeros for U and V without `compute_uv`."""
    left, values, right = _checked_svd(input, not some)
    turned = transpose(right, -2, -1)
    turned = turned.conj() if input._array.dtype.kind == "c" else turned
    if not compute_uv:
        n, m = input._array.shape[-2:]
        batch = input._array.shape[:-2]
        left, turned = input.new_zeros((*batch, n, n)), input.new_zeros((*batch, m, m))
    result = return_type("svd", "U", "S", "V")(left, values, turned)
    return result if out is None else store("svd", out, result)


def cutoff(values: Any, shape: Any, atol: Any, rtol: Any) -> Any:
    """Below which singular values count as zero: ``max(atol, rtol * largest)``, an array over the batch."""
    if rtol is None:
        unset = atol is None or (np.asarray(atol) == 0).all()
        rtol = np.finfo(values.dtype).eps * max(shape[-2:]) if unset else 0.0
    largest = np.maximum.reduce(values, axis=-1, initial=0)
    return np.maximum(0.0 if atol is None else atol, rtol * largest)


def tolerance(name: str, word: str, value: Any) -> Any:
    """A tolerance given as a number or as a tensor; ``RuntimeError`` for a complex one."""
    found = value._array if hasattr(value, "_array") else value
    if getattr(found, "dtype", np.dtype("f4")).kind == "c":
        raise RuntimeError(f"{name}: {word} tensor of complex type is not supported. Got {spoken(found.dtype)}")
    return found


def _pinv_rule(grad: V, A: V, result: V) -> V:
    """From dP = -P dA P + P Pᴴ dAᴴ (1 - A P) + (1 - P A) dAᴴ Pᴴ P (Golub and Pereyra, 1973)."""
    raised, back = adjoint(result), adjoint(grad)
    first = product(raised, product(grad, raised))
    second = product(product(back, result), raised)
    second = second - product(A, product(result, second))
    third = product(raised, product(result, back))
    third = third - product(product(third, result), A)
    return second + third - first


@general(node="LinalgPinvBackward0", A=_pinv_rule)
def _pinv(A: V, atol: Any, rtol: Any, hermitian: bool) -> V:
    if 0 in A.shape[-2:]:
        return np.zeros((*A.shape[:-2], A.shape[-1], A.shape[-2]), A.dtype)
    if hermitian:
        signed, vectors = np.linalg.eigh(A)
        values = np.abs(signed)
        keep = values > cutoff(values, A.shape, atol, rtol)[..., None]
        return product(vectors * (reciprocal(signed) * keep)[..., None, :], adjoint(vectors))
    try:
        left, values, right = np.linalg.svd(A, full_matrices=False)
    except np.linalg.LinAlgError:
        raise LinAlgError(NOT_FINITE) from None
    keep = values > cutoff(values, A.shape, atol, rtol)[..., None]
    return product(adjoint(right) * (reciprocal(values) * keep)[..., None, :], adjoint(left))


@numpy_names
def pinv(
    A: V, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None, out: V | None = None
) -> V:
    """Moore and Penrose's pseudo-inverse of matrices ``(*, m, n)``: ``(*, n, m)``.

    Args:
        rcond: `rtol` under its former name.
        hermitian: read only the lower triangle of a Hermitian matrix.
        atol: singular values not above this count as zero.
        rtol: nor those not above this part of the largest; by default the larger side times the dtype's precision.

    The derivative is that of a matrix of constant rank. Raises ``RuntimeError`` for integers and half precision.

    >>> import pullback as torch
    >>> torch.linalg.pinv(torch.tensor([[2., 0.], [0., 0.]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.0000]])
    """
    array = A._array
    if array.ndim < 2 or array.dtype.kind in "biu" or array.dtype.itemsize == 2:
        raise RuntimeError(
            f"linalg.pinv({spoken(array.dtype)}{{{list(array.shape)}}}): expected a tensor with 2 or more dimensions of "
            "float, double, cfloat or cdouble types"
        )
    name, relative = "torch.linalg.pinv", ("rcond", rcond) if rtol is None else ("rtol", rtol)
    result = _pinv(A, tolerance(name, "atol", atol), tolerance(name, *relative), hermitian)
    return result if out is None else store("linalg_pinv", out, result)


def pinverse(input: V, rcond: float = 1e-15) -> V:
    """`linalg.pinv` with a small relative tolerance, under its former name."""
    return pinv(input, rtol=rcond)
