"""Containers of modules and of parameters."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

import pullback as torch
from pullback import nn


def kinds(container: Any) -> str:
    return " ".join(f"{name}:{type(child).__name__}" for name, child in container.named_children())


def named() -> nn.Sequential:
    return nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh(), c=nn.Sigmoid()))


# --- Sequential ---------------------------------------------------------------------------------------------


def test_sequential_applies_in_order() -> None:
    model = nn.Sequential(nn.Threshold(0.0, 5.0), nn.Hardtanh(-2.0, 2.0))
    assert model(torch.tensor([-1.0, 1.0])).tolist() == [2.0, 1.0] and nn.Sequential()(3) == 3


def test_sequential_is_indexed_by_position_and_slice() -> None:
    model = named()
    assert model[0] is model.a and model[-1] is model.c and len(model) == 3
    assert kinds(model[1:]) == "b:Tanh c:Sigmoid"
    for wrong in (3, -4):
        with pytest.raises(IndexError, match=f"index {wrong} is out of range"):
            model[wrong]
    with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
        model["a"]


def test_sequential_changes_in_place() -> None:
    model = named()
    model[0] = nn.GELU()
    assert kinds(model) == "a:GELU b:Tanh c:Sigmoid"
    del model[0]
    assert kinds(model) == "0:Tanh 1:Sigmoid"
    assert model.append(nn.ReLU()) is model and kinds(model) == "0:Tanh 1:Sigmoid 2:ReLU"
    model.insert(1, nn.GELU())
    assert kinds(model) == "0:Tanh 1:GELU 2:Sigmoid 3:ReLU"
    assert isinstance(model.pop(-1), nn.ReLU) and len(model) == 3
    assert kinds(model.extend([nn.ReLU()])) == "0:Tanh 1:GELU 2:Sigmoid 3:ReLU"
    del model[1:3]
    assert kinds(model) == "0:Tanh 1:ReLU"


def test_sequentials_add_and_multiply() -> None:
    model = nn.Sequential(nn.ReLU()) + nn.Sequential(nn.Tanh())
    assert kinds(model) == "0:ReLU 1:Tanh"
    assert kinds(2 * model) == "0:ReLU 1:Tanh 2:ReLU 3:Tanh".replace(" 2:ReLU 3:Tanh", "")  # shared: once
    assert len(2 * model) == 4
    model += nn.Sequential(nn.Sigmoid())
    model *= 2
    assert len(model) == 6
    with pytest.raises(ValueError, match="add operator supports only objects of Sequential class, but <class 'int'>"):
        model + 3
    with pytest.raises(TypeError, match=r"unsupported operand type\(s\) for \*"):
        model * 2.5
    with pytest.raises(ValueError, match="Non-positive multiplication factor 0"):
        model * 0
    with pytest.raises(AssertionError, match="module should be of type"):
        model.insert(0, 3)
    with pytest.raises(IndexError, match="Index out of range: 9"):
        model.insert(9, nn.ReLU())


def test_sequential_takes_only_modules() -> None:
    with pytest.raises(TypeError, match="int is not a Module subclass"):
        nn.Sequential(3)


# --- ModuleList and ModuleDict ------------------------------------------------------------------------------


def test_module_list_is_a_list() -> None:
    modules = nn.ModuleList([nn.ReLU(), nn.Tanh()])
    modules.insert(0, nn.Sigmoid())
    modules += [nn.GELU()]
    assert kinds(modules) == "0:Sigmoid 1:ReLU 2:Tanh 3:GELU"
    modules[-1] = nn.ReLU()
    assert type(modules[1:]) is nn.ModuleList and len(modules[1:]) == 3
    assert isinstance(modules.pop(0), nn.Sigmoid) and kinds(modules) == "0:ReLU 1:Tanh 2:ReLU"
    assert kinds(modules + [nn.ELU()]) == "0:ReLU 1:Tanh 2:ReLU 3:ELU" and len(modules) == 3
    assert modules[0] in modules and [type(m).__name__ for m in reversed(modules)] == ["ReLU", "Tanh", "ReLU"]
    with pytest.raises(IndexError, match="index 7 is out of range"):
        modules[7] = nn.ReLU()
    with pytest.raises(TypeError, match=r"ModuleList\.extend should be called with an iterable, but got int"):
        modules.extend(3)
    with pytest.raises(NotImplementedError):
        modules(1)


def test_module_list_registers_parameters() -> None:
    modules = nn.ModuleList(nn.Linear(1, 1) for _ in range(2))
    assert [name for name, _ in modules.named_parameters()] == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_module_dict_is_a_dictionary() -> None:
    modules = nn.ModuleDict({"a": nn.ReLU()})
    modules["b"] = nn.Tanh()
    modules.update([("c", nn.GELU())])
    modules.update(nn.ModuleDict({"a": nn.Sigmoid()}))
    assert kinds(modules) == "a:Sigmoid b:Tanh c:GELU" and list(modules) == ["a", "b", "c"]
    assert "b" in modules and len(modules) == 3 and list(modules.keys()) == ["a", "b", "c"]
    assert isinstance(modules.pop("a"), nn.Sigmoid) and [n for n, _ in modules.items()] == ["b", "c"]
    del modules["b"]
    assert [type(m) for m in modules.values()] == [nn.GELU]
    modules.clear()
    assert len(modules) == 0
    with pytest.raises(KeyError):
        modules["a"]


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (3, TypeError, "ModuleDict.update should be called with an iterable of key/value pairs, but got int"),
        ([3], TypeError, "ModuleDict update sequence element #0 should be Iterable; isint"),
        ([("a", nn.ReLU()), (1, 2, 3)], ValueError, "element #1 has length 3; 2 is required"),
        ({"a": 3}, TypeError, "int is not a Module subclass"),
        ({"training": nn.ReLU()}, KeyError, "attribute 'training' already exists"),
    ],
)
def test_module_dict_takes_only_named_modules(values: Any, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        nn.ModuleDict().update(values)


# --- ParameterList and ParameterDict ------------------------------------------------------------------------


def test_parameter_list_registers_tensors() -> None:
    frozen = nn.Parameter(torch.ones(1), requires_grad=False)
    values = nn.ParameterList([torch.zeros(2), "text", frozen])
    assert isinstance(values[0], nn.Parameter) and values[1] == "text" and values[-1] is frozen
    values.append(torch.ones(3)).extend([torch.ones(4)])
    values += [torch.ones(5)]
    values[0] = torch.ones(6)
    assert [tuple(p.shape) for p in values.parameters()] == [(6,), (1,), (3,), (4,), (5,)]
    assert len(values) == 6 and len(list(values)) == 6 and type(values[1:3]) is nn.ParameterList
    with pytest.raises(IndexError, match="index 9 is out of range"):
        values[9]
    with pytest.raises(TypeError, match=r"ParameterList\.extend should be called with an iterable, but got Tensor"):
        values.extend(torch.ones(2))
    with pytest.raises(RuntimeError, match=r"ParameterList should not be called\."):
        values(1)


def test_parameter_dict_is_a_dictionary() -> None:
    values = nn.ParameterDict({"b": torch.ones(2), "a": 3})
    assert list(values) == ["a", "b"] and isinstance(values["b"], nn.Parameter) and values["a"] == 3
    assert values.get("z") is None and values.get("z", 1) == 1 and "b" in values and len(values) == 2
    assert values.setdefault("c", torch.ones(1)) is values["c"] and list(reversed(values)) == ["c", "b", "a"]
    assert list((values | {"d": torch.ones(1)}).keys()) == ["a", "b", "c", "d"]
    assert list({"d": 0} | values) == ["d", "a", "b", "c"]
    assert values.pop("a") == 3 and values.popitem()[0] == "c" and list(values.copy()) == ["b"]
    values |= {"x": torch.ones(1)}
    assert [name for name, _ in values.items()] == ["b", "x"] and len(list(values.values())) == 2
    assert list(values.fromkeys(["p", "q"], 5).items()) == [("p", 5), ("q", 5)]
    del values["x"]
    values.clear()
    assert len(values) == 0 and list(values.parameters()) == []


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda d: d.update(3), TypeError, "update should be called with an iterable of key/value pairs"),
        (lambda d: d.__setitem__(3, 1), TypeError, r"cannot be used as a key .* \(type is 'int'\)"),
        (lambda d: d["no"], AttributeError, "'ParameterDict' object has no attribute 'no'"),
        (lambda d: d.__delitem__("no"), KeyError, "no"),
        (lambda d: d.update({"keys": torch.ones(1)}), KeyError, "attribute 'keys' already exists"),
        (lambda d: d(1), RuntimeError, "ParameterDict should not be called."),
    ],
)
def test_parameter_dict_raises_the_errors_of_pytorch(act: Any, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        act(nn.ParameterDict())
