"""Hooks: who is called, in which order, with what, and what becomes of what they return."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections import OrderedDict
from typing import Any

import pytest

import pullback as torch
from pullback.graph.hooks import RemovableHandle, hooked


def leaf(*values: float) -> Any:
    return torch.tensor(list(values), requires_grad=True)


def accumulator_of(tensor: Any) -> Any:
    return tensor.view_as(tensor).grad_fn.next_functions[0][0]


def test_order_at_a_node() -> None:
    x, log = leaf(2.0), []
    y = x.clone()
    y.grad_fn.register_prehook(lambda grads: log.append("pre-hook of the node"))
    y.register_hook(lambda grad: log.append("hook of the tensor"))
    y.retain_grad()
    y.grad_fn.register_prehook(lambda grads: log.append(f"retained {y.grad.tolist()}"))
    y.grad_fn.register_hook(lambda inputs, outputs: log.append("post-hook of the node"))
    y.backward(torch.tensor([3.0]))
    assert log == ["hook of the tensor", "pre-hook of the node", "retained [3.0]", "post-hook of the node"]


def test_order_at_a_leaf() -> None:
    x, log = leaf(1.0), []
    accumulator = accumulator_of(x)
    accumulator.register_hook(lambda inputs, outputs: log.append(("post-hook", x.grad.item())))
    accumulator.register_prehook(lambda grads: (grads[0] / 5,))
    x.register_post_accumulate_grad_hook(lambda p: log.append(("after accumulation", p.grad.item())))
    x.register_hook(lambda grad: grad + 9)
    x.sum().backward()
    assert log == [("after accumulation", 2.0), ("post-hook", 2.0)]


def test_a_retained_gradient_is_after_tensor_hooks_and_before_prehooks() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda grad: grad * 3)
    y.grad_fn.register_prehook(lambda grads: (grads[0] * 5,))
    y.backward()
    assert (y.grad.item(), x.grad.item()) == (3.0, 30.0)


def test_a_leaf_is_stored_as_soon_as_its_last_gradient_is_there() -> None:
    a, b, seen = leaf(1.0), leaf(1.0), []
    h = a * 2
    h.register_hook(lambda grad: seen.append((None if b.grad is None else b.grad.item(), a.grad)))
    (h * b).sum().backward()
    assert seen == [(2.0, None)]


def test_parameters_may_be_updated_and_their_gradient_dropped_in_the_pass() -> None:
    a, b = leaf(1.0), leaf(2.0)

    def step(p: Any) -> None:
        with torch.no_grad():
            p -= 0.5 * p.grad
        p.grad = None

    for p in (a, b):
        p.register_post_accumulate_grad_hook(step)
    (a * a * b.exp()).sum().backward(inputs=[a])
    assert a.item() == pytest.approx(1 - 2.718281828**2 * 1.0, rel=1e-6) and a.grad is None and b.item() == 2.0


def test_hooks_of_ready_leaves_run_in_pytorchs_order() -> None:
    """Equal priorities leave C++'s heap in an order of their own."""
    leaves, order = [leaf(1.0) for _ in range(6)], []
    for number, each in enumerate(leaves):
        each.register_post_accumulate_grad_hook(lambda p, number=number: order.append(number))
    torch.stack(leaves).sum().backward()
    assert order == [0, 2, 5, 4, 1, 3]


def test_hooks_see_none_where_nothing_arrives() -> None:
    x, seen = torch.ones(4, requires_grad=True), []
    first, second = x.split(2)
    first.register_hook(lambda grad: seen.append(grad.tolist()))
    second.register_hook(lambda grad: seen.append(grad))
    first.sum().backward()
    assert seen == [[1.0, 1.0], None]


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (3, TypeError, "expected Variable, but hook returned 'int'"),
        (torch.ones(3), RuntimeError, "hook 'hook' has changed the size of value"),
        (
            torch.ones(2).double(),
            RuntimeError,
            "has changed the type of value .was torch.FloatTensor got torch.DoubleT",
        ),
    ],
)
def test_what_a_tensor_hook_returns_is_checked(returned: Any, error: Any, message: str) -> None:
    def hook(grad: Any) -> Any:
        return returned

    y = leaf(1.0, 2.0) * 2
    y.register_hook(hook)
    with pytest.raises(error, match=message):
        y.sum().backward()


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (torch.ones(2), TypeError, "expected tuple, but hook returned 'Tensor'"),
        ((None,), RuntimeError, r"incorrect number of values \(got 1, but expected 2\)"),
        ((None, torch.ones(2)), RuntimeError, "can't replace a None gradient with a non-None value"),
    ],
)
def test_what_a_node_hook_returns_is_checked(returned: Any, error: Any, message: str) -> None:
    y = leaf(1.0, 2.0) * 2
    y.grad_fn.register_hook(lambda inputs, outputs: returned)
    with pytest.raises(error, match=message):
        y.sum().backward()


