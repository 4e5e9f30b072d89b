"""What optimizers refuse, and what loading adds to their groups."""

from __future__ import annotations

import pytest

import pullback as torch


def test_sparse_adam_refuses_complex_parameters() -> None:
    with pytest.raises(ValueError, match=r"Complex params at indices \[\[0, 1\]\]: SparseAdam does not support"):
        torch.optim.SparseAdam([torch.zeros(2), torch.zeros(2, dtype=torch.complex64)])


def test_adafactor_groups_keep_their_settings() -> None:
    optimizer = torch.optim.Adafactor([torch.nn.Parameter(torch.ones(2, 3))])
    before = optimizer.state_dict()
    optimizer.load_state_dict(before)
    assert optimizer.state_dict() == before
