"""Factorizations of indefinite matrices: that they are right, and that they are LAPACK's."""

from __future__ import annotations

import numpy as np
import pytest

import pullback

linalg = pullback.linalg


def matrices(n: int, kind: str) -> np.ndarray:
    rng = np.random.default_rng(n)
    a = rng.standard_normal((2, n, n))
    if kind == "real":
        return a + a.swapaxes(-1, -2)
    a = a + 1j * rng.standard_normal((2, n, n))
    return a + (a.swapaxes(-1, -2).conj() if kind == "hermitian" else a.swapaxes(-1, -2))


@pytest.mark.parametrize("kind", ["real", "symmetric", "hermitian"])
@pytest.mark.parametrize("n", [1, 2, 3, 6, 9])
def test_solutions_solve(n: int, kind: str) -> None:
    a, hermitian = matrices(n, kind), kind == "hermitian"
    right = np.random.default_rng(0).standard_normal((n, 3)).astype(a.dtype)
    LD, pivots = linalg.ldl_factor(pullback.from_numpy(a), hermitian=hermitian)
    x = linalg.ldl_solve(LD, pivots, pullback.from_numpy(right), hermitian=hermitian)
    np.testing.assert_allclose(a @ x.numpy(), np.broadcast_to(right, (2, n, 3)), 1e-9, 1e-9)


@pytest.mark.parametrize("kind", ["real", "symmetric", "hermitian"])
@pytest.mark.parametrize("n", [2, 4, 7, 70])
def test_factors_are_lapacks(n: int, kind: str) -> None:
    torch = pytest.importorskip("torch")
    a, hermitian = matrices(n, kind), kind == "hermitian"
    ours = linalg.ldl_factor(pullback.from_numpy(a), hermitian=hermitian)
    theirs = torch.linalg.ldl_factor(torch.from_numpy(a), hermitian=hermitian)
    np.testing.assert_array_equal(ours.pivots.numpy(), theirs.pivots.numpy())
    np.testing.assert_allclose(ours.LD.numpy(), theirs.LD.numpy(), 1e-5, 1e-5)  # rounding grows with n


def test_a_singular_matrix_is_told() -> None:
    zero = pullback.zeros(2, 2)
    assert linalg.ldl_factor_ex(zero).info.item() == 1
    with pytest.raises(RuntimeError, match="D has a zero on its diagonal: row 1"):
        linalg.ldl_factor(zero)


def test_there_is_no_derivative() -> None:
    a = pullback.eye(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="derivative for aten::linalg_ldl_factor_ex is not implemented"):
        linalg.ldl_factor(a).LD.sum().backward()
