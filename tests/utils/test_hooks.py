"""Hook handles, and the warning about hooks that are not saved."""

from __future__ import annotations

import warnings
from collections import OrderedDict

import pytest

import pullback as torch
from pullback.utils import hooks


def test_handles_of_tensors_and_modules_are_removable_handles() -> None:
    x = torch.ones(2, requires_grad=True)
    module = torch.nn.ReLU()
    tensor_handle = x.register_hook(lambda grad: grad * 5)
    module_handle = module.register_forward_hook(lambda *args: args[2] * 2)
    for handle in (tensor_handle, module_handle):
        assert isinstance(handle, hooks.RemovableHandle)
        handle.remove()
    module(x).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_handle_takes_away_only_its_hook() -> None:
    registered: OrderedDict[int, object] = OrderedDict()
    first, second = hooks.RemovableHandle(registered), hooks.RemovableHandle(registered)
    registered[first.id], registered[second.id] = "a", "b"
    with first:
        pass
    assert list(registered.values()) == ["b"] and first.id != second.id


def test_lost_hooks_are_warned_about() -> None:
    x = torch.ones(1, requires_grad=True)
    hooks.warn_if_has_hooks(x)
    x.register_hook(hooks.unserializable_hook(lambda grad: grad))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hooks.warn_if_has_hooks(x)
    x.register_hook(lambda grad: grad)
    with pytest.warns(UserWarning, match="on tensor will not be serialized"):
        hooks.warn_if_has_hooks(x)


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing_of_this_name'"):
        torch.utils.nothing_of_this_name  # noqa: B018
