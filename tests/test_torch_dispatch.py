"""Classes and modes with `__torch_dispatch__`: they compute operators, below autograd."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

import pullback as torch
from pullback.utils._mode_utils import no_dispatch
from pullback.utils._python_dispatch import TorchDispatchMode, is_in_torch_dispatch_mode
from pullback.utils._pytree import tree_map

LOG: list[str] = []


class Wrapped(torch.Tensor):
    """Holds another tensor, and says what is asked of it."""

    held: Any

    @staticmethod
    def __new__(cls, held: Any, requires_grad: bool = False) -> Any:
        made = torch.Tensor._make_wrapper_subclass(
            cls, held.size(), strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype,
            requires_grad=requires_grad,
        )  # fmt: skip
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        LOG.append(str(func))
        args, kwargs = tree_map(lambda x: x.held if isinstance(x, Wrapped) else x, (args, kwargs or {}))
        return tree_map(lambda x: cls(x) if isinstance(x, torch.Tensor) else x, func(*args, **kwargs))


def x_of(*values: float) -> Any:
    return Wrapped(torch.tensor(values), requires_grad=True)


def told(function: Callable[[], Any]) -> list[str]:
    LOG.clear()
    function()
    return LOG[:]


CALLS: list[tuple[Callable[[Any], Any], list[float], str, str]] = [
    (lambda x: x + 1, [2.0, 3.0], "AddBackward0", "aten.add.Tensor"),
    (lambda x: 1 - x, [0.0, -1.0], "RsubBackward1", "aten.rsub.Scalar"),
    (lambda x: x / 2, [0.5, 1.0], "DivBackward0", "aten.div.Tensor"),
    (lambda x: x**2, [1.0, 4.0], "PowBackward0", "aten.pow.Tensor_Scalar"),
    (lambda x: torch.cat([x, x]), [1.0, 2.0, 1.0, 2.0], "CatBackward0", "aten.cat.default"),
    (lambda x: x.double(), [1.0, 2.0], "ToCopyBackward0", "aten._to_copy.default"),
    (lambda x: x.clone(), [1.0, 2.0], "CloneBackward0", "aten.clone.default"),
    (lambda x: x[1:], [2.0], "SliceBackward0", "aten.slice.Tensor"),
    (lambda x: torch.where(torch.tensor([True, False]), x, x * 3), [1.0, 6.0], "WhereBackward0", "aten.where.self"),
    (lambda x: x.view(1, 2).sum(0), [1.0, 2.0], "SumBackward1", "aten.sum.dim_IntList"),
]


@pytest.mark.parametrize(("call", "values", "node", "overload"), CALLS, ids=lambda each: str(each)[:20])
def test_a_class_computes_operators_at_their_nodes(call: Any, values: Any, node: str, overload: str) -> None:
    LOG.clear()
    y = call(x_of(1.0, 2.0))
    assert type(y) is Wrapped and y.held.tolist() == values and y.grad_fn.name() == node
    assert not y.held.requires_grad and LOG[-1] == overload


def test_backward_passes_are_computed_by_the_class() -> None:
    x, plain = x_of(1.0, 2.0), torch.tensor([3.0, 4.0], requires_grad=True)
    log = told(lambda: (x * plain).exp().sum().backward())
    expected = (torch.tensor([3.0, 8.0]).exp() * plain).detach()
    assert type(x.grad) is Wrapped and type(plain.grad) is Wrapped
    torch.testing.assert_close(x.grad.held, expected)
    assert log[:5] == [
        "aten.mul.Tensor", "aten.exp.default", "aten.detach.default", "aten.sum.default", "aten.ones_like.default"
    ]  # fmt: skip
    (x * 2).sum().backward()
    torch.testing.assert_close(x.grad.held, expected + 2)


def test_gradients_of_gradients_hooks_and_retained_gradients() -> None:
    x = x_of(1.0, 2.0)
    (first,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    assert torch.autograd.grad(first.sum(), x)[0].held.tolist() == [6.0, 12.0]
    y, seen = x * 2, []
    y.retain_grad()
    x.register_hook(lambda grad: seen.append(type(grad)))
    (y * y).sum().backward()
    assert y.grad.held.tolist() == [4.0, 8.0] and seen == [Wrapped]


def test_writes_in_place_are_told_and_recorded() -> None:
    x = x_of(1.0, 2.0)
    y = x.clone()
    assert told(lambda: y.mul_(3).add_(x)) == ["aten.mul_.Tensor", "aten.add_.Tensor"]
    y.sum().backward()
    assert y.held.tolist() == [4.0, 8.0] and x.grad.held.tolist() == [4.0, 4.0]
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        x.add_(1)
    with pytest.raises(NotImplementedError, match="write under no_grad"):
        x.clone()[0].fill_(1)
    plain = Wrapped(torch.zeros(2, 3))
    plain[0, 1:] = 5
    plain[1].fill_(2)
    plain[torch.tensor([0]), torch.tensor([0])] = 7.0
    assert plain.held.tolist() == [[7.0, 5.0, 5.0], [2.0, 2.0, 2.0]]


def test_a_saved_tensor_that_was_written_to_is_noticed() -> None:
    y = x_of(1.0).clone()
    z = (y * y).sum()
    with torch.no_grad():
        y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()


def test_facts_need_no_memory() -> None:
    x = Wrapped(torch.zeros(3, 4).t()[1:])
    assert (x.shape, x.stride(), x.storage_offset(), x.is_contiguous()) == ((3, 3), (1, 4), 1, False)
    assert x.contiguous().stride() == (3, 1) and len(x) == 3
    assert torch.Tensor._make_wrapper_subclass(Wrapped, (10**12,)).numel() == 10**12
    with pytest.raises(TypeError, match="Tensor must define __torch_dispatch__"):
        torch.Tensor._make_wrapper_subclass(torch.Tensor, (2,))
    for name in ("tolist", "numpy"):
        with pytest.raises(RuntimeError, match="is not supported for tensor subclasses"):
            getattr(x, name)()


def test_numbers_come_from_the_class() -> None:
    x = Wrapped(torch.tensor([1.0, 2.0]))
    assert told(lambda: x.sum().item()) == ["aten.sum.default", "aten._local_scalar_dense.default"]
    assert bool((x > 0).all()) and float(x[1]) == 2.0 and [each.item() for each in x] == [1.0, 2.0]
    assert torch.equal(x, x) and torch.allclose(x, x)


def test_modules_parameters_optimizers_and_copies() -> None:
    linear = torch.nn.Linear(2, 1)
    linear.weight = torch.nn.Parameter(Wrapped(torch.tensor([[1.0, 2.0]])))
    linear.bias = torch.nn.Parameter(Wrapped(torch.tensor([0.5])))
    linear(torch.tensor([[3.0, 4.0]])).sum().backward()
    torch.optim.SGD(linear.parameters(), lr=0.5).step()
    assert linear.weight.held.tolist() == [[-0.5, 0.0]] and linear.bias.held.tolist() == [0.0]
    copied = copy.deepcopy(linear)
    linear.weight.data.zero_()
    assert type(copied.weight) is Wrapped and copied.weight.requires_grad and copied.weight.held.tolist() == [[-0.5, 0]]


def test_saved_tensor_hooks_see_the_class() -> None:
    x, seen = x_of(1.0, 2.0), []

    def pack(tensor: Any) -> Any:
        seen.append(type(tensor))
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        y = x.exp() * x
    y.sum().backward()
    torch.testing.assert_close(x.grad.held, torch.tensor([1.0, 2.0]).exp() * torch.tensor([2.0, 3.0]))
    assert seen == [Wrapped] * 3


class Own(torch.Tensor):
    """Has memory; what it is told goes on as it came."""

    @staticmethod
    def __new__(cls, data: Any) -> Any:
        return torch.Tensor._make_subclass(cls, data)

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        LOG.append(str(func))
        return super().__torch_dispatch__(func, types, args, kwargs)


def test_super_runs_the_operator_on_the_memory() -> None:
    x = Own(torch.tensor([1.0, 2.0]))
    assert told(lambda: x.neg()) == ["aten.neg.default"]
    result = x + x
    assert type(result) is torch.Tensor and result.tolist() == [2.0, 4.0]
    with no_dispatch():
        assert told(lambda: x * 2) == []


def test_a_class_may_pass_and_must_return_tensors() -> None:
    class Passing(Own):
        @classmethod
        def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return NotImplemented

    class Wrong(Own):
        @classmethod
        def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return "arf"

    with pytest.raises(
        TypeError, match="Multiple dispatch failed for 'torch._ops.aten.sin.default'; all __torch_dispatch__"
    ):
        Passing(torch.ones(1)).sin()
    for name in ("neg", "detach"):
        with pytest.raises(RuntimeError, match="Unable to cast arf to Tensor"):
            getattr(Wrong(torch.ones(1)), name)()
    with pytest.raises(RuntimeError, match="already associated to a python object of type Own"):
        Own(torch.ones(1)).as_subclass(Wrapped)


class Noted(TorchDispatchMode):
    """Notes the overloads."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(str(func))
        return func(*args, **(kwargs or {}))


