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


class Asked:
    """No tensor; tells what it was asked with."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.asked.append((func, args[1:], kwargs or {}))
        return 7


@pytest.mark.parametrize(
    ("call", "function", "rest", "names"),
    [
        (lambda x: torch.mean(x), "mean", (), {}),
        (lambda x: torch.sum(x, 0, keepdim=True), "sum", (0,), {"keepdim": True}),
        (lambda x: torch.clone(x), "clone", (), {}),
        (lambda x: torch.nn.functional.softmax(x, dim=-1), "nn.functional.softmax", (), {"dim": -1}),
        (lambda x: torch.linalg.cholesky(x), "linalg.cholesky", (), {}),
        (lambda x: torch.div(x, 2), "div", (2,), {}),
        (lambda x: torch.unsqueeze(x, 0), "unsqueeze", (0,), {}),
        (lambda x: torch.exp(x), "exp", (), {}),
    ],
)
def test_an_object_is_asked_for_the_function_that_was_called(call: Any, function: str, rest: Any, names: Any) -> None:
    _arm()
    x = Asked()
    assert call(x) == 7
    found: Any = torch
    for part in function.split("."):
        found = getattr(found, part)
    assert x.asked == [(found, rest, names)]


def _arm() -> None:
    """As the first subclass with a ``__torch_function__`` of its own does."""
    type("First", (Logged,), {"__torch_function__": Logged.__dict__["__torch_function__"]})


def test_an_object_in_a_list_is_asked() -> None:
    _arm()
    x = Asked()
    assert torch.stack([torch.ones(2), x]) == 7
    assert x.asked[0][0] is torch.stack


def test_functions_keep_name_signature_and_identity() -> None:
    import inspect
    import pickle

    before = torch.clone
    _arm()
    assert torch.clone is before is torch.Tensor.clone
    assert torch.clone.__name__ == "clone"
    assert list(inspect.signature(torch.clone).parameters) == ["input", "memory_format"]
    assert pickle.loads(pickle.dumps(torch.clone)) is before


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: x[0], "__getitem__"),
        (lambda x: len(x), "__len__"),
        (lambda x: x @ x, "matmul"),
        (lambda x: x / 2, "div"),
        (lambda x: x.view(-1), "view"),
        (lambda x: x.add_(1), "add_"),
        (lambda x: x.float(), "float"),
        (lambda x: torch.nn.functional.linear(x, torch.ones(2, 2)), "linear"),
        (lambda x: torch.cat([torch.ones(1, 2), x]), "cat"),
    ],
)
def test_a_class_is_asked_once_for_a_function_made_of_several(call: Any, name: str) -> None:
    x = torch.ones(2, 2).as_subclass(Logged)
    Logged.log.clear()
    call(x)
    assert [each[0] for each in Logged.log] == [name]


def test_modes_are_asked_from_the_newest_on() -> None:
    seen = []

    class Named(TorchFunctionMode):
        def __init__(self, name: str) -> None:
            self.name = name

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            seen.append((self.name, func.__name__))
            return func(*args, **(kwargs or {}))

    x = torch.ones(2, 3)
    with Named("old"), Named("new"):
        x * 2
        torch.nn.functional.softmax(x, dim=0)
    assert seen == [("new", "mul"), ("old", "mul"), ("new", "softmax"), ("old", "softmax")]
    with Named("mode"), torch._C.DisableTorchFunction():
        x.sum()
    assert len(seen) == 4


def test_the_forward_line_stays_the_users() -> None:
    from pullback.graph.provenance import forward_line

    _arm()
    x = torch.ones(2, 3, requires_grad=True)
    for result in (x.var(0), torch.max(x, 0)[0], torch.stack([x, x])):
        assert "test_overrides.py" in forward_line(result.grad_fn)


class Counting(TorchFunctionMode):
    """Notes the names of functions."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(func.__name__)
        return func(*args, **(kwargs or {}))


def test_modes_are_asked_for_what_makes_tensors() -> None:
    with Counting() as mode:
        torch.ones(2)
        torch.tensor([1.0])
        torch.arange(3).add_(1)
    assert mode.names == ["ones", "tensor", "arange", "add_"]


def test_a_mode_may_enter_itself_again() -> None:
    class Subtracting(Counting):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func is torch.sub:
                with self:
                    return torch.add(args[0], torch.neg(args[1]))
            return super().__torch_function__(func, types, args, kwargs)

    x = torch.ones(1)
    with Subtracting() as mode:
        difference = torch.sub(x, x)
    assert difference.tolist() == [0.0]
    assert mode.names == ["neg", "add"] and torch.overrides._get_current_function_mode() is None


def test_a_mode_may_pass() -> None:
    class Passing(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return NotImplemented

    class Answering(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return "class"

    x = torch.ones(1)
    with Counting() as older, Passing():
        x.sin()
    assert older.names == ["sin"]
    y = x.as_subclass(Answering)
    with Passing():
        assert y.sin() == "class"
        with pytest.raises(
            TypeError, match="Multiple dispatch failed for 'torch.sin'; all __torch_function__ handlers"
        ):
            x.sin()


def test_a_mode_is_no_classmethod() -> None:
    class Wrong(TorchFunctionMode):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return None

    x = torch.ones(1)
    with pytest.raises(RuntimeError, match="classmethod is not supported, please make it a plain method"), Wrong():
        x.sin()
    with pytest.raises(TypeError, match="expected a sequence"):
        has_torch_function(3)  # type: ignore[arg-type]


def test_functions_have_pytorchs_names() -> None:
    expected = {
        torch.ones: "torch.ones",
        torch.tensor: "torch.tensor",
        torch.manual_seed: "torch.manual_seed",
        torch.nn.functional.relu: "torch.nn.functional.relu",
        torch.linalg.inv: "torch.linalg.inv",
        torch.Tensor.backward: "torch.Tensor.backward",
        torch.Tensor.__getitem__: "torch.Tensor.__getitem__",
        torch.Tensor.shape.__get__: "torch.Tensor.shape.__get__",  # type: ignore[attr-defined]
        torch.Tensor.requires_grad.__set__: "torch.Tensor.requires_grad.__set__",  # type: ignore[attr-defined]
        print: None,
    }
    found = {function: torch.overrides.resolve_name(function) for function in expected}
    assert found == expected
    methods = (torch.Tensor.backward, torch.Tensor.add, torch.Tensor.shape.__get__)  # type: ignore[attr-defined]
    assert all(map(torch.overrides.is_tensor_method_or_property, methods))
    assert not torch.overrides.is_tensor_method_or_property(torch.ones)
