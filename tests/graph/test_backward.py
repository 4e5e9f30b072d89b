"""The backward pass: values, accumulation, retention, errors."""

from __future__ import annotations

import gc
import re
import threading
import warnings
import weakref

import numpy as np
import pytest

import pullback as torch


def leaf(*values: float) -> torch.Tensor:
    return torch.tensor(list(values), requires_grad=True)


def test_gradients_accumulate_over_passes() -> None:
    x = leaf(1.0, 2.0)
    for _ in range(2):
        (x * x).sum().backward()
    assert x.grad.tolist() == [4.0, 8.0]


def test_fan_in_sums_every_path() -> None:
    x = leaf(3.0)
    y = x * x
    (y * y + y).sum().backward()  # d(x⁴ + x²) = 4x³ + 2x
    assert x.grad.tolist() == [114.0]


def test_diamond_visits_each_node_once() -> None:
    x = leaf(2.0)
    y = x * 3
    calls: list[float] = []
    y.register_hook(lambda g: calls.append(g.item()))
    (y * 2 + y * 5).sum().backward()
    assert calls == [7.0] and x.grad.tolist() == [21.0]


def test_broadcast_axes_are_summed_at_the_edge() -> None:
    x, y = torch.ones(3, 1, requires_grad=True), torch.ones(4, requires_grad=True)
    (x * y).sum().backward()
    assert x.grad.tolist() == [[4.0], [4.0], [4.0]] and y.grad.tolist() == [3.0] * 4


def test_cotangent_takes_the_dtype_of_its_input() -> None:
    x = torch.ones(2, requires_grad=True)
    y = torch.ones(2, dtype=torch.float64, requires_grad=True)
    (x * y).sum().backward()
    assert x.grad.dtype is torch.float32 and y.grad.dtype is torch.float64


def test_third_derivative_from_the_same_rules() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    (first,) = torch.autograd.grad(x**4, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x, create_graph=True)
    (third,) = torch.autograd.grad(second, x)
    assert (first.item(), second.item(), third.item()) == (32.0, 48.0, 48.0)


def test_inputs_restricts_what_is_accumulated() -> None:
    x, y = leaf(1.0), leaf(2.0)
    z = x * y
    (z * z).sum().backward(inputs=[x])
    assert x.grad.tolist() == [8.0] and y.grad is None


def test_grad_of_an_intermediate() -> None:
    x = leaf(1.0, 2.0)
    y = x * 2
    assert torch.autograd.grad((y * y).sum(), y)[0].tolist() == [4.0, 8.0]
    assert x.grad is None


def test_grad_allow_unused_and_materialize() -> None:
    x, y = leaf(1.0), leaf(2.0)
    assert torch.autograd.grad((x * 2).sum(), [x, y], allow_unused=True)[1] is None
    assert torch.autograd.grad((x * 2).sum(), [x, y], materialize_grads=True)[1].tolist() == [0.0]
    with pytest.raises(RuntimeError, match="appears to not have been used in the graph"):
        torch.autograd.grad((x * 2).sum(), [x, y])


def test_batched_cotangents() -> None:
    x = leaf(1.0, 2.0)
    rows = torch.autograd.grad(x * x, x, torch.eye(2), is_grads_batched=True)[0]
    assert rows.tolist() == [[2.0, 0.0], [0.0, 4.0]]


def test_retain_grad_keeps_the_gradient_of_an_intermediate() -> None:
    x = leaf(1.0)
    y = x * 3
    y.retain_grad()
    (y * y).sum().backward()
    assert y.grad.tolist() == [6.0] and y.retains_grad


def test_hooks_replace_gradients() -> None:
    x = leaf(1.0)
    y = x * 3
    handle = y.register_hook(lambda g: g * 10)
    y.sum().backward()
    assert x.grad.tolist() == [30.0]
    handle.remove()
    (x * 3).sum().backward()
    assert x.grad.tolist() == [33.0]


def test_post_accumulate_hook_runs_after_the_store() -> None:
    x = leaf(1.0)
    seen: list[float] = []
    x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.item()))
    (x * 4).sum().backward()
    assert seen == [4.0]