def test_grad_runs_hooks_on_the_way_only() -> None:
    """The rules by which ``autograd.grad`` and ``backward(inputs=)`` choose what runs."""
    a = leaf(1.0)
    b = a * 2
    c = b * 2
    log: set[str] = set()
    for name, tensor in {"a": a, "b": b, "c": c}.items():
        node = b.grad_fn.next_functions[0][0] if tensor is a else tensor.grad_fn
        tensor.register_hook(lambda grad, name=name: log.add(name))
        node.register_prehook(lambda grads, name=name: log.add(name + " pre"))
        node.register_hook(lambda inputs, outputs, name=name: log.add(name + " post"))

    def logged(action: Any) -> list[str]:
        log.clear()
        action()
        return sorted(log)

    assert logged(lambda: torch.autograd.grad(c, b, retain_graph=True)) == ["b", "c", "c post", "c pre"]
    through = ["b", "b post", "b pre", "c", "c post", "c pre"]
    assert logged(lambda: torch.autograd.grad(c, a, retain_graph=True)) == ["a", *through]
    assert logged(lambda: c.backward(inputs=[b], retain_graph=True)) == through
    assert logged(lambda: c.backward(inputs=[a], retain_graph=True)) == ["a", "a post", "a pre", *through]


def test_an_accumulator_lives_as_long_as_the_graph_through_which_it_was_asked_for() -> None:
    x, log = leaf(1.0), []
    y = x * 2
    y.grad_fn.next_functions[0][0].register_hook(lambda inputs, outputs: log.append(outputs[0].item()))
    y.backward()
    (x * 3).backward()
    del y
    (x * 3).backward()
    assert log == [2.0, 3.0] and x.grad.item() == 8.0


def test_a_hook_may_remove_itself_and_register_others() -> None:
    x, log = leaf(1.0), []
    y = x * 3

    def hook(grad: Any) -> None:
        log.append("once")
        handle.remove()
        y.register_hook(lambda grad: log.append("later"))

    handle = y.register_hook(hook)
    y.backward(retain_graph=True)
    y.backward()
    assert log == ["once", "later"]


def test_hooks_are_counted_while_their_holders_live() -> None:
    gc.collect()
    before = len(hooked)
    x = leaf(1.0)
    x.register_hook(lambda grad: None)
    y = x * 2
    y.register_hook(lambda grad: None)
    assert len(hooked) == before + 2
    del x, y
    gc.collect()
    assert len(hooked) == before


def test_handle_takes_back_entries_of_several_dictionaries() -> None:
    hooks: OrderedDict[int, Any] = OrderedDict()
    flags: OrderedDict[int, Any] = OrderedDict()
    handle = RemovableHandle(hooks, extra_dict=flags)
    hooks[handle.id] = flags[handle.id] = True
    with handle:
        pass
    handle.remove()
    assert not hooks and not flags


def test_a_pickled_handle_belongs_to_the_pickled_dictionary() -> None:
    hooks: OrderedDict[int, Any] = OrderedDict()
    handle = RemovableHandle(hooks)
    hooks[handle.id] = 1
    other, copied = pickle.loads(pickle.dumps((hooks, handle)))
    copied.remove()
    assert not other and len(hooks) == 1


def test_copies_have_no_hooks_and_pickling_warns_of_them() -> None:
    x = leaf(1.0)
    x.register_hook(print)
    assert copy.deepcopy(x)._backward_hooks is None
    with pytest.warns(UserWarning, match="will not be serialized"):
        again = pickle.loads(pickle.dumps(x))
    assert again._backward_hooks is None and again.requires_grad


def test_a_hook_dies_with_its_tensor() -> None:
    class Witness:
        pass

    def scope() -> Any:
        witness = Witness()
        x = leaf(1.0)
        x.register_post_accumulate_grad_hook(lambda p, witness=witness: None)
        return weakref.ref(witness)

    assert scope()() is None
