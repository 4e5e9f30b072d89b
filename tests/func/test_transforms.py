"""What the transforms promise beyond plain calls: nesting, captured values, containers, errors of misuse."""

from __future__ import annotations

import dataclasses
import warnings
from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.func import functional_call, grad, hessian, jacfwd, jacrev, jvp, linearize, stack_module_state, vjp, vmap
from pullback.utils import _pytree as pytree

F = torch.nn.functional


def close(found: Any, expected: Any, tolerance: float = 1e-6) -> None:
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), tolerance, tolerance)


# ---------------------------------------------------------------------------------------- gradients inside a batch


def test_grad_inside_vmap_is_one_for_each_example() -> None:
    """A tensor from outside that is differentiated inside has a gradient for each example, not their sum."""
    x, y = torch.randn(3, requires_grad=True), torch.randn(3)
    close(vmap(lambda v: torch.autograd.grad([x * y], [x], [v])[0])(torch.eye(3)), torch.diag(y))
    outside = x * y
    close(vmap(lambda v: torch.autograd.grad(outside, x, v, retain_graph=True)[0])(torch.eye(3)), torch.diag(y))
    vmap(lambda v: (x * v).sum())(torch.eye(3)).sum().backward()
    close(x.grad, torch.ones(3))


def test_cotangents_of_a_batch_and_of_all_add_up() -> None:
    """A sum of cotangents that starts alike for all examples takes one that differs."""
    x, c = torch.randn(3, 4), torch.rand(2, 3) + 0.5
    d = torch.rand(4) + 0.5
    function = grad(lambda x, c: (x * d).sum() + (x * x).sum() + (x[:2] * c[:2, None] * x[1:] * d).sum())
    close(vmap(function, (None, 0))(x, c), torch.stack([function(x, each) for each in c]))


def test_new_tensors_of_a_batch_can_be_written() -> None:
    x, y = torch.randn(3), torch.randn(3, 5)
    for make in (lambda x: x.new_zeros(5), lambda x: x.new_empty(5), lambda x: x.new_full((5,), 2.0)):
        close(vmap(grad(lambda y, x: make(x).copy_(y).sum()))(y, x), torch.ones(3, 5))  # noqa: B023


def test_recomputed_batch_keeps_its_place() -> None:
    weight = torch.randn(2, 3, 3, requires_grad=True)
    loss = lambda w: vmap(lambda m: (m @ m).sin().sum())(w).sum()  # noqa: E731
    loss(weight).backward()
    expected, weight.grad = weight.grad, None
    torch.utils.checkpoint.checkpoint(loss, weight, use_reentrant=False).backward()
    close(weight.grad, expected)


def test_fill_diagonal_and_as_strided_write_each_example() -> None:
    x = torch.randn(2, 4, 3)
    for wrap in (False, True):
        write = lambda m: m.clone().fill_diagonal_(7.0, wrap)  # noqa: E731, B023
        close(vmap(write)(x), torch.stack([write(each) for each in x]))
    window = lambda m: m.as_strided((2, 2), (1, 2), 1)  # noqa: E731
    close(vmap(window)(x), torch.stack([window(each.clone()) for each in x]))
    assert vmap(lambda m: m * m.storage_offset())(x[1:]).shape == (1, 4, 3)


def test_as_strided_may_not_leave_its_example() -> None:
    rows = torch.arange(40.0).reshape(10, 4)
    assert vmap(lambda row: row.as_strided((2,), (2,), 1))(rows)[1].tolist() == [5.0, 7.0]
    for size, stride, start in ((5, 1, 0), (2, 1, 3), (4, 2, 0)):
        with pytest.raises(
            RuntimeError, match="can access memory outside of `tensor`. `result` can access some memory in"
        ):
            vmap(lambda row, size=size, stride=stride, start=start: row.as_strided((size,), (stride,), start))(rows)


def test_an_argument_that_is_returned_comes_back_itself() -> None:
    x = torch.randn(3, 2, requires_grad=True)
    first, other, again = vmap(lambda row: (row, row * 2, row))(x)
    assert first is again is x and other.grad_fn is not None
    moved = vmap(lambda row: row, in_dims=1)(x)
    assert moved is not x and moved._base is x
    shared, same = vmap(lambda row: (lambda y: (y, y))(row + 1))(x)
    assert shared is same


