"""Tensors of one element where an operator takes a number, and two numbers where it takes tensors."""

from __future__ import annotations

import pytest

import pullback as torch

half = torch.tensor(0.5)


@pytest.mark.parametrize(
    ("call", "gradient"),
    [
        (lambda x, y: x.add(y, alpha=half), 0.5),
        (lambda x, y: x.sub(y, alpha=half), -0.5),
        (lambda x, y: torch.addcmul(x, x, y, value=half), 0.5),
        (lambda x, y: torch.addcdiv(x, y, x, value=half), 0.5),
        (lambda x, y: x.clone().addcdiv_(y, x, value=half), 0.5),
    ],
)
def test_alpha_and_value(call, gradient: float) -> None:  # type: ignore[no-untyped-def]
    x, y = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    call(x, y).sum().backward()
    assert y.grad.tolist() == [gradient] * 3


def test_counts() -> None:
    two = torch.tensor(2)
    assert torch.tensor([3.0, 1.0, 2.0]).topk(two).values.tolist() == [3.0, 2.0]
    assert [part.tolist() for part in torch.arange(3).chunk(two)] == [[0, 1], [2]]


def test_rounded_quotient_of_two_numbers() -> None:
    assert torch.div(7, 2, rounding_mode="trunc").equal(torch.tensor(3))


def test_former_constructor_of_sparse_tensors() -> None:
    sparse = torch.eye(2).to_sparse()
    made = sparse.new(torch.tensor([[1], [0]]), torch.tensor([3.0]), torch.Size([2, 2]))
    assert made.is_sparse and made.to_dense().tolist() == [[0.0, 0.0], [3.0, 0.0]]
    assert sparse.new().resize_as_(sparse).shape == (2, 2)
    with pytest.raises(TypeError, match="invalid combination"):
        sparse.new("a")
