"""Classes and modes that are asked before operators run."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import pullback as torch
from pullback.overrides import (
    TorchFunctionMode,
    handle_torch_function,
    has_torch_function,
    is_tensor_like,
    wrap_torch_function,
)


class Mine(torch.Tensor):
    """A class that adds nothing."""


class Logged(torch.Tensor):
    """A class that notes what it was asked."""

    log: list[Any] = []

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        cls.log.append((func.__name__, len(args), kwargs))
        return super().__torch_function__(func, types, args, kwargs)


class Duck:
    """No tensor, but asked like one."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func.__name__, [each.__name__ for each in types]


def test_results_are_of_the_class() -> None:
    x = torch.ones(2, 3).as_subclass(Mine)
    for result in (
        x + 1,
        1 - x,
        x.sum(),
        x[0],
        x.view(6),
        x.max(0)[0],
        torch.stack([x, x]),
        x @ x.T,
        x.detach(),
        x.data,
    ):
        assert type(result) is Mine
    assert type(x.add_(1)) is Mine and type(copy.deepcopy(x)) is Mine
    assert repr(torch.ones(1).as_subclass(Mine)) == "Mine([1.])"


def test_gradients_come_back_through_the_class() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x.as_subclass(Mine)
    assert y.grad_fn.name() == "AliasBackward0"
    (y * y * 3).sum().backward()
    assert x.grad.tolist() == [6.0, 6.0]
    leaf = torch.ones(2).as_subclass(Mine).requires_grad_()
    (leaf * 2).sum().backward()
    assert leaf.grad.tolist() == [2.0, 2.0]


def test_parameters_compute_plain_tensors() -> None:
    class MyParameter(torch.nn.Parameter):
        pass

    assert type(MyParameter(torch.ones(2)) * 2) is torch.Tensor


def test_the_class_is_told_the_function_and_its_arguments() -> None:
    x = torch.ones(2).as_subclass(Logged)
    Logged.log.clear()
    torch.mul(x, 2)
    x.add(1, alpha=3)
    assert Logged.log == [("mul", 2, {}), ("add", 2, {"alpha": 3})]


def test_a_function_that_returns_its_argument_keeps_the_class() -> None:
    class Identity(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad

    assert type(Identity.apply(torch.ones(2, requires_grad=True).as_subclass(Mine))) is Mine


def test_objects_that_are_no_tensors() -> None:
    assert torch.mul(Duck(), 1) == ("mul", ["Duck"]) == torch.mul(torch.ones(1), Duck())
    assert is_tensor_like(Duck()) and not is_tensor_like(3)


def test_nobody_knows_the_operator() -> None:
    class Other(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return NotImplemented

    with pytest.raises(TypeError, match="all __torch_function__ handlers returned NotImplemented"):
        torch.mul(torch.ones(1).as_subclass(Other), 2)


def test_functions_of_ones_own_can_ask() -> None:
    @wrap_torch_function(lambda value: (value,))
    def describe(value: Any) -> str:
        return "plain"

    assert describe(3) == "plain" and describe(Duck()) == ("describe", ["Duck"])
    assert handle_torch_function(describe, (Duck(),), Duck()) == ("describe", ["Duck"])
    assert not has_torch_function([torch.ones(1), torch.nn.Parameter(torch.ones(1))])


def test_a_mode_stands_in_for_every_operator() -> None:
    class Names(TorchFunctionMode):
        def __init__(self) -> None:
            self.seen: list[str] = []

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            self.seen.append(func.__name__)
            return func(*args, **(kwargs or {}))

    x = torch.ones(2)
    with Names() as names:
        x * 2 + 1
    x * 3
    assert names.seen == ["mul", "add"]
