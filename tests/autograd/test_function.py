"""Custom functions: contexts, what they save and mark, what backward may return."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import pullback as torch
from pullback.autograd import Function
from pullback.autograd.function import FunctionCtx, once_differentiable


def function_of(forward: Any, backward: Any, **others: Any) -> Any:
    members = {"forward": forward, "backward": backward, **others}
    return type("Mine", (Function,), {name: staticmethod(value) for name, value in members.items()})


def ones(*shape: int) -> Any:
    return torch.ones(*shape, requires_grad=True)


class Cube(Function):
    """x³ with the derivative written by hand."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        (x,) = ctx.saved_tensors
        return grad * 3 * x**2


def test_every_order_of_derivative() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    (first,) = torch.autograd.grad(Cube.apply(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x, create_graph=True)
    (third,) = torch.autograd.grad(second, x)
    assert (first.item(), second.item(), third.item()) == (12.0, 12.0, 6.0)


def test_the_context_is_the_node() -> None:
    x = ones(2)
    y = Cube.apply(x)
    assert y.grad_fn.name() == "CubeBackward" and isinstance(y.grad_fn, FunctionCtx)
    assert y.grad_fn.saved_tensors[0] is x and y.grad_fn.needs_input_grad == (True,)
    assert repr(y.grad_fn).startswith("<torch.autograd.function.CubeBackward object at")


def test_every_name_on_the_context_is_the_users() -> None:
    """Names such as ``shape`` are what the engine calls its own facts elsewhere."""
    names = "shape dtype edges seq code offset hooks versions retained watched n_outputs output_shape saved".split()
    seen: dict[str, Any] = {}

    def forward(ctx: Any, x: Any) -> Any:
        for name in names:
            setattr(ctx, name, f"my {name}")
        return x.sum()

    def backward(ctx: Any, grad: Any) -> Any:
        seen.update((name, getattr(ctx, name)) for name in names)
        return grad.expand(2, 3)

    x = ones(2, 3)
    y = function_of(forward, backward).apply(x * 1)
    y.register_hook(lambda grad: grad * 2)
    y.backward()
    assert seen == {name: f"my {name}" for name in names} and x.grad.tolist() == [[2.0] * 3] * 2


def test_saved_tensors_are_let_go_of_and_checked() -> None:
    x = ones(2)
    y = Cube.apply(x)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="already been freed"):
        y.grad_fn.saved_tensors  # noqa: B018
    with pytest.raises(RuntimeError, match="a second time"):
        y.sum().backward()
    z = x * 1
    y = Cube.apply(z)
    z.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_saved_result_makes_no_cycle() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    Exp = function_of(forward, lambda ctx, grad: grad * ctx.saved_tensors[0])

    def scope() -> Any:
        x = ones(2)
        y = Exp.apply(x)
        assert y.grad_fn.saved_tensors[0].grad_fn is y.grad_fn
        y.sum().backward()
        return weakref.ref(y.grad_fn)

    scope()
    gc.collect()
    gc.disable()
    try:
        assert scope()() is None
    finally:
        gc.enable()


def test_a_saved_view_that_was_written_to_does_not_leak() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        ctx.mark_dirty(x)
        return x.mul_(2)

    Double = function_of(forward, lambda ctx, grad: grad * 2)

    def scope() -> Any:
        x = ones(2).clone().view(2)
        y = Double.apply(x)
        return weakref.ref(y)

    scope()
    gc.collect()
    assert scope()() is None


