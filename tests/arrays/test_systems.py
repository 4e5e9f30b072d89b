"""Systems of which some are singular: each matrix has its own solution and its own report."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as torch
from pullback.arrays.systems import inverse, solution

SINGULAR, REGULAR = np.array([[1.0, 2.0], [2.0, 4.0]]), np.array([[3.0, 2.0], [2.0, 4.0]])


@pytest.mark.parametrize("left", (True, False))
def test_a_singular_matrix_spoils_no_other(left: bool) -> None:
    right = np.array([[1.0, 2.0], [2.0, -1.0]])
    found, info = solution(np.stack([REGULAR, SINGULAR]), right, left)
    assert info.tolist() == [0, 2]
    product = REGULAR @ found[0] if left else found[0] @ REGULAR
    np.testing.assert_allclose(product, right)
    assert not np.isfinite(found[1]).any()


def test_inverses_of_a_stack_with_a_singular_matrix() -> None:
    found, info = inverse(np.stack([SINGULAR, REGULAR]))
    assert info.tolist() == [2, 0]
    assert found[0].tolist() == [[-np.inf, np.inf], [np.inf, -np.inf]]
    np.testing.assert_allclose(found[1] @ REGULAR, np.eye(2), atol=1e-15)


def test_what_is_singular_raises_and_what_nearly_is_has_a_solution() -> None:
    with pytest.raises(torch.linalg.LinAlgError, match="singular"):
        torch.linalg.solve(torch.from_numpy(SINGULAR), torch.ones(2, 1, dtype=torch.float64))
    for seed in range(20):  # A minus one of its eigenvalues: a pivot of rounding errors, or none
        generator = torch.Generator().manual_seed(seed)
        a = torch.randn(4, 4, dtype=torch.float64, generator=generator)
        a = a + a.T
        shifted = a - torch.linalg.eigvalsh(a)[1] * torch.eye(4, dtype=torch.float64)
        found, info = torch.linalg.solve_ex(shifted, torch.ones(4, 1, dtype=torch.float64))
        assert info.item() in (0, 4)
        assert bool(found.isfinite().all()) == (info.item() == 0)


def test_columns_that_are_no_multiple_of_a_block() -> None:
    a = np.random.default_rng(0).normal(size=(2, 100, 100))
    a[0, :, 5] = 0
    found, info = solution(a, np.ones((100, 1)), True)
    assert info.tolist() == [6, 0]
    np.testing.assert_allclose(a[1] @ found[1], np.ones((100, 1)), atol=1e-9)
