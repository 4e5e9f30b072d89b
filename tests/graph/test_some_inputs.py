"""A pass for some inputs computes the cotangents that lead there, and no others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback as torch


def layers() -> tuple[Any, ...]:
    draw = np.random.default_rng(0)
    return tuple(
        torch.tensor(draw.normal(size=shape), requires_grad=True) for shape in ((4, 3), (3, 3), (3,), (3, 3), (3,))
    )


def network(x: Any, w: Any, b: Any, v: Any, c: Any) -> Any:
    return torch.nn.functional.linear(torch.nn.functional.linear(x, w, b).tanh(), v, c)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("chosen", [(0,), (1,), (2, 3), (4,), (0, 4)])
def test_equals_the_whole_pass(create_graph: bool, chosen: tuple[int, ...]) -> None:
    inputs = layers()
    loss = (network(*inputs) ** 2 / (1 + inputs[0].exp())).sum()
    every = torch.autograd.grad(loss, inputs, retain_graph=True)
    some = torch.autograd.grad(loss, [inputs[n] for n in chosen], create_graph=create_graph)
    for n, each in zip(chosen, some, strict=True):
        np.testing.assert_array_equal(each.detach().numpy(), every[n].numpy())


def test_weights_cost_nothing_where_the_input_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = layers()
    y = network(*inputs)
    kind, asked = type(y.grad_fn), []
    own = kind.vjp_to
    monkeypatch.setattr(kind, "vjp_to", lambda node, edges, *rest: asked.append(edges) or own(node, edges, *rest))
    (first,) = torch.autograd.grad(y.sum(), inputs[0], retain_graph=True)
    y.sum().backward(inputs=[inputs[0]])
    assert kind.__name__ == "AddmmBackward0"
    assert [[each is not None for each in edges] for edges in asked] == [[False, True, False]] * 4
    np.testing.assert_array_equal(inputs[0].grad.numpy(), first.numpy())
    assert all(each.grad is None for each in inputs[1:])


def test_derivatives_of_a_part_go_on_to_everything() -> None:
    a, b, *_ = layers()
    (part,) = torch.autograd.grad((a @ b).tanh().sum(), a, create_graph=True)
    (found,) = torch.autograd.grad(part.sum(), b)
    y = np.tanh(a.detach().numpy() @ b.detach().numpy())
    through_tanh = a.detach().numpy().T @ (-2 * y * (1 - y * y) * b.detach().numpy().sum(0))
    direct = np.ones((3, 1)) * (1 - y * y).sum(0)
    np.testing.assert_allclose(found.numpy(), through_tanh + direct, 1e-12)


def test_a_saved_value_may_not_be_overwritten_though_nobody_needs_it() -> None:
    x, w, *_ = layers()
    y = x @ w
    with torch.no_grad():
        x.zero_()  # only the cotangent of w asks for x; PyTorch unpacks all that a node saved
    for wanted in (x, w):
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            torch.autograd.grad(y.sum(), wanted, retain_graph=True)
    constant = torch.ones(3, 3, dtype=torch.float64)
    y = x @ constant
    with torch.no_grad():
        x.zero_()  # which the node did not save
    (found,) = torch.autograd.grad(y.sum(), x)
    np.testing.assert_array_equal(found.numpy(), np.full((4, 3), 3.0))


def test_complex_products_and_lists() -> None:
    z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    w = torch.tensor([0.5 - 1j, 2 + 0j], requires_grad=True)
    y = (torch.cat([z / w, w]) * torch.cat([w, w])).abs().sum()
    both = torch.autograd.grad(y, (z, w), retain_graph=True)
    for each, alone in zip((z, w), both):
        np.testing.assert_allclose(torch.autograd.grad(y, each, retain_graph=True)[0].numpy(), alone.numpy(), 1e-6)


@pytest.mark.parametrize("shape", [(2, 3), (2, 0)])
def test_a_view_whose_base_got_a_history_since_retains_its_gradient(shape: tuple[int, ...]) -> None:
    x = torch.ones(shape, requires_grad=True)
    base = torch.zeros(shape)
    view = base[...]
    base.add_(x)
    (view * 2).sum().backward(inputs=[view])
    assert view.retains_grad and view.grad.tolist() == torch.full(shape, 2.0).tolist() and x.grad is None


@pytest.mark.parametrize("create_graph", [False, True])
def test_the_one_root_is_visited_though_it_leads_to_nothing_wanted(create_graph: bool) -> None:
    other = torch.ones(2, requires_grad=True)
    root = torch.ones(2, requires_grad=True) * 2
    root.retain_grad()
    found = torch.autograd.grad(root, [other], torch.ones(2), allow_unused=True, create_graph=create_graph)
    assert found == (None,) and root.grad.tolist() == [1.0, 1.0]


def test_of_several_roots_those_are_visited_that_lead_to_something_wanted() -> None:
    x, other = (torch.ones(2, requires_grad=True) for _ in range(2))
    roots = [x * 2, other * 3]
    seen: list[Any] = []
    for root in roots:
        root.retain_grad()
        root.register_hook(lambda grad: seen.append(grad.tolist()))
    torch.autograd.grad(roots, [x], [torch.ones(2), torch.full((2,), 5.0)])
    assert seen == [[1.0, 1.0]] and roots[0].grad.tolist() == [1.0, 1.0] and roots[1].grad is None
