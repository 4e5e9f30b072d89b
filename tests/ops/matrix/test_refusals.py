"""What the functions of `torch.linalg` refuse: numbers that are none, dtypes that PyTorch has no kernel for."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch

NAN = torch.full((3, 3), float("nan"))
WHOLE = torch.tensor([[1, 2], [3, 4]])


@pytest.mark.parametrize("function", [torch.linalg.pinv, torch.linalg.matrix_rank, torch.linalg.svd])
def test_singular_values_of_nan_raise(function: Any) -> None:
    with pytest.raises(
        torch.linalg.LinAlgError, match="failed to converge because the input matrix contained non-finite"
    ):
        function(NAN)


def test_nan_is_not_positive_definite() -> None:
    batch = torch.eye(3).repeat(2, 1, 1)
    batch[1, 1, 0] = float("nan")
    assert torch.linalg.cholesky_ex(batch).info.tolist() == [0, 2]
    with pytest.raises(torch.linalg.LinAlgError, match="the leading minor of order 1 is not positive-definite"):
        torch.linalg.cholesky(NAN)


def test_slogdet_of_nan_has_no_sign() -> None:
    sign, size = torch.linalg.slogdet(NAN)
    assert sign.item() == 0
    assert size.isnan()


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: torch.linalg.vecdot(WHOLE, WHOLE), RuntimeError, "Expected a floating point or complex tensor"),
        (lambda: torch.linalg.vander(WHOLE.bool()), RuntimeError, "but got Bool"),
        (lambda: torch.orgqr(WHOLE.half(), WHOLE[0].half()), NotImplementedError, '"orgqr_cpu" not implemented'),
        (lambda: torch.triangular_solve(WHOLE, WHOLE), NotImplementedError, '"triangular_solve_cpu" not implemented'),
    ],
)
@pytest.mark.filterwarnings("ignore:torch.triangular_solve is deprecated")
def test_dtypes_without_a_kernel(call: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        call()
