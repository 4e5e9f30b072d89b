"""What nodes keep of tensors, through the hands of users."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import pullback as torch
from pullback.autograd.graph import (
    allow_mutation_on_saved_tensors,
    disable_saved_tensors_hooks,
    save_on_cpu,
    saved_tensors_hooks,
)


def identity(value: Any) -> Any:
    return value


def test_packed_values_are_what_the_backward_uses() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with saved_tensors_hooks(lambda t: 2 * t, lambda t: 2 * t):
        x.exp().sum().backward()
    assert x.grad.tolist() == pytest.approx([4 * 2.718281828, 4 * 7.389056099])


def test_hooks_run_once_for_each_saved_tensor_and_without_recording() -> None:
    log: list[Any] = []

    def note(kind: str) -> Any:
        return lambda tensor: log.append((kind, torch.is_grad_enabled())) or tensor

    x, y = (torch.ones(2, requires_grad=True) for _ in range(2))
    with saved_tensors_hooks(note("pack"), note("unpack")):
        z = x * y
    assert log == [("pack", False)] * 2
    z.sum().backward()
    assert log[2:] == [("unpack", False)] * 2


def test_numbers_are_not_packed() -> None:
    def refuse(value: Any) -> Any:
        raise AssertionError("nothing to pack")

    x = torch.ones(2, requires_grad=True)
    with saved_tensors_hooks(refuse, refuse):
        ((x * 3.0 + 1) / 2).sum().backward()
    assert x.grad.tolist() == [1.5, 1.5]


def test_an_unpacked_tensor_takes_the_place_of_the_saved_one() -> None:
    """Second derivatives go on through it, to the original leaf."""
    x = torch.ones(3, requires_grad=True)
    with saved_tensors_hooks(lambda t: 2 * t, identity):
        y = x**3
    saved = y.grad_fn._saved_self
    assert saved is not x and saved.is_leaf and saved.requires_grad and saved.tolist() == [2.0] * 3
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    assert first.tolist() == [12.0] * 3 and second.tolist() == [12.0] * 3


def test_a_saved_result_keeps_its_node_without_a_cycle() -> None:
    x = torch.ones(2, requires_grad=True)
    with saved_tensors_hooks(identity, identity):
        y = x.exp()
    saved = y.grad_fn._saved_result
    assert saved is not y and saved.grad_fn is y.grad_fn


def test_the_newest_pair_counts_and_threads_have_none() -> None:
    x = torch.ones(1, requires_grad=True)
    seen: list[bool] = []
    with saved_tensors_hooks(lambda t: t * 100, identity):
        with saved_tensors_hooks(lambda t: t * 3, identity):
            (x * x).backward()
        thread = threading.Thread(target=lambda: seen.append((x * x).grad_fn._saved_self is x))
        thread.start()
        thread.join()
    assert x.grad.tolist() == [6.0] and seen == [True]


def test_hooks_on_one_saved_value() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x * x
    y.grad_fn._raw_saved_self.register_hooks(lambda t: t * 2, lambda t: t * 3)
    with pytest.raises(RuntimeError, match="whose hooks have already been set"):
        y.grad_fn._raw_saved_self.register_hooks(identity, identity)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        y.grad_fn._raw_saved_other.register_hooks(identity)
    raw = y.grad_fn._raw_saved_other
    y.sum().backward()
    assert x.grad.tolist() == [7.0, 7.0]
    with pytest.raises(RuntimeError, match="after it has been freed"):
        raw.register_hooks(identity, identity)
    with pytest.raises(RuntimeError, match="already been freed"):
        y.grad_fn._saved_self  # noqa: B018


def test_hooks_on_what_a_function_saved() -> None:
    seen: list[Any] = []

    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x * 2
            ctx.save_for_backward(x, y, None)
            return y

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            x, y, nothing = ctx.saved_tensors
            seen.append((x.tolist(), y.tolist(), y.grad_fn is ctx, nothing))
            return grad * 2

    x = torch.ones(1, requires_grad=True)
    y = Twice.apply(x)
    first, second, third = y.grad_fn._raw_saved_tensors
    first.register_hooks(lambda t: t * 5, identity)
    second.register_hooks(lambda t: t * 7, identity)
    with pytest.raises(RuntimeError, match="None is forbidden"):
        third.register_hooks(identity, identity)
    y.backward()
    with saved_tensors_hooks(lambda t: t * 2, lambda t: t * 5):
        y = Twice.apply(x)
    y.backward()
    assert seen == [([5.0], [14.0], True, None), ([10.0], [20.0], True, None)]


@pytest.mark.parametrize("value", [3, None, "text"])
def test_unpack_hooks_must_give_tensors(value: Any) -> None:
    x = torch.ones(1, requires_grad=True)
    with saved_tensors_hooks(identity, lambda t: value):
        y = x.sin()
    with pytest.raises(TypeError, match="unpack_hook expected to be a Tensor but got result of type"):
        y.backward()


def test_pack_hooks_may_not_write_and_their_errors_pass() -> None:
    def fail(tensor: Any) -> Any:
        raise KeyError("own")

    x = torch.ones(1, requires_grad=True)
    with saved_tensors_hooks(lambda t: t.mul_(2), identity), pytest.raises(RuntimeError, match="modifying its input"):
        (x * 1.0).exp()
    with saved_tensors_hooks(fail, identity), pytest.raises(KeyError, match="own"):
        x.exp()


def test_hooks_can_be_refused() -> None:
    with disable_saved_tensors_hooks("not here"), pytest.raises(RuntimeError, match="not here"):
        saved_tensors_hooks(identity, identity).__enter__()
    with saved_tensors_hooks(identity, identity), pytest.raises(RuntimeError, match="nor here"):
        disable_saved_tensors_hooks("nor here").__enter__()


def test_save_on_cpu_keeps_copies() -> None:
    x = torch.ones(2, requires_grad=True)
    with save_on_cpu():
        y = x * x
    with torch.no_grad():
        x.mul_(5)
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_saved_tensors_may_be_overwritten_where_that_is_allowed() -> None:
    x = torch.ones(2, requires_grad=True)
    with allow_mutation_on_saved_tensors() as keeper:
        y = x.clone()
        total = (y**2).sum() + y.view(-1).exp().sum()
        y.view(-1)[0].zero_()
        assert len(keeper.cloned) == 1
        y.add_(1)
        assert len(keeper.cloned) == 1
        total.backward()
        result = x.tanh()
        result.mul_(2)
        result.sum().backward()
    slope = 1 - 0.7615941559557649**2
    assert x.grad.tolist() == pytest.approx([2 + 2.718281828 + 2 * slope] * 2)


def test_mutation_is_allowed_inside_the_block_only() -> None:
    x = torch.ones(2, requires_grad=True)
    with allow_mutation_on_saved_tensors():
        y = (x * x).sum()
        with pytest.raises(RuntimeError, match="cannot be nested"):
            allow_mutation_on_saved_tensors().__enter__()
    with pytest.raises(AssertionError, match="Trying to backward outside"):
        y.backward()
