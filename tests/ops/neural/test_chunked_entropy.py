"""Cross entropy of a linear layer, a few rows at a time, against the same at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback
from pullback.autograd import gradcheck, gradgradcheck

F = pullback.nn.functional


def options(rows: int | None) -> Any:
    return pullback.nn.LinearCrossEntropyOptions(batch_chunk_size=rows)


def operands() -> tuple[Any, Any, Any]:
    x, w, b = (np.random.default_rng(n).standard_normal(s) for n, s in enumerate(((5, 3), (4, 3), (4,))))
    return tuple(pullback.tensor(each, requires_grad=True) for each in (x, w, b))  # type: ignore[return-value]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("rows", [1, 2, 7, None])
@pytest.mark.parametrize("weighted", [False, True])
def test_pieces_add_up(reduction: str, rows: int | None, weighted: bool) -> None:
    x, w, b = operands()
    target = pullback.tensor([0, 3, -100, 1, 2])
    weight = pullback.tensor([1.0, 2.0, 3.0, 4.0], dtype=pullback.float64) if weighted else None
    found = []
    for chosen in (None, options(rows)):
        loss = F.linear_cross_entropy(x, w, target, linear_bias=b, weight=weight, reduction=reduction, options=chosen)
        found.append([loss, *pullback.autograd.grad(loss.sum(), (x, w, b))])
    for whole, pieces in zip(*found):
        np.testing.assert_allclose(whole.detach().numpy(), pieces.detach().numpy(), 1e-12, 1e-14)


def test_derivatives() -> None:
    x, w, b = operands()
    target = pullback.tensor([0, 3, 2, 1, 2])

    def loss(x: Any, w: Any, b: Any) -> Any:
        return F.linear_cross_entropy(x, w, target, linear_bias=b, options=options(2))

    assert gradcheck(loss, (x, w, b), check_forward_ad=True)
    assert gradgradcheck(loss, (x, w, b))


def test_one_sample_and_a_class_that_is_none() -> None:
    x, w, _ = operands()
    single = F.linear_cross_entropy(x[0], w, pullback.tensor(1), reduction="none", options=options(1))
    assert single.shape == ()
    with pytest.raises(IndexError, match="Target 4 is out of bounds"):
        F.linear_cross_entropy(x, w, pullback.tensor([0, 1, 2, 3, 4]), options=options(2))


def test_what_is_not_cut_warns() -> None:
    x, w, _ = operands()
    with pytest.warns(UserWarning, match="all logits are made at once"):
        F.linear_cross_entropy(x, w, pullback.zeros(5).long(), label_smoothing=0.1, options=options(2))
