"""Tensors of one element where an operator takes a number, and two numbers where it takes tensors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
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


ONE, TWO = torch.tensor(1), torch.tensor(2, dtype=torch.int32)
square = torch.tensor([[1.0, 5.0], [3.0, 2.0]])


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: square.kthvalue(TWO, ONE).values, [5.0, 3.0]),
        (lambda: torch.kthvalue(square, 3 - TWO).indices, [0, 1]),
        (lambda: torch.diag(square, ONE), [5.0]),
        (lambda: torch.diag(torch.tensor([4.0]), ONE), [[0.0, 4.0], [0.0, 0.0]]),
        (lambda: square.diagonal(ONE), [5.0]),
        (lambda: torch.diag_embed(torch.tensor([4.0]), -ONE), [[0.0, 0.0], [4.0, 0.0]]),
        (lambda: torch.bincount(ONE[None], minlength=TWO + 1), [0, 1, 0]),
        (lambda: torch.histc(square, TWO, ONE, 5), [2.0, 2.0]),
        (lambda: torch.zeros(2).index_add(0, ONE[None], torch.ones(1), alpha=half), [0.0, 0.5]),
        (lambda: torch.arange(4).unfold(0, TWO, ONE), [[0, 1], [1, 2], [2, 3]]),
        (lambda: square.select_scatter(torch.zeros(2), 0, ONE), [[1.0, 5.0], [0.0, 0.0]]),
        (lambda: square.movedim(ONE, ONE - 1), [[1.0, 3.0], [5.0, 2.0]]),
        (lambda: (square > 1).all(ONE), [False, True]),
        (lambda: (square > 4).any(ONE), [True, False]),
        (lambda: torch.tensor([1.26, 2.0]).round(decimals=ONE) * 10, [13.0, 20.0]),
        (lambda: torch.cdist(square, square, ONE), [[0.0, 5.0], [5.0, 0.0]]),
        (lambda: square.var(1, correction=ONE - 1), [4.0, 0.25]),
        (lambda: torch.bartlett_window(TWO), [0.0, 1.0]),
    ],
)
def test_whole_numbers(made: Callable[[], torch.Tensor], expected: list[float]) -> None:
    assert made().tolist() == expected


def test_a_count_is_whole_and_one() -> None:
    for count in (torch.tensor(1.0), torch.tensor(True)):
        with pytest.raises(TypeError, match=r"kthvalue\(\): argument 'k' \(position 2\) must be int, not Tensor"):
            square.kthvalue(count)


@pytest.mark.parametrize("number", [np.float64(0.5), np.int64(1), np.float32(0.5)])
def test_numpys_numbers_keep_the_dtype(number: float) -> None:
    functional = torch.nn.functional
    made = [
        functional.softplus(square, number),
        functional.softshrink(square, number),
        functional.dropout(square, number * 0.5),
        functional.cross_entropy(square, torch.tensor([0, 1]), label_smoothing=number * 0.5),
        functional.cosine_embedding_loss(square, square + 1, torch.tensor([1, -1]), margin=number * 0.5),
        functional.triplet_margin_loss(square, square + 1, square + 2, margin=number, eps=number),
        torch.addcmul(square, square, square, value=number),
        torch.lerp(square, square + 1, number),
        torch.round(square, decimals=np.int64(1)),
        torch.cdist(square, square, number),
    ]
    assert {each.dtype for each in made} == {torch.float32}
    assert made[7].tolist() == (square + float(number)).tolist()
    assert torch.isin(torch.tensor([0, 1]), np.int64(1)).tolist() == [False, True]