def test_modes_are_told_of_factories_writes_and_numbers() -> None:
    with Noted() as mode:
        x = torch.ones(2)
        x.add_(1)
        x.detach().sum().item()
        torch.empty(2).zero_()
    assert mode.names == [
        "aten.ones.default", "aten.add_.Tensor", "aten.detach.default", "aten.sum.default",
        "aten._local_scalar_dense.default", "aten.empty.memory_format", "aten.zero_.default",
    ]  # fmt: skip


def test_modes_are_told_of_backward_passes() -> None:
    x = torch.ones(2, requires_grad=True)
    loss = (x * x).sum()
    with Noted() as mode:
        loss.backward()
    assert mode.names.count("aten.mul.Tensor") == 2 and x.grad is not None and x.grad.tolist() == [2.0, 2.0]
    (x * x).sum().backward()
    assert x.grad.tolist() == [4.0, 4.0]


def test_the_newest_mode_is_told_and_older_ones_of_what_it_calls() -> None:
    class Failing(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            raise ValueError("newest")

    with pytest.raises(ValueError, match="newest"), Noted() as outer, Failing():
        torch.zeros(2)
    assert outer.names == [] and not is_in_torch_dispatch_mode()
    with Noted() as outer, Noted() as inner:
        torch.zeros(2).neg()
    assert outer.names == inner.names == ["aten.zeros.default", "aten.neg.default"]


def test_overloads_are_single_objects_with_a_schema() -> None:
    seen: list[Any] = []

    class Keeping(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append(func)
            return func(*args, **(kwargs or {}))

    with Keeping():
        (torch.ones(2) * 2).add_(1)
    assert seen[1] is torch.ops.aten.mul.Tensor and seen[1] is not torch.ops.aten.mul.Scalar
    assert [each._schema.name for each in seen] == ["aten::ones", "aten::mul", "aten::add_"]
    assert [each._schema.is_mutable for each in seen] == [False, False, True]


def test_a_mode_may_enter_itself_again() -> None:
    class Inside(Noted):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func is torch.ops.aten.sub.Tensor:
                with self:
                    return args[0] + args[1].neg()
            return super().__torch_dispatch__(func, types, args, kwargs)

    x = torch.ones(1)
    with Inside() as mode:
        difference = x - x
        x.sin()
    assert difference.tolist() == [0.0]
    assert mode.names == ["aten.neg.default", "aten.add.Tensor", "aten.sin.default"]


def test_layer_norm_of_a_class_is_one_tensor() -> None:
    found = torch.nn.functional.layer_norm(Wrapped(torch.tensor([[1.0, 3.0]])), (2,))
    assert isinstance(found, Wrapped) and torch.allclose(found.held, torch.tensor([[-1.0, 1.0]]))
    low, high = torch.aminmax(Wrapped(torch.tensor([1.0, 3.0])))
    assert (low.held.item(), high.held.item()) == (1.0, 3.0)
