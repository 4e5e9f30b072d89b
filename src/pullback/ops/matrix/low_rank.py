"""Approximations of low rank, by random projections (Halko, Martinsson and Tropp, 2011, algorithm 5.1)."""

from __future__ import annotations

from typing import Any

from pullback.ops.matrix.matmul import matmul
from pullback.ops.matrix.orthogonal import linalg_qr
from pullback.ops.matrix.singular import linalg_svd
from pullback.ops.random.creation import randn
from pullback.ops.reduction.sums import mean
from pullback.ops.shape.axes import adjoint
from pullback.ops.typing import V


def _range(A: Any, q: int, niter: int) -> Any:
    """Q with orthonormal columns that spans nearly what `A` spans."""
    turned = adjoint(A)
    start = randn(A._array.shape[-1], q, dtype=A.dtype)
    basis = linalg_qr(matmul(A, start)).Q
    for _ in range(niter):
        basis = linalg_qr(matmul(turned, basis)).Q
        basis = linalg_qr(matmul(A, basis)).Q
    return basis


def svd_lowrank(A: V, q: int | None = 6, niter: int | None = 2, M: V | None = None) -> tuple[V, V, V]:
    """The largest singular values of ``A - M`` and their vectors, approximately: ``(U, S, V)``.

    Args:
        A: ``(*, m, n)``.
        q: how many, a little more than the rank that is expected.
        niter: how often the projection is refined.
        M: ``(*, m, n)``, what is subtracted from `A`.

    The projection is random: use `manual_seed` for reproducible results.
    """
    q = 6 if q is None else q
    matrix = A if M is None else A - M
    wide = A._array.shape[-2] < A._array.shape[-1]
    matrix = adjoint(matrix) if wide else matrix
    basis = _range(matrix, q, 2 if niter is None else niter)
    left, values, right = linalg_svd(matmul(adjoint(basis), matrix), full_matrices=False)
    left, right = matmul(basis, left), adjoint(right)
    return (right, values, left) if wide else (left, values, right)


def pca_lowrank(A: V, q: int | None = None, center: bool = True, niter: int = 2) -> tuple[V, V, V]:
    """The principal components of the rows of `A`, approximately: `svd_lowrank` after subtracting each column's mean.

    `q` is at most 6 and the smaller side by default. Raises ``ValueError`` if it does not fit.
    """
    m, n = A._array.shape[-2:]
    if q is None:
        q = min(6, m, n)
    elif not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if not niter >= 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - mean(A, -2, True) if center else A, q, niter)