# -------------------------------------------------------------------------------------------------------- containers

Pair = namedtuple("Pair", "left right")


@dataclasses.dataclass(frozen=True)
class Point:
    x: Any
    y: Any
    name: Any = None


class Box:
    def __init__(self, value: Any, tag: str) -> None:
        self.value, self.tag = value, tag


A, B = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 5.0])
CONTAINERS: dict[str, tuple[Any, Any]] = {
    "tuple": ((A, B), lambda c: (c[0], c[1])),
    "list": ([A, B], lambda c: (c[0], c[1])),
    "dictionary": ({"a": A, "b": B}, lambda c: (c["a"], c["b"])),
    "ordered dictionary": (OrderedDict(a=A, b=B), lambda c: (c["a"], c["b"])),
    "named tuple": (Pair(A, B), lambda c: (c.left, c.right)),
    "dataclass": (Point(A, B), lambda c: (c.x, c.y)),
    "nested": ({"p": [Point(A, (B,))]}, lambda c: (c["p"][0].x, c["p"][0].y[0])),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_containers(name: str) -> None:
    tree, parts = CONTAINERS[name]

    def function(tree: Any) -> Any:
        a, b = parts(tree)
        return (a * a * b).sum()

    found = grad(function)(tree)
    assert type(found) is type(tree)
    for one, other in zip(parts(found), (2 * A * B, A * A)):
        close(one, other)
    for one, other in zip(parts(jacrev(lambda t: parts(t)[0] * parts(t)[1])(tree)), (torch.diag(B), torch.diag(A))):
        close(one, other)
    value, pushed = jvp(function, (tree,), (tree,))
    close(pushed, 3 * value)
    close(linearize(function, tree)[1](tree), 3 * value)
    out = vmap(lambda tree: tree)(tree)
    assert type(out) is type(tree)
    close(parts(out)[1], B)


def test_registered_nodes() -> None:
    pytree.register_pytree_node(Box, lambda box: ([box.value], box.tag), lambda items, tag: Box(*items, tag))
    try:
        found = grad(lambda box: (box.value**2).sum())(Box(A, "tag"))
        assert isinstance(found, Box)
        assert found.tag == "tag"
        close(found.value, 2 * A)
        close(vmap(lambda box: Box(box.value * 2, "out"))(Box(A, "tag")).value, 2 * A)
    finally:
        pytree._deregister_pytree_node(Box)
    with pytest.raises(ValueError, match="of type <class 'tests.func.test_transforms.Box'>"):
        vmap(lambda box: box.value)(Box(A, "tag"))


def test_axes_nest_like_the_arguments() -> None:
    found = vmap(lambda p: p.x * p.y, in_dims=(Point(0, None),))(Point(A, B))
    close(found, A[:, None] * B)


# ----------------------------------------------------------------------------------------------- modules with buffers


def test_per_sample_gradients_of_a_module_with_buffers() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2)).eval()
    parameters, buffers = dict(net.named_parameters()), dict(net.named_buffers())
    x, y = torch.randn(5, 3), torch.tensor([0, 1, 1, 0, 1])

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        return F.cross_entropy(functional_call(net, (parameters, buffers), (x[None],)), y[None])

    found = vmap(grad(loss), (None, 0, 0))(parameters, x, y)
    eager = torch.autograd.grad(
        F.cross_entropy(net(x), y, reduction="none"), list(parameters.values()), per_sample=True
    )
    for (name, each), other in zip(found.items(), eager):
        close(each, torch.stack([grad(loss)(parameters, a, b)[name] for a, b in zip(x, y)]), 1e-5)
        close(each, other, 1e-5)


