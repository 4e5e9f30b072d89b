"""Determinants."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.masks import drop
from pullback.arrays.products import adjoint, product
from pullback.arrays.systems import cofactors, inverse
from pullback.arrays.vocabulary import add_reduce, conj, swapaxes
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.ops.matrix.linalg_checks import check_floating, check_square
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors
from pullback.return_types import return_type


def _cofactor_rule(grad: V, A: V, result: V) -> V:
    """From C = det A⁻ᵀ:  dC = tr(A⁻¹ dA) C - C dAᵀ A⁻ᵀ."""
    inverted = inverse(A)[0]
    turned = swapaxes(inverted, -1, -2)
    share = add_reduce(conj(grad) * result, (-1, -2), True)
    moved = product(turned, product(swapaxes(conj(grad), -1, -2), result))
    return conj(share * turned - moved)


@general(node="LinalgDetBackwardBackward0", A=_cofactor_rule)
def cofactors_of(A: V) -> V:
    """`cofactors` on tensors: what a backward pass that records runs."""
    return cofactors(A)


@general(node="LinalgDetBackward0", A=lambda grad, A: grad[..., None, None] * conj(cofactors(A)))
def _det(A: V) -> V:
    return np.linalg.det(A)


@asks_for_tensors
def linalg_det(A: V, *, out: V | None = None) -> V:
    """The determinant of each square matrix of ``(*, n, n)``.

    Float, double or complex. The gradient is that of the polynomial, so it is right for singular matrices too.
    Raises ``RuntimeError`` for matrices that are not square.

    >>> import pullback as torch
    >>> torch.linalg.det(torch.tensor([[1., 2.], [3., 4.]]))
    tensor(-2.)
    """
    check_square("linalg.det", A._array)
    check_floating("linalg.det", A._array, "lu_cpu")
    result = _det(A)
    return result if out is None else store("linalg_det", out, result)


def det(input: V) -> V:
    """`linalg.det` under its former name."""
    return linalg_det(input)


def _slogdet_rule(grads: Any, A: V, results: Any) -> V:
    """d log|det| = Re tr(A⁻¹ dA) and d sign = i Im tr(A⁻¹ dA) sign."""
    on_sign, on_log = grads
    weight = on_log
    if A.dtype.kind == "c":
        weight = on_log - 1j * np.imag(conj(on_sign) * results[0])
    return weight[..., None, None] * adjoint(inverse(A)[0])


@general(node="LinalgSlogdetBackward0", outputs=2, A=_slogdet_rule, uses=(0,))
def _slogdet(A: V) -> V:
    sign, size = np.linalg.slogdet(A)
    return drop(sign, size != size), size


def _checked_slogdet(name: str, A: Any) -> Any:
    check_square(name, A._array)
    check_floating(name, A._array)
    return _slogdet(A)


@asks_for_tensors
def linalg_slogdet(A: V, *, out: Any = None) -> Any:
    """Sign and logarithm of the absolute value of the determinant: ``(sign, logabsdet)``.

    The determinant of a large matrix may not fit its dtype; its logarithm does. A singular matrix gives ``(0, -inf)``.

    >>> import pullback as torch
    >>> torch.linalg.slogdet(torch.tensor([[0., 1.], [1., 0.]]))
    torch.return_types.linalg_slogdet(
    sign=tensor(-1.),
    logabsdet=tensor(0.))
    """
    result = return_type("linalg_slogdet", "sign", "logabsdet")(*_checked_slogdet("linalg.slogdet", A))
    return result if out is None else store("linalg_slogdet", out, result)


def slogdet(input: V, *, out: Any = None) -> Any:
    """`linalg.slogdet` under its former name."""
    result = return_type("slogdet", "sign", "logabsdet")(*_checked_slogdet("linalg.slogdet", input))
    return result if out is None else store("slogdet", out, result)


@asks_for_tensors
def logdet(input: V) -> V:
    """Logarithm of the determinant: NaN if it is negative, ``-inf`` if it is zero.

    >>> import pullback as torch
    >>> torch.logdet(torch.eye(3))
    tensor(0.)
    """
    sign, value = _checked_slogdet("logdet", input)
    if input._array.dtype.kind == "c":
        return value + sign.log()
    return value.where(sign != -1, float("nan"))
