"""QR factorization, and orthogonal matrices given by their Householder reflections."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.arrays.products import adjoint, product
from pullback.arrays.triangular import solve_triangular
from pullback.arrays.vocabulary import dispatched
from pullback.graph.inplace import spoken
from pullback.graph.once import outside
from pullback.graph.operator import general, nondifferentiable
from pullback.graph.out import store
from pullback.ops.matrix.linalg_checks import check_floating, check_matrices
from pullback.ops.pointwise.kinds import unsupported
from pullback.ops.shape.joining import cat
from pullback.ops.shape.memory import clone
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors
from pullback.return_types import return_type

_MODES = ("reduced", "complete", "r")


def _square_rule(grad_q: Any, grad_r: Any, q: Any, r: Any) -> Any:
    """The cotangent of A = Q R where R is square: (Q̄ + Q N) R⁻ᴴ, N = upper triangle of R̄ Rᴴ - Qᴴ Q̄ made Hermitian."""
    inner = np.triu(product(grad_r, adjoint(r)) - product(adjoint(q), grad_q))
    whole = np.triu(inner, 1)
    whole = whole + adjoint(whole) + _real_diagonal(inner)
    return adjoint(solve_triangular(r, adjoint(grad_q + product(q, whole)), True))


def _real_diagonal(matrix: Any) -> Any:
    mask = np.eye(matrix.shape[-1], dtype=bool)
    return np.where(mask, np.real(matrix) if matrix.dtype.kind == "c" else matrix, 0)


def _qr_rule(grads: Any, results: Any, mode: str) -> V:
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, "
            "mode='reduced') if you are going to differentiate through linalg.qr."
        )
    (grad_q, grad_r), (q, r) = grads, results
    (m, n), k = (q.shape[-2], r.shape[-1]), r.shape[-2]
    if mode == "complete" and m > n:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")
    if k == n:
        return _square_rule(grad_q, grad_r, q, r)
    # A wide matrix is [A1 A2] = Q [R1 R2]: A2 = Q R2 passes its share on to Q
    first, second = r[..., :k], r[..., k:]
    on_second = grad_r[..., k:]
    on_q = grad_q + product(product(q, second), adjoint(on_second))
    left = _square_rule(on_q, grad_r[..., :k], q, first)
    return np.concatenate([left, product(q, on_second)], -1)


@general(node="LinalgQrBackward0", outputs=2, A=_qr_rule)
def _qr(A: V, mode: str) -> V:
    if mode == "r":
        return np.zeros((0,), A.dtype), np.linalg.qr(A, "r")
    return tuple(np.linalg.qr(A, mode))


def _checked_qr(A: Any, mode: str) -> Any:
    check_matrices("linalg.qr", A._array)
    if mode not in _MODES:
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    check_floating("linalg.qr", A._array, "geqrf_cpu")
    return _qr(A, mode)


@asks_for_tensors
def linalg_qr(A: V, mode: str = "reduced", *, out: Any = None) -> Any:
    """``A = Q R`` with orthonormal columns in Q and upper triangular R, of matrices ``(*, m, n)``.

    Args:
        mode: ``"reduced"``: ``(*, m, k)`` and ``(*, k, n)`` with ``k = min(m, n)``; ``"complete"``: ``(*, m, m)`` and
            ``(*, m, n)``, differentiable if not ``m > n``; ``"r"``: only R, not differentiable.

    Raises ``RuntimeError`` for another mode, for integers and half precision.

    >>> import pullback as torch
    >>> Q, R = torch.linalg.qr(torch.tensor([[3., 1.], [4., 2.]]))
    >>> torch.allclose(Q @ R, torch.tensor([[3., 1.], [4., 2.]]), atol=1e-6)
    True
    """
    result = return_type("linalg_qr", "Q", "R")(*_checked_qr(A, mode))
    return result if out is None else store("linalg_qr", out, result)


@asks_for_tensors
def qr(input: V, some: bool = True, *, out: Any = None) -> Any:
    """`linalg.qr` under its former name; warns."""
    warnings.warn(
        "torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future PyTorch release.\n"
        "The boolean parameter 'some' has been replaced with a string parameter 'mode'.\nQ, R = torch.qr(A, some)\n"
        "should be replaced with\nQ, R = torch.linalg.qr(A, 'reduced' if some else 'complete')",
        UserWarning,
        stacklevel=outside(),
    )
    result = return_type("qr", "Q", "R")(*_checked_qr(input, "reduced" if some else "complete"))
    return result if out is None else store("qr", out, result)


# ------------------------------------------------------------------------------------------------- reflections


@dispatched
def _raw_qr(array: Any) -> tuple[Any, Any]:
    """The reflections of the QR factorization below the diagonal of R, and their scales."""
    factors, scales = np.linalg.qr(array, "raw")
    return factors.swapaxes(-1, -2), scales


@nondifferentiable(outputs=2)
def _geqrf(input: V) -> V:
    return _raw_qr(input)


@asks_for_tensors
def geqrf(input: V, *, out: Any = None) -> Any:
    """The QR factorization as LAPACK leaves it: reflections below the diagonal of R, and their scales ``tau``.

    See `linalg.householder_product`, which makes Q of them. Not differentiable.
    """
    if input._array.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    check_floating("torch.geqrf", input._array, "geqrf_cpu")
    result = return_type("geqrf", "a", "tau")(*_geqrf(input))
    return result if out is None else store("geqrf", out, result)


def _reflections(input: Any, tau: Any) -> list[tuple[Any, Any]]:
    """Vectors ``(*, m, 1)`` and scales ``(*, 1, 1)`` of the reflections H_i = 1 - tau_i v_i v_iᴴ."""
    m = input.shape[-2]
    pairs = []
    for i in range(tau.shape[-1]):
        column = input[..., :, i, None]
        below = np.arange(m)[:, None]
        vector = np.where(below > i, column, 0) + np.where(below == i, np.ones_like(column), 0)
        pairs.append((vector, tau[..., i, None, None]))
    return pairs


def _stages(input: Any, tau: Any) -> list[Any]:
    """The product from the right: the columns of the identity, then after each reflection."""
    m, n = input.shape[-2:]
    stages = [np.zeros_like(input) + np.eye(m, n, dtype=np.bool_)]
    for vector, scale in reversed(_reflections(input, tau)):
        last = stages[-1]
        stages.append(last - product(vector * scale, product(adjoint(vector), last)))
    return stages


def _householder_rule(grad: V, input: V, tau: V) -> tuple[V | None, V | None]:
    """Undo the reflections one by one, taking the cotangents of each vector and scale on the way."""
    if not tau.shape[-1]:
        return None, None
    stages = _stages(input, tau)[::-1]
    m, n = input.shape[-2:]
    columns, scales = [], []
    for i, (vector, scale) in enumerate(_reflections(input, tau)):
        before = stages[i + 1]
        seen, turned = product(adjoint(vector), before), product(adjoint(vector), grad)
        scales.append(-product(turned, adjoint(seen))[..., 0])
        on_vector = -product(grad, adjoint(seen)) * np.conjugate(scale) - product(before, adjoint(turned)) * scale
        columns.append(np.where(np.arange(m)[:, None] > i, on_vector, 0))
        grad = grad - product(vector * np.conjugate(scale), turned)
    columns += [np.zeros_like(input[..., :1])] * (n - len(columns))
    return np.concatenate(columns, -1), np.concatenate(scales, -1)


@general(node="LinalgHouseholderProductBackward0", joint=_householder_rule, over=("input", "tau"))
def _householder_product(input: V, tau: V) -> V:
    return _stages(input, tau)[-1]


@asks_for_tensors
def householder_product(input: V, tau: V, *, out: V | None = None) -> V:
    """The first columns of the product of Householder reflections ``1 - tau_i v_i v_iᴴ``.

    Args:
        input: ``(*, m, n)``: below the diagonal of column i stands v_i, whose own place counts as 1, those above as 0.
        tau: ``(*, k)``, ``k <= n <= m``.

    Returns ``(*, m, n)``. Raises ``RuntimeError`` where shapes do not fit.
    """
    a, t, name = input._array, tau._array, "torch.linalg.householder_product"
    if a.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if a.shape[-2] < a.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if t.shape[-1:] > a.shape[-1:]:
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if t.ndim != a.ndim - 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to {t.ndim} and "
            f"input.ndim is equal to {a.ndim}"
        )
    if t.shape[:-1] != a.shape[:-2]:
        batch = list(t.shape[:-1])
        raise RuntimeError(f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got {batch}")
    if t.dtype != a.dtype:
        raise RuntimeError(f"{name}: tau dtype {spoken(t.dtype)} does not match input dtype {spoken(a.dtype)}")
    if a.dtype.kind in "biu" or a.dtype.itemsize == 2:
        raise unsupported("orgqr_cpu", a.dtype)
    result = _householder_product(input, tau)
    return result if out is None else store("linalg_householder_product", out, result)


def orgqr(input: V, input2: V, *, out: V | None = None) -> V:
    """`linalg.householder_product` under its LAPACK name."""
    return householder_product(input, input2, out=out)


@asks_for_tensors
def ormqr(input: V, tau: V, other: V, left: bool = True, transpose: bool = False, *, out: V | None = None) -> V:
    """`other` times the square Q of Householder reflections, from the `left` or the right; with `transpose` times Qᴴ.

    `input` and `tau` as for `linalg.householder_product`. Raises ``RuntimeError`` where shapes do not fit.
    """
    a, c, t = input._array, other._array, tau._array
    if a.ndim < 2 or c.ndim < 2:
        raise RuntimeError(f"torch.ormqr: {'input' if a.ndim < 2 else 'other'} must have at least 2 dimensions.")
    side = -2 if left else -1
    if c.shape[side] != a.shape[-2]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be equal to input.shape[-2]")
    m, k = a.shape[-2], t.shape[-1]
    if k != min(m, a.shape[-1]):
        raise RuntimeError(f"torch.ormqr: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])")
    for name, batch, each in (("tau", t.shape[:-1], t), ("other", c.shape[:-2], c)):
        if batch != a.shape[:-2]:
            expected = f"Expected batch dimensions of {name} to be equal to input.shape[:-2]"
            raise RuntimeError(f"torch.ormqr: {expected}, but got {list(batch)}")
        if each.dtype != a.dtype:
            raise RuntimeError(
                f"torch.ormqr: Expected input and {name} to have the same dtype, but input has dtype{spoken(a.dtype)} and "
                f"{name} has dtype {spoken(each.dtype)}"
            )
    if not a.size:
        result = clone(other)
        return result if out is None else store("ormqr", out, result)
    vectors = input[..., :k]
    square = vectors if k == m else cat([vectors, input.new_zeros((*a.shape[:-1], m - k))], -1)
    q = householder_product(square, tau)
    if transpose:
        q = q.mH
    result = q @ other if left else other @ q
    return result if out is None else store("ormqr", out, result)