def test_gradient_does_not_alias_what_others_hold() -> None:
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    cotangent = torch.ones(2)
    (x + y).backward(cotangent)
    x.grad += 5
    assert y.grad.tolist() == [1.0, 1.0] and cotangent.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: (x * 2).backward(), "grad can be implicitly created only for scalar outputs"),
        (lambda x: (x * 2).backward(torch.ones(3)), "Mismatch in shape: grad_output[0] has a shape of torch.Size([3])"),
        (
            lambda x: x.detach().sum().backward(),
            "element 0 of tensors does not require grad and does not have a grad_fn",
        ),
        (lambda x: torch.arange(3).requires_grad_(), "only Tensors of floating point dtype can require gradients"),
        (
            lambda x: setattr(x * 2, "requires_grad", False),
            "you can only change requires_grad flags of leaf variables.",
        ),
        (lambda x: x.add_(1), "a leaf Variable that requires grad is being used in an in-place operation."),
        (
            lambda x: x[0].add_(1),
            "a view of a leaf Variable that requires grad is being used in an in-place operation.",
        ),
        (lambda x: x.numpy(), "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
        (lambda x: x.detach().register_hook(print), "cannot register a hook on a tensor that doesn't require gradient"),
        (lambda x: x.detach().retain_grad(), "can't retain_grad on Tensor that has requires_grad=False"),
        (lambda x: setattr(x, "grad", torch.ones(5)), "attempting to assign a gradient of size"),
        (lambda x: (x * 2).sum().backward(inputs=[]), "`inputs` argument to `backward()` cannot be empty."),
    ],
)
def test_misuse_raises_pytorchs_error(build, message: str) -> None:  # type: ignore[no-untyped-def]
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=re.escape(message)):
        build(x)
    assert x.tolist() == [1.0, 2.0] and x.grad is None and x.requires_grad


def test_second_backward_needs_retain_graph() -> None:
    x = leaf(1.0)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()
    assert x.grad.tolist() == [4.0]


def test_second_backward_of_an_operator_that_keeps_nothing() -> None:
    x = leaf(1.0)
    y = (x + 1).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [2.0]


def test_error_names_the_forward_line() -> None:
    x = leaf(1.0, 2.0)
    y = x * 3  # the line to be named
    with pytest.raises(RuntimeError, match=r"test_backward\.py:\d+: y = x \* 3  # the line to be named"):
        y.backward()


def test_error_in_the_middle_leaves_gradients_alone() -> None:
    x = leaf(1.0)
    y = x * 2

    def fail(grad: torch.Tensor) -> None:
        raise ValueError("stop")

    y.register_hook(fail)
    with pytest.raises(ValueError, match="stop"):
        (y * y + x).sum().backward()
    assert x.grad is None
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2.0]


def test_graph_dies_by_reference_counting() -> None:
    def step() -> None:
        x = leaf(1.0, 2.0)
        y = (x * x).exp().sum()
        node = weakref.ref(y.grad_fn)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a cycle, if .grad is not reset
            y.backward(create_graph=True)
        x.grad = None
        del y
        assert node() is None

    step()  # the operators are compiled at their first call
    gc.collect()
    gc.disable()
    try:
        step()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_threads_lose_no_update() -> None:
    x = torch.zeros(1000, requires_grad=True)

    def work() -> None:
        for _ in range(50):
            (x * 1.0).sum().backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(x.grad.numpy(), 200.0)


def test_reentrant_backward_in_a_hook() -> None:
    x = leaf(2.0)

    def inner(grad: torch.Tensor) -> None:
        with torch.enable_grad():
            z = x.detach().requires_grad_()
            (z * z).sum().backward()
            assert z.grad.tolist() == [4.0]

    y = x * 3
    y.register_hook(inner)
    y.sum().backward()
    assert x.grad.tolist() == [3.0]


def test_deep_graph_does_not_recurse() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(50_000):
        y = y + 1.0
    y.backward()
    assert x.grad.item() == 1.0
    del y  # freed without recursion too


def test_the_first_gradient_of_a_leaf_is_laid_out_as_the_leaf_where_that_is_dense() -> None:
    for leaf, name, strides in (
        (torch.ones(3, 2).t(), "CopyBackwards", (1, 2)),
        (torch.ones(1, 2, 3).unbind(2)[1], "CloneBackward0", (2, 1)),
        (torch.ones(4)[::2], "CloneBackward0", (1,)),
    ):
        leaf = leaf.detach().requires_grad_()
        (leaf * leaf).sum().backward(create_graph=True)
        assert leaf.grad is not None
        assert (type(leaf.grad.grad_fn).__name__, leaf.grad.stride()) == (name, strides)
