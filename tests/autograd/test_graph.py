"""One hook for several gradients, and Variable."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch
from pullback.autograd import Variable
from pullback.autograd.graph import register_multi_grad_hook


def leaves(count: int) -> list[Any]:
    return [torch.ones(1, requires_grad=True) for _ in range(count)]


def test_all_waits_for_those_that_the_pass_computes() -> None:
    a, b, c = leaves(3)
    calls: list[Any] = []
    handle = register_multi_grad_hook((a, b, c), lambda grads: calls.append([g and g.item() for g in grads]))
    product = a * b
    product.backward(retain_graph=True)
    product.backward(inputs=[b], retain_graph=True)
    (product * c).backward(retain_graph=True)
    handle.remove()
    product.backward()
    assert calls == [[1.0, 1.0, None], [None, 1.0, None], [1.0, 1.0, 1.0]]


def test_any_is_called_once_in_each_pass() -> None:
    a, b = leaves(2)
    calls: list[Any] = []
    register_multi_grad_hook((a, b), lambda grad: calls.append(grad.item()), mode="any")
    product = a * b * 2
    product.backward(retain_graph=True)
    product.backward()
    assert calls == [2.0, 2.0]
    with pytest.raises(ValueError, match="Expects mode to be one of"):
        register_multi_grad_hook((a,), print, mode="some")


def test_intermediate_tensors_take_part() -> None:
    (x,) = leaves(1)
    a = x * 2
    b = a * 3
    calls: list[Any] = []
    register_multi_grad_hook((a, b), lambda grads: calls.append([g and g.item() for g in grads]))
    b.backward(retain_graph=True)
    (a * 5).backward()
    assert calls == [[None, 1.0], [3.0, None], [5.0, None]]  # the one root is not counted, as in PyTorch


def test_variable_makes_leaves() -> None:
    x = torch.ones(2)
    leaf = Variable(x, requires_grad=True)
    assert isinstance(x, Variable) and leaf is not x and leaf.requires_grad and leaf.data_ptr() == x.data_ptr()
    assert Variable(leaf * 2).grad_fn is None
    with pytest.raises(TypeError, match="Variable data has to be a tensor, but got int"):
        Variable(3)


def test_any_passes_over_what_needs_no_gradient() -> None:
    (x,) = leaves(1)
    calls: list[float] = []
    register_multi_grad_hook((torch.ones(1), x), lambda grad: calls.append(grad.item()), mode="any")
    (x * 3).backward()
    assert calls == [3.0]
    with pytest.raises(AssertionError, match="Expected gradient function to be set"):
        register_multi_grad_hook((torch.ones(1), x), print)


def test_a_leaf_that_a_pass_does_not_reach_is_not_waited_for() -> None:
    x, other = leaves(2)
    y = x * 2
    calls: list[Any] = []
    register_multi_grad_hook((y, other), lambda grads: calls.append(grads))
    assert torch.autograd.grad(y * 3, [other], allow_unused=True) == (None,)
    assert torch.autograd.grad(y, [other], allow_unused=True) == (None,) and calls == []


def test_a_view_without_a_history_has_no_edge() -> None:
    (x,) = leaves(1)
    with torch.no_grad():
        view = x[:]
    assert view.requires_grad
    for ask in (torch.autograd.graph.get_gradient_edge, lambda each: register_multi_grad_hook((each,), print)):
        with pytest.raises(AssertionError, match="Expected gradient function to be set"):
            ask(view)
