"""`lobpcg`: a few extreme eigenpairs of a symmetric matrix, or of a pair of them."""

from __future__ import annotations

from typing import Any

from pullback.ops.matrix.cholesky import linalg_cholesky
from pullback.ops.matrix.solving import solve_triangular
from pullback.ops.matrix.spectra import eigh
from pullback.ops.shape.axes import adjoint
from pullback.ops.shape.turning import flip
from pullback.ops.typing import V


def lobpcg(
    A: V, k: int | None = None, B: V | None = None, X: V | None = None, n: int | None = None, iK: V | None = None,
    niter: int | None = None, tol: float | None = None, largest: bool | None = None, method: str | None = None,
    tracker: Any = None, ortho_iparams: Any = None, ortho_fparams: Any = None, ortho_bparams: Any = None,
) -> tuple[V, V]:  # fmt: skip
    """The `k` largest (or smallest) numbers with ``A x = e B x``, and the vectors ``x`` as columns.

    PyTorch iterates until `tol`; here the dense problem is solved at once, to machine precision, so what steers the
    iteration (`iK`, `niter`, `tol`, `method`, `ortho_…`) changes nothing, and of `X` only the number of columns counts.

    Args:
        A: ``(*, m, m)``, symmetric; sparse matrices become dense.
        k: how many, 1 or the columns of `X` by default; ``3 k <= m``.
        B: ``(*, m, m)``, positive definite; the unit matrix by default.
        largest: False for the smallest numbers, in ascending order.

    Returns ``(E, X)``: the numbers ``(*, k)`` and the vectors ``(*, m, k)``. ``ValueError`` where m is less than ``3 k``,
    ``NotImplementedError`` for a `tracker`, which has no iteration to follow.

    >>> import pullback as torch
    >>> torch.lobpcg(torch.diag(torch.tensor([1., 2., 3., 4.])), k=1)[0]
    tensor([4.])
    """
    if tracker is not None:
        raise NotImplementedError("lobpcg: there are no iterations for `tracker` to follow; leave it out")
    if A.shape[-2] != A.shape[-1]:
        raise AssertionError(f"A must be square, got shape {A.shape}")
    k = (1 if X is None else X.shape[-1]) if k is None else k
    rows, wanted = A.shape[-2], k if n is None else n
    if rows < 3 * wanted:
        raise ValueError(
            f"LOBPCG algorithm is not applicable when the number of A rows (={rows}) is smaller than 3 x the number of "
            f"requested eigenpairs (={wanted})"
        )
    A, B = (each.to_dense() if each is not None and each.is_sparse else each for each in (A, B))
    values, vectors = _pairs((A + adjoint(A)) / 2, B)
    if largest is False:
        return values[..., :k], vectors[..., :k]
    return flip(values[..., -k:], (-1,)), flip(vectors[..., -k:], (-1,))


def _pairs(A: V, B: V | None) -> Any:
    """All eigenpairs; with B = L Lᵀ those of L⁻¹ A L⁻ᵀ, turned back by L⁻ᵀ."""
    if B is None:
        return eigh(A)
    lower = linalg_cholesky(B)
    half = solve_triangular(lower, A, upper=False)
    values, vectors = eigh(solve_triangular(adjoint(lower), half, upper=True, left=False))
    return values, solve_triangular(adjoint(lower), vectors, upper=True)