def test_setup_context_sees_defaults_and_keywords() -> None:
    seen: list[Any] = []

    class Power(Function):
        @staticmethod
        def forward(x: Any, exponent: int = 3) -> Any:
            return x**exponent

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            x, ctx.exponent = inputs
            seen.append(ctx.exponent)
            ctx.save_for_backward(x)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (x,) = ctx.saved_tensors
            return grad * ctx.exponent * x ** (ctx.exponent - 1), None

    x = torch.tensor(2.0, requires_grad=True)
    Power.apply(x).backward()
    Power.apply(x, 2).backward()
    Power.apply(x=x, exponent=1).backward()
    assert seen == [3, 2, 1] and x.grad.item() == 12 + 4 + 1


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (3, r"expected Variable or None \(got int\)"),
        (torch.ones(3), r"invalid gradient at index 0 - got \[3\] but expected shape compatible with \[2, 3\]"),
        ((), r"incorrect number of gradients \(expected 1, got 0\)"),
        ((torch.ones(2, 3), torch.ones(1)), r"incorrect number of gradients \(expected 1, got 2\)"),
        (torch.ones(2, 3, dtype=torch.complex64), "Expected isFloatingType"),
    ],
)
def test_wrong_gradients(returned: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        function_of(lambda ctx, x: x * 2, lambda ctx, grad: returned).apply(ones(2, 3)).sum().backward()


def test_gradients_fit_by_broadcasting_casting_and_trailing_none() -> None:
    x = ones(3)
    for returned, expected in (
        (torch.ones(5, 3), 5.0),
        (torch.ones(3, dtype=torch.float64), 1.0),
        ((torch.ones(3), None, None), 1.0),
    ):
        x.grad = None
        function_of(lambda ctx, x: x * 2, lambda ctx, grad, r=returned: r).apply(x).sum().backward()
        assert x.grad.dtype == torch.float32 and x.grad.tolist() == [expected] * 3


def test_a_gradient_for_what_is_no_tensor() -> None:
    Scale = function_of(lambda ctx, x, s: x * s, lambda ctx, grad: (grad, grad))
    with pytest.raises(RuntimeError, match="a gradient different than None at position 2"):
        Scale.apply(ones(2), 3.0).sum().backward()


def test_missing_cotangents_come_as_zeros_or_as_none() -> None:
    seen: list[Any] = []

    def backward(ctx: Any, *grads: Any) -> Any:
        seen.append([None if g is None else g.tolist() for g in grads])
        return grads[0]

    x = ones(1)
    function_of(lambda ctx, x: (x * 1, x * 2), backward).apply(x)[0].backward()
    function_of(lambda ctx, x: ctx.set_materialize_grads(False) or (x * 1, x * 2), backward).apply(x)[0].backward()
    assert seen == [[[1.0], [0.0]], [[1.0], None]]


def test_results_without_gradient() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        first = x + 1
        ctx.mark_non_differentiable(first)
        return first, x + 2, x > 0

    a, b, c = function_of(forward, lambda ctx, ga, gb, gc: gb).apply(ones(2))
    assert [t.requires_grad for t in (a, b, c)] == [False, True, False] and b.output_nr == 1


def test_an_argument_returned_is_a_view_that_may_not_be_written_to() -> None:
    x = ones(2)
    source = x * 1
    y = function_of(lambda ctx, x: x, lambda ctx, grad: grad * 5).apply(source)
    assert y is not source and y._is_view() and y.data_ptr() == source.data_ptr()
    with pytest.raises(RuntimeError, match="This view was created inside a custom Function"):
        y.add_(1)
    y.sum().backward()
    assert x.grad.tolist() == [5.0, 5.0]


def test_arguments_written_to() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.mark_dirty(x)
        return x.mul_(2)

    Double = function_of(forward, lambda ctx, grad: grad * 2)
    x = ones(4)
    base = x.clone()
    view = base[:2]
    assert Double.apply(view) is view and base.grad_fn.name() == "torch::autograd::CopySlices"
    base.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0, 1.0, 1.0]
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad has been used in an in-place"):
        Double.apply(x)
    with pytest.raises(RuntimeError, match="not returned as output"):
        function_of(lambda ctx, x: ctx.mark_dirty(x) or x * 2, lambda ctx, grad: grad).apply(x * 1)


def test_one_result_returned_twice() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        y = x * 2
        return y, y

    x = ones(1)
    a, b = function_of(forward, lambda ctx, ga, gb: ga + 10 * gb).apply(x)
    assert a is b and a.output_nr == 1
    a.sum().backward()
    assert x.grad.tolist() == [10.0]


def test_once_differentiable() -> None:
    x = ones(1)
    Square = function_of(
        lambda ctx, x: ctx.save_for_backward(x) or x**2,
        once_differentiable(lambda ctx, g: g * 2 * ctx.saved_tensors[0]),
    )
    (plain,) = torch.autograd.grad(Square.apply(x).sum(), x, create_graph=True)
    assert not plain.requires_grad
    (marked,) = torch.autograd.grad((Square.apply(x) ** 2).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="marked with @once_differentiable"):
        marked.sum().backward()


def test_vjp_is_another_name_of_backward() -> None:
    x = ones(1)
    Vjp = type(
        "Vjp", (Function,), {"forward": staticmethod(lambda ctx, x: x * 2), "vjp": staticmethod(lambda ctx, g: g * 7)}
    )
    Vjp.apply(x).backward()
    assert x.grad.tolist() == [7.0]
    both = function_of(lambda ctx, x: x * 2, lambda ctx, g: g, vjp=lambda ctx, g: g)
    with pytest.raises(RuntimeError, match="Implementing both 'backward' and 'vjp'"):
        both.apply(x).backward()


def test_old_style_functions_are_refused() -> None:
    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        instance = Cube()
    with pytest.raises(RuntimeError, match="Legacy autograd function with non-static forward method is deprecated"):
        instance(ones(1))


def test_a_chain_of_identities_stays_small() -> None:
    Identity = function_of(lambda ctx, x: x, lambda ctx, grad: grad)
    y = ones(1) * 1
    for _ in range(50):
        y = Identity.apply(y)
    assert len(y._view.steps) == 1


def test_views_written_to_are_refused_as_everywhere() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.mark_dirty(x)
        return x.mul_(3)

    triple = function_of(forward, lambda ctx, grad: grad * 3)
    leaf = torch.ones(2, 3, requires_grad=True)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        triple.apply(leaf.t())
    with pytest.raises(RuntimeError, match="Output 0 of .* is a view and is being modified inplace"):
        triple.apply((leaf * 2).split(1)[0])
    with torch.no_grad():
        unseen = leaf.t()
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad has been used"):
        triple.apply(unseen)
    base = leaf * 2
    view = base.t()
    view.retain_grad()
    view.grad = ones(3, 2)
    assert triple.apply(view) is view and view.grad is None
    assert (view.grad_fn.name(), base.grad_fn.name()) == ("AsStridedBackward0", "torch::autograd::CopySlices")