def test_running_statistics_cannot_be_shared() -> None:
    net = torch.nn.BatchNorm1d(4)
    before = net.running_mean.clone()
    with pytest.raises(RuntimeError, match="Batch norm got a batched tensor as input while the running_mean"):
        vmap(net)(torch.randn(3, 5, 4))
    assert torch.equal(net.running_mean, before)
    models = [torch.nn.BatchNorm1d(4) for _ in range(3)]
    parameters, buffers = stack_module_state(models)
    x = torch.randn(3, 5, 4)
    found = vmap(lambda p, b, x: functional_call(net, (p, b), x))(parameters, buffers, x)
    close(found, torch.stack([model(each) for model, each in zip(models, x)]), 1e-5)
    close(buffers["running_mean"], torch.stack([model.running_mean for model in models]))


# ---------------------------------------------------------------------------------------- data-dependent control flow


def test_control_flow_falls_back_to_a_loop_and_names_the_line() -> None:
    def choose(x: Any) -> Any:
        if x > 0:  # the line
            return x * 2
        return -x

    with pytest.warns(UserWarning, match=r"vmap\(choose\): the value of a batched tensor is asked for at .*") as caught:
        found = vmap(choose)(torch.tensor([1.0, -2.0]))
    line = choose.__code__.co_firstlineno + 1
    assert f"{__file__}:{line}," in str(caught[0].message)
    assert found.tolist() == [2.0, 2.0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert vmap(grad(choose))(torch.tensor([1.0, -2.0])).tolist() == [2.0, -1.0]
        with pytest.raises(RuntimeError, match="dynamic shape"):
            vmap(lambda x: x[x > 0])(torch.tensor([[1.0, -2.0], [1.0, 2.0]]))
    with pytest.raises(RuntimeError, match=r"calling .item\(\) on a Tensor"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        vmap(lambda x: x.item())(torch.tensor([1.0, -2.0]))


# --------------------------------------------------------------------------------------------------------- misuse


@pytest.mark.parametrize(
    "transform",
    [grad, jacrev, jacfwd, vmap, lambda f: lambda x: vjp(f, x), lambda f: lambda x: jvp(f, (x,), (x,)), hessian],
)
def test_what_transforms_forbid(transform: Any) -> None:
    x = torch.ones(2)
    with pytest.raises(RuntimeError, match=r"call Tensor.requires_grad_\(\)"):
        transform(lambda x: x.clone().detach().requires_grad_().sum())(x)
    with pytest.raises(RuntimeError, match=r"backward\(\) called inside a functorch transform"):
        transform(lambda x: (x.sum().backward(), x.sum())[1])(x)


def test_complex_jacobians_are_refused() -> None:
    for transform, name in ((jacrev, "jacrev"), (jacfwd, "jacfwd")):
        with pytest.raises(RuntimeError, match=f"{name}: Expected all inputs to be real"):
            transform(lambda x: x)(torch.ones(2, dtype=torch.complex64))
        with pytest.raises(RuntimeError, match=f"{name}: Expected all outputs to be real"):
            transform(lambda x: x * 1j)(torch.ones(2))


def test_linearized_function_wants_the_dtype_of_the_primals() -> None:
    with pytest.raises(RuntimeError, match="doesn't match the dtype"):
        linearize(torch.sin, torch.ones(2))[1](torch.ones(2, dtype=torch.float64))


def test_forward_mode_is_on_inside_jvp() -> None:
    forward_ad = torch.autograd.forward_ad
    x = torch.tensor(3.0)
    with forward_ad._set_fwd_grad_enabled(False):
        assert jvp(lambda x: x**2, (x,), (torch.ones(()),))[1].item() == 6.0
        assert not forward_ad._is_fwd_grad_enabled()
    assert forward_ad._is_fwd_grad_enabled()


def test_a_target_that_is_no_class_is_refused_in_a_batch_too() -> None:
    logits, targets = torch.zeros(3, 2, 4), torch.tensor([[0, 1], [2, 3], [3, 0]])
    losses = vmap(torch.nn.functional.cross_entropy)
    assert losses(logits, targets).tolist() == pytest.approx([np.log(4)] * 3)
    for wrong in (4, -1):
        targets[1, 1] = wrong
        with pytest.raises(IndexError, match=f"Target {wrong} is out of bounds"):
            losses(logits, targets)
    targets[1, 1] = -100  # ignored: that example has one target
    assert losses(logits, targets).tolist() == pytest.approx([np.log(4)] * 3)
