"""Parameter: what it is, how it is shown and copied."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import pullback as torch
from pullback import nn


def test_parameter_is_a_leaf_that_shares_memory() -> None:
    data = torch.zeros(2)
    param = nn.Parameter(data)
    assert isinstance(param, torch.Tensor) and isinstance(param, nn.Parameter)
    assert param.requires_grad and param.is_leaf and not isinstance(data, nn.Parameter)
    data[0] = 3
    assert param.tolist() == [3.0, 0.0]


def test_parameter_is_shown_like_pytorchs() -> None:
    assert repr(nn.Parameter(torch.zeros(2))) == "Parameter containing:\ntensor([0., 0.], requires_grad=True)"
    assert repr(nn.Parameter(torch.zeros(2), False)) == "Parameter containing:\ntensor([0., 0.])"
    assert repr(nn.Parameter()) == "Parameter containing:\ntensor([], requires_grad=True)"


def test_results_are_plain_tensors() -> None:
    param = nn.Parameter(torch.ones(2))
    for result in (param * 2, param.detach(), param.data, param.clone(), param.view(1, 2), param[0]):
        assert type(result) is torch.Tensor


def test_integers_need_requires_grad_false() -> None:
    with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype can require"):
        nn.Parameter(torch.zeros(2, dtype=torch.int64))
    assert nn.Parameter(torch.zeros(2, dtype=torch.int64), requires_grad=False).dtype == torch.int64


def test_copies_keep_kind_and_flag() -> None:
    param = nn.Parameter(torch.ones(2), requires_grad=False)
    for again in (copy.deepcopy(param), pickle.loads(pickle.dumps(param)), copy.copy(param)):
        assert type(again) is nn.Parameter and again.tolist() == [1.0, 1.0] and not again.requires_grad
    param.requires_grad_()
    param.grad = torch.ones(2)
    assert copy.deepcopy(param).grad is None  # as in PyTorch


def test_subclass_of_tensor_is_marked() -> None:
    class Special(torch.Tensor):
        pass

    special = torch.ones(2).as_subclass(Special)
    if type(special.detach()) is not Special:
        with pytest.raises(RuntimeError, match="Creating a Parameter from an instance of type Special"):
            nn.Parameter(special)
    else:
        module = nn.Module()
        module.weight = nn.Parameter(special)
        assert type(module.weight) is Special and len(list(module.parameters())) == 1


def test_a_subclass_takes_arguments_of_its_own() -> None:
    class Tagged(nn.Parameter):
        def __new__(cls, data: torch.Tensor, tag: str = "", requires_grad: bool = True) -> Tagged:
            made = torch.Tensor._make_subclass(cls, data, requires_grad)
            made.tag = tag
            return made  # type: ignore[no-any-return]

    tagged: Any = Tagged(torch.ones(2), tag="first")
    assert tagged.tag == "first" and isinstance(tagged, nn.Parameter) and tagged.requires_grad
    with pytest.raises(TypeError, match="got an unexpected keyword argument 'tag'"):
        nn.Parameter(torch.ones(1), tag="none")  # type: ignore[call-arg]


def test_a_subclass_is_shown_by_its_name() -> None:
    class Mine(nn.Parameter):
        pass

    class Special(torch.Tensor):
        pass

    mine = Mine(torch.eye(2))
    text = "Parameter(Mine([[1., 0.],\n      [0., 1.]], requires_grad=True))"
    assert repr(mine) == "Parameter containing:\n" + text and torch.Tensor.__repr__(mine) == text
    marked = nn.Parameter(torch.ones(2).as_subclass(Special))
    assert repr(marked) == "Parameter(Special([1., 1.], requires_grad=True))"
    assert repr(nn.Parameter(torch.ones(1))) == "Parameter containing:\ntensor([1.], requires_grad=True)"
