"""Attributes and old methods of tensors that autograd knows, and what functions of users may ask for."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import pullback
from pullback.autograd.graph import allow_mutation_on_saved_tensors, saved_tensors_hooks
from pullback.utils.checkpoint import checkpoint


def leaf(*values: float, dtype: Any = None) -> Any:
    return pullback.tensor(values, dtype=dtype, requires_grad=True)


def test_resize_out_of_place_keeps_the_number_of_elements() -> None:
    x = leaf(1.0, 2.0, 3.0, 4.0)
    with pytest.warns(UserWarning, match="non-inplace resize is deprecated"):
        assert x.resize(2, 2).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    with pytest.warns(UserWarning, match="non-inplace resize_as"):
        assert x.resize_as(pullback.ones(1, 4)).shape == (1, 4)
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match=r"requested resize to 3 \(3 elements in total\)"):
        x.resize(3)


def test_volatile_is_false_and_warns() -> None:
    with pytest.warns(UserWarning, match="volatile was removed"):
        assert leaf(1.0).volatile is False
    with pytest.warns(UserWarning, match="has no effect"):
        leaf(1.0).volatile = True


def test_view_func_shows_another_base_through_the_same_steps() -> None:
    view = (leaf(0.0, 1.0, 2.0, 3.0, 4.0) * 2)[1:].view(2, 2)
    assert view._view_func(pullback.arange(5.0)).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert view._view_func(pullback.arange(6.0)) is None
    assert view._view_func(pullback.arange(10.0)[::2]) is None
    assert view._view_func_unsafe(pullback.arange(10.0)[:5]).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert leaf(1.0)._view_func(leaf(1.0)) is None


def test_a_gradient_takes_the_dtype_that_its_leaf_names() -> None:
    x = leaf(1.0, 2.0, dtype=pullback.bfloat16)
    assert x.grad_dtype is pullback.bfloat16
    x.grad_dtype = pullback.float32
    (x * 2).sum().backward()
    (x * 3).sum().backward()
    assert x.grad.dtype is pullback.float32
    assert x.grad.tolist() == [5.0, 5.0]
    assert pullback.autograd.grad((x * 2).sum(), x)[0].dtype is pullback.float32
    with pytest.raises(RuntimeError, match="already a gradient with dtype 'float'"):
        x.grad_dtype = pullback.float64
    with pytest.raises(RuntimeError, match="only be set on leaf"):
        (x * 2).grad_dtype = pullback.float32
    with pytest.raises(RuntimeError, match="only be accessed on leaf"):
        _ = (x * 2).grad_dtype
    with pytest.raises(RuntimeError, match="must be a torch.dtype or None, but got int"):
        x.grad_dtype = 3


def test_any_gradient_may_be_assigned_without_a_grad_dtype() -> None:
    x = leaf(1.0)
    with pytest.raises(RuntimeError, match="grad_dtype 'Float'"):
        x.grad = pullback.ones(1, dtype=pullback.float64)
    x.grad_dtype = None
    x.grad = pullback.ones(1, dtype=pullback.float64)
    assert x.grad_dtype is None
    assert x.grad.tolist() == [1.0]


def test_saved_tensor_is_not_made_by_hand() -> None:
    with pytest.raises(RuntimeError, match="Trying to create a SavedTensor object from Python is forbidden"):
        pullback.autograd.SavedTensor()


class Sine(pullback.autograd.Function):
    clear_saved_tensors_on_access = True

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        (x,) = ctx.saved_tensors
        return grad * x.cos()


def test_saved_tensors_that_are_cleared_on_access() -> None:
    x = leaf(0.5)
    Sine.apply(x).backward()
    assert x.grad.item() == pytest.approx(0.8775826)
    node = Sine.apply(x).grad_fn
    assert node.saved_tensors[0] is x
    with pytest.raises(RuntimeError, match="can only be accessed once"):
        _ = node.saved_tensors


def test_a_hook_set_while_its_node_runs_sees_no_cotangents() -> None:
    seen = []

    def unpack(tensor: Any) -> Any:
        def halve(grad_inputs: Any, grad_outputs: Any) -> Any:
            seen.append(grad_outputs)
            return tuple(each / 2 for each in grad_inputs)

        pullback._C._current_autograd_node().register_hook(halve)
        return tensor

    x = leaf(3.0)
    with saved_tensors_hooks(lambda tensor: tensor, unpack):
        y = x.exp() * 2
    (grad,) = pullback.autograd.grad(y, x)
    assert seen == [(None,)]
    assert grad.item() == pytest.approx(2 * pullback.tensor(3.0).exp().item() / 2)


def test_only_overwritten_memory_is_cloned_for_saved_tensors() -> None:
    with allow_mutation_on_saved_tensors() as kept:
        x = leaf(1.0, 2.0).clone()
        first = x**2
        x.sin_()
        second = x**2
        x.sin_()
        assert len(kept.cloned) == 2  # what sin_ keeps lies in memory of its own
        del first
        assert len(kept.cloned) == 1
        del second
        assert len(kept.cloned) == 0


def test_checkpoint_stops_early_without_keeping_results_alive() -> None:
    made: list[Any] = []

    class Copy(pullback.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x.clone()
            ctx.save_for_backward(y)
            made.append(weakref.ref(y))
            return y

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            _ = ctx.saved_tensors
            return grad

    def scope() -> None:
        checkpoint(Copy.apply, leaf(1.0), use_reentrant=False).sum().backward()

    gc.disable()
    try:
        scope()
        assert [each() for each in made] == [None, None]
    finally:
        gc.enable()


def test_checkpoint_hands_out_the_constants_themselves() -> None:
    seen: list[Any] = []

    class Keep(pullback.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, constant: Any) -> Any:
            ctx.save_for_backward(constant)
            return x.clone()

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            seen.extend(ctx.saved_tensors)
            return grad, None

    constant = pullback.ones(1)
    checkpoint(Keep.apply, leaf(1.0), constant, use_reentrant=False).backward()
    assert seen[0] is constant


def test_checkpoint_runs_again_under_the_same_autocast() -> None:
    kinds = []

    def product(a: Any, b: Any) -> Any:
        found = pullback.mm(a, b)
        kinds.append(found.dtype)
        return found @ b

    a, b = (pullback.eye(2, requires_grad=True) for _ in range(2))
    with pullback.autocast("cpu"):
        loss = checkpoint(product, a, b, use_reentrant=False).sum()
    loss.backward()
    assert kinds == [pullback.bfloat16, pullback.bfloat16]
    assert a.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_checkpoint_says_why_its_log_is_shown() -> None:
    runs = []

    def changing(x: Any) -> Any:
        runs.append(x)
        return x.sin().exp() if len(runs) == 1 else x.sin() * pullback.ones(2)

    with pytest.raises(RuntimeError, match="You are seeing this error because you passed `debug=True` to checkpoint"):
        checkpoint(changing, leaf(1.0), use_reentrant=False, debug=True).sum().backward()


def test_former_vmap_maps() -> None:
    from pullback._vmap_internals import _vmap

    assert _vmap(lambda x: x * 2, 0, 1)(pullback.ones(3, 2)).tolist() == [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]]
