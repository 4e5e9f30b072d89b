"""Losses and norms as functions of ``torch`` itself."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch

PAIR = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.ones(2, 2)


@pytest.mark.parametrize(("number", "word"), [(0, "none"), (1, "mean"), (2, "sum")])
@pytest.mark.parametrize("name", ["hinge_embedding_loss", "binary_cross_entropy_with_logits"])
def test_reductions_are_numbered(name: str, number: int, word: str) -> None:
    expected = getattr(torch.nn.functional, name)(*PAIR, reduction=word)
    assert torch.equal(getattr(torch, name)(*PAIR, reduction=number), expected)


def test_nothing_is_reduced_by_default() -> None:
    assert torch.margin_ranking_loss(*PAIR, PAIR[1]).shape == (2, 2)
    assert torch.poisson_nll_loss(*PAIR, True, False, 1e-8, 1).shape == ()


def test_words_for_reductions_are_refused() -> None:
    with pytest.raises(TypeError, match=r"kl_div\(\): argument 'reduction' \(position 3\) must be int, not str"):
        torch.kl_div(*PAIR, "mean")


def test_norms_by_name() -> None:
    matrix = torch.tensor([[3.0, 0.0], [0.0, -4.0]])
    assert torch.frobenius_norm(matrix, ()).item() == 5
    assert torch.frobenius_norm(matrix, 1).tolist() == [3, 4]
    assert torch.nuclear_norm(matrix).item() == pytest.approx(7)
    assert torch.nuclear_norm(matrix, True).shape == (1, 1)


def test_methods_as_functions() -> None:
    x: Any = torch.ones(2, 3)
    assert torch.addmv_(torch.zeros(2), x, torch.ones(3)).tolist() == [3, 3]
    assert torch.get_device(x) == -1
    assert not torch.is_distributed(x)
    assert torch.detach(x.clone().requires_grad_()).requires_grad is False
    with pytest.raises(TypeError, match=r"detach\(\): argument 'input'"):
        torch.detach(3)


def test_is_set_to_sees_the_same_elements() -> None:
    x = torch.ones(2, 2)
    assert x.is_set_to(x[:])
    assert not x.is_set_to(x.clone())
    assert not x.is_set_to(x.t())
    assert torch.ones(1).is_nonzero()


def test_addbmm_grows_in_place() -> None:
    x = torch.ones(1, requires_grad=True)
    y = x.clone().addbmm_(torch.ones(2, 3, 4), torch.ones(2, 4, 5))
    assert y.shape == (3, 5)
    assert y[0, 0].item() == 9
    y.sum().backward()
    assert x.grad.tolist() == [15]


def test_kl_div_divides_without_a_warning() -> None:
    assert torch.kl_div(*PAIR, 1).item() == torch.kl_div(*PAIR).mean().item() == -2.5
