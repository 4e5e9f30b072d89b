"""Names that PyTorch keeps only to say what took their place."""

from __future__ import annotations

import pytest

import pullback as torch


@pytest.mark.parametrize(
    ("name", "successor"),
    [("eig", "eig"), ("lstsq", "lstsq"), ("matrix_rank", "matrix_rank"), ("solve", "solve"), ("symeig", "eigh")],
)
def test_a_removed_function_names_its_successor(name, successor):
    with pytest.raises(RuntimeError, match=f"is now removed. `torch.{name}` .* `torch.linalg.{successor}`"):
        getattr(torch, name)(torch.eye(2), torch.ones(2))
    assert callable(getattr(torch.linalg, successor))
