"""The careful walk: order, what the engine tells of itself, passes inside passes."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch
from pullback import _C
from pullback.graph.ready import Ready

queue_callback = torch.autograd.Variable._execution_engine.queue_callback


def test_ready_queue_breaks_ties_as_a_heap_of_the_cpp_library() -> None:
    queue = Ready()
    for number in range(6):
        queue.push(1, number)
    queue.push(5, "first")
    assert queue.copy().pop() == queue.pop() == "first"
    assert sorted(queue.pop() for _ in range(6)) == list(range(6))
    for number in range(6):
        queue.push(1, number)
    assert [queue.pop() for _ in range(6)] == [0, 2, 5, 4, 1, 3]  # as PyTorch runs six leaves of one node


def test_a_number_of_ones_own_puts_a_node_before_others() -> None:
    x, y, z = (torch.ones(3, requires_grad=True) for _ in range(3))
    a, b = x + y, y + z
    c, order = a + b, []
    for name, tensor, number in (("a", a, 100), ("b", b, 99), ("c", c, 98)):
        tensor.grad_fn._set_sequence_nr(number)
        tensor.register_hook(lambda grad, name=name: order.append(name))
    c.sum().backward()
    assert order == ["c", "a", "b"] and y.grad.tolist() == [2.0] * 3


def test_callbacks_run_after_everything_is_stored() -> None:
    x, log = torch.ones(1, requires_grad=True), []

    def hook(grad: Any) -> None:
        queue_callback(lambda: (log.append(x.grad.item()), queue_callback(lambda: log.append("second"))))

    y = x * 2
    y.register_hook(hook)
    y.backward()
    assert log == [2.0, "second"]
    with pytest.raises(RuntimeError, match="Final callbacks can only be installed during backward pass"):
        queue_callback(print)


def test_the_running_pass_and_node_are_known() -> None:
    x, seen = torch.ones(1, requires_grad=True), []
    y = x * 2
    y.register_hook(lambda grad: seen.append((_C._current_graph_task_id(), _C._current_autograd_node().name())))
    y.backward(retain_graph=True)
    y.backward()
    (first, name), (second, _) = seen
    assert second == first + 1 and name == "MulBackward0"
    assert _C._current_graph_task_id() == -1 and _C._current_autograd_node() is None


def test_order_ahead_is_the_order_that_follows() -> None:
    a, b = (torch.tensor(value, requires_grad=True) for value in (1.0, 2.0))
    predicted: list[str] = []
    out = b.sin() * a.cos()
    out.register_hook(lambda grad: predicted.extend(n.name() for n in _C._current_graph_task_execution_order()))
    with torch.autograd.set_multithreading_enabled(False):
        out.backward()
    leaf_name = "torch::autograd::AccumulateGrad"
    assert predicted == ["MulBackward0", "CosBackward0", leaf_name, "SinBackward0", leaf_name]
    with pytest.raises(RuntimeError, match="should only be called during the backward pass"):
        _C._current_graph_task_execution_order()


def test_will_execute_tells_what_the_pass_needs() -> None:
    a, b = (torch.ones(1, requires_grad=True) for _ in range(2))
    c = a * b
    d = c.cos()
    told: list[list[bool]] = []
    leaves = [edge[0] for edge in c.grad_fn.next_functions]
    nodes = [*leaves, c.grad_fn, d.grad_fn]
    d.register_hook(lambda grad: told.append([_C._will_engine_execute_node(node) for node in nodes]))
    torch.autograd.backward(d, inputs=[a], retain_graph=True)
    d.backward()
    assert told == [[True, False, True, False], [True, True, True, False]]  # no, of the one root


class Nested(torch.autograd.Function):
    """Starts a backward pass of its own in its backward, `depth` deep."""

    @staticmethod
    def forward(ctx: Any, depth: Any) -> Any:
        with torch.enable_grad():
            ctx.inner = depth.detach().requires_grad_() - 1
        return ctx.inner.detach()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        if ctx.inner >= 0:
            with torch.enable_grad():
                Nested.apply(ctx.inner).sum().backward()
        return grad


def test_passes_inside_passes_do_not_exhaust_the_stack() -> None:
    depth = torch.tensor(400.0, requires_grad=True)
    Nested.apply(depth).sum().backward()
    assert depth.grad.item() == 1.0


def test_an_error_inside_reaches_the_outermost_caller() -> None:
    class Inner(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            raise ValueError("inner")

    inner = Inner.apply(torch.ones(1, requires_grad=True))
    x = torch.ones(1, requires_grad=True)
    y = x * 1
    y.register_hook(lambda grad: inner.backward())
    with pytest.raises(ValueError, match="inner"):
        y.backward()
    assert x.grad is None and torch.is_grad_enabled()


def test_nodes_that_nothing_reaches_still_run_and_let_go() -> None:
    seen: list[Any] = []

    class Nothing(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, grad: Any) -> None:
            return None

    class Watch(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            seen.append(grad.tolist())
            return grad

    x = torch.ones(1, requires_grad=True)
    Nothing.apply(Watch.apply(x)).sum().backward()
    assert seen == [[0.0]] and x.grad.tolist() == [0.0]
    kept = x.exp()
    Nothing.apply(kept).sum().backward()
    with pytest.raises(RuntimeError, match="a second time"):
        kept.sum().backward()
