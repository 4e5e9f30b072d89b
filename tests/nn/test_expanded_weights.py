"""Weights that get a gradient for each example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.nn.utils._expanded_weights import ExpandedWeight
from pullback.nn.utils._expanded_weights.expanded_weights_utils import (
    forward_helper,
    set_grad_sample_if_exists,
    standard_kwargs,
    sum_over_all_but_batch_and_last_n,
    unpack_expanded_weight_or_tensor,
)
from pullback.nn.utils._per_sample_grad import call_for_per_sample_grads

F = torch.nn.functional


@pytest.mark.parametrize("reduction, factor", [("sum", 1), ("mean", 3)])
def test_each_example_leaves_its_gradient(reduction: str, factor: int) -> None:
    torch.manual_seed(0)
    weight, x = torch.randn(2, 4, requires_grad=True), torch.randn(3, 4)
    F.linear(x, ExpandedWeight(weight, 3, reduction)).pow(2).sum().backward()
    expected = [torch.autograd.grad(F.linear(row, weight).pow(2).sum(), weight)[0] for row in x]
    np.testing.assert_allclose(weight.grad_sample.numpy(), factor * torch.stack(expected).numpy(), rtol=1e-5)
    assert weight.grad is None


def test_running_statistics_move_with_the_batch() -> None:
    x, mean, var = torch.arange(24.0).reshape(2, 3, 4), torch.zeros(3), torch.ones(3)
    weight = torch.ones(3, requires_grad=True)
    found = F.instance_norm(x, mean, var, ExpandedWeight(weight, 2, "sum"))
    other, other_var = torch.zeros(3), torch.ones(3)
    np.testing.assert_allclose(found.detach().numpy(), F.instance_norm(x, other, other_var).numpy(), rtol=1e-6)
    np.testing.assert_allclose(mean.numpy(), other.numpy())


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda w: torch.add(torch.ones(3), w), "cannot handle function add"),
        (lambda w: F.linear(torch.ones(2, 4), w), "got input batch size of 2 with ExpandedWeight of batch size 3"),
        (lambda w: F.linear(torch.ones(4), w), "expected input of at least rank 2, got of rank 1"),
        (lambda w: ExpandedWeight(torch.ones(1), 1, "sum"), "tensors that require_grad"),
        (lambda w: forward_helper(F.linear, (3, w), {}), "requires a Tensor as the first input"),
        (lambda w: forward_helper(F.linear, (torch.ones(0, 4), w), {}), "0 is not a valid batch size"),
        (lambda w: unpack_expanded_weight_or_tensor(torch.ones(1, requires_grad=True)), "does not support a mixture"),
    ],
)
def test_what_it_refuses(call: Any, message: str) -> None:
    weight = ExpandedWeight(torch.ones(2, 4, requires_grad=True), 3, "sum")
    with pytest.raises(RuntimeError, match=message):
        call(weight)


def test_helpers() -> None:
    weight = torch.ones(4, requires_grad=True)
    expanded = ExpandedWeight(weight, 2, "mean")
    set_grad_sample_if_exists(expanded, lambda w: torch.arange(2.0))
    set_grad_sample_if_exists(expanded, lambda w: torch.ones(2))
    assert weight.grad_sample.tolist() == [2.0, 4.0]
    assert standard_kwargs(("bias",), (1, 2, 3)) == ((1, 2), {"bias": 3})
    assert sum_over_all_but_batch_and_last_n(torch.ones(2, 3, 4, 5), 1).tolist() == [[12.0] * 5] * 2
    assert unpack_expanded_weight_or_tensor(expanded) is weight and unpack_expanded_weight_or_tensor(4) is None


@dataclass
class _Pair:
    one: Any
    two: Any


class _Sum(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(3, 1, bias=False)

    def forward(self, pair: _Pair, *rest: Any) -> Any:
        return self.linear(pair.one) + self.linear(pair.two)


def test_tensors_inside_of_other_objects_are_met_by_the_layers() -> None:
    model, pair = _Sum(), _Pair(torch.ones(2, 3), torch.arange(6.0).reshape(2, 3))
    call_for_per_sample_grads(model)(pair, torch.ones(2)).sum().backward()
    assert model.linear.weight.grad_sample.tolist() == [[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]
    with pytest.raises(RuntimeError, match="cannot compute the batch size from the inputs"):
        call_for_per_sample_grads(_Sum())(pair, "")
