"""Module: registration, lookup, traversal, conversion, text, copies."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
from typing import Any

import pytest

import pullback as torch
from pullback import nn


class Inner(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2))
        self.register_buffer("count", torch.tensor(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight


class Outer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = Inner()
        self.second = nn.Linear(2, 2)
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.plain = 5

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(self.first(x)) * self.scale


def names(pairs: Any) -> list[str]:
    return [name for name, _ in pairs]


# --- registration -------------------------------------------------------------------------------------------


def test_assignment_registers_parameters_buffers_and_modules() -> None:
    model = Outer()
    assert names(model.named_parameters()) == ["scale", "first.weight", "second.weight", "second.bias"]
    assert names(model.named_buffers()) == ["first.count"]
    assert names(model.named_modules()) == ["", "first", "second"]
    assert model.plain == 5 and "plain" in model.__dict__ and "scale" not in model.__dict__


def test_a_name_lives_in_one_place() -> None:
    model = Outer()
    model.plain = nn.Parameter(torch.zeros(1))
    assert "plain" in model._parameters and "plain" not in model.__dict__
    model.plain = nn.ReLU() if model.plain is None else None
    assert model.plain is None and model._parameters["plain"] is None
    model.register_buffer("mean", torch.zeros(1), persistent=False)
    model.mean = nn.Parameter(torch.ones(1))
    assert "mean" not in model._buffers and "mean" not in model._non_persistent_buffers_set
    del model.mean
    assert not hasattr(model, "mean")


def test_buffers_take_tensors_and_buffer_objects() -> None:
    model = nn.Module()
    model.kept = nn.Buffer(torch.ones(1))
    model.lost = nn.Buffer(torch.ones(1), persistent=False)
    model.kept = torch.zeros(1)
    assert names(model.named_buffers()) == ["kept", "lost"] and list(model.state_dict()) == ["kept"]
    assert isinstance(nn.Buffer(torch.ones(1)), nn.Buffer) and type(nn.Buffer(torch.ones(1))) is torch.Tensor
    assert not isinstance(torch.ones(1), nn.Buffer)


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda m: m.register_parameter(3, None), TypeError, "parameter name should be a string. Got int"),
        (lambda m: m.register_parameter("a.b", None), KeyError, r'parameter name can.*t contain "\."'),
        (lambda m: m.register_parameter("", None), KeyError, "parameter name can.*t be empty string"),
        (lambda m: m.register_parameter("bias2", 3), TypeError, "cannot assign 'int' object to parameter"),
        (lambda m: m.register_parameter("training", None), KeyError, "attribute 'training' already exists"),
        (
            lambda m: m.register_parameter("w", torch.zeros(1)),
            TypeError,
            r"cannot assign 'torch.FloatTensor' object to parameter 'w' \(torch.nn.Parameter or None required",
        ),
        (lambda m: m.register_buffer("b", 3), TypeError, "cannot assign 'int' object to buffer 'b'"),
        (lambda m: m.add_module("a.b", None), KeyError, r'module name can.*t contain "\.", got: a\.b'),
        (lambda m: m.add_module("a", 3), TypeError, "int is not a Module subclass"),
        (lambda m: setattr(m, "scale", 3), TypeError, "cannot assign 'int' as parameter 'scale'"),
        (lambda m: setattr(m, "first", 3), TypeError, "cannot assign 'int' as child module 'first'"),
        (lambda m: setattr(m.first, "count", 3), TypeError, "cannot assign 'int' as buffer 'count'"),
        (lambda m: m.train(3), ValueError, "training mode is expected to be boolean"),
        (lambda m: m.missing, AttributeError, "'Outer' object has no attribute 'missing'"),
        (lambda m: m.get_submodule("first.x"), AttributeError, "Inner has no attribute `x`"),
        (lambda m: m.get_submodule("scale"), AttributeError, "`scale` is not an nn.Module"),
        (lambda m: m.get_parameter("first"), AttributeError, "`first` is not an nn.Parameter"),
        (lambda m: m.get_buffer("scale"), AttributeError, "`scale` is not a buffer"),
        (lambda m: m.set_submodule("", nn.ReLU()), ValueError, "Cannot set the submodule without a target"),
        (lambda m: m.set_submodule("no", nn.ReLU(), True), AttributeError, "Outer has no attribute `no`"),
        (lambda m: m.to(torch.int64), TypeError, "nn.Module.to only accepts floating point or complex"),
        (lambda m: m.to(torch.float64, "cpu"), TypeError, r"got \(torch.dtype, str\)"),
        (lambda m: nn.Module(3), TypeError, r"__init__\(\) takes 1 positional argument but 2 were given"),
        (lambda m: nn.Module(a=3), TypeError, "got an unexpected keyword argument 'a'"),
        (lambda m: nn.Module()(1), NotImplementedError, r"Module \[Module\] is missing the required"),
    ],
)
def test_misuse_raises_the_errors_of_pytorch(act: Any, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        act(Outer())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (nn.ReLU(), "cannot assign module before Module.__init__"),
        (nn.Parameter(torch.zeros(1)), "cannot assign parameters before Module.__init__"),
    ],
)
def test_assignment_before_init_is_an_error(value: Any, message: str) -> None:
    class Early(nn.Module):
        def __init__(self) -> None:
            self.x = value

    with pytest.raises(AttributeError, match=message):
        Early()


def test_call_super_init_hands_arguments_on() -> None:
    class Mixin:
        def __init__(self, size: int) -> None:
            self.size = size

    class Both(nn.Module, Mixin):
        call_super_init = True

    assert Both(size=4).size == 4


# --- lookup and traversal -----------------------------------------------------------------------------------


def test_lookup_by_path() -> None:
    model = Outer()
    assert model.get_submodule("first") is model.first and model.get_submodule("") is model
    assert model.get_parameter("second.bias") is model.second.bias
    assert model.get_buffer("first.count").item() == 3
    model.set_submodule("second", nn.Identity())
    assert isinstance(model.second, nn.Identity)


def test_shared_modules_and_parameters_come_once() -> None:
    shared = nn.Linear(1, 1)
    model = nn.Sequential(shared, nn.ReLU(), shared)
    assert names(model.named_parameters()) == ["0.weight", "0.bias"]
    assert names(model.named_modules()) == ["", "0", "1"]
    assert names(model.named_children()) == ["0", "1"]
    assert names(model.named_parameters(remove_duplicate=False)) == [
        "0.weight",
        "0.bias",
        "2.weight",
        "2.bias",
    ]
    assert names(model.named_modules(prefix="m", remove_duplicate=False)) == ["m", "m.0", "m.1", "m.2"]
    assert len(list(model.parameters())) == 2 and len(list(model.modules())) == 3


def test_without_recursion_only_own_members_come() -> None:
    model = Outer()
    assert names(model.named_parameters("pre", recurse=False)) == ["pre.scale"]
    assert list(model.buffers(recurse=False)) == []


def test_apply_visits_children_first() -> None:
    seen: list[str] = []
    Outer().apply(lambda module: seen.append(type(module).__name__))
    assert seen == ["Inner", "Linear", "Outer"]


# --- modes and gradients ------------------------------------------------------------------------------------


def test_train_and_eval_reach_all_children() -> None:
    model = Outer()
    assert model.eval() is model and not any(module.training for module in model.modules())
    assert all(module.training for module in model.train().modules())


def test_zero_grad_drops_or_zeroes_gradients() -> None:
    model = Outer()
    model(torch.ones(2)).sum().backward()
    grad = model.scale.grad
    model.zero_grad(set_to_none=False)
    assert model.scale.grad is grad and grad.item() == 0.0
    model.zero_grad()
    assert all(param.grad is None for param in model.parameters())


def test_requires_grad_freezes_all_parameters() -> None:
    model = Outer().requires_grad_(False)
    assert not model(torch.ones(2)).requires_grad
    assert all(param.requires_grad for param in model.requires_grad_().parameters())


# --- conversion ---------------------------------------------------------------------------------------------


def test_to_casts_floating_tensors_in_place_and_keeps_identity() -> None:
    model = Outer()
    before = list(model.parameters())
    model(torch.ones(2)).sum().backward()
    assert model.to(torch.float64) is model
    assert all(a is b for a, b in zip(before, model.parameters()))
    assert {param.dtype for param in model.parameters()} == {torch.float64}
    assert model.scale.grad.dtype == torch.float64 and model.first.count.dtype == torch.int64
    assert model(torch.ones(2, dtype=torch.float64)).dtype == torch.float64


@pytest.mark.parametrize(
    ("convert", "dtype"),
    [
        (lambda m: m.half(), torch.float16),
        (lambda m: m.bfloat16(), torch.bfloat16),
        (lambda m: m.double(), torch.float64),
        (lambda m: m.double().float(), torch.float32),
        (lambda m: m.to("cpu", torch.float16), torch.float16),
        (lambda m: m.to(torch.ones(1, dtype=torch.float64)), torch.float64),
        (lambda m: m.to(dtype=torch.bfloat16), torch.bfloat16),
        (lambda m: m.type(torch.float16), torch.float16),
        (lambda m: m.cpu(), torch.float32),
    ],
)
def test_shorthands_cast(convert: Any, dtype: Any) -> None:
    assert convert(Outer()).scale.dtype == dtype


def test_to_empty_keeps_shapes() -> None:
    model = Outer().to_empty(device="cpu")
    assert model.second.weight.shape == (2, 2) and isinstance(model.second.weight, nn.Parameter)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # fork with threads
def test_shared_memory_is_written_to_by_forked_processes() -> None:
    model = nn.Linear(1, 1)
    weight = model.weight
    assert model.share_memory() is model and model.weight is weight

    def write() -> None:
        with torch.no_grad():
            weight.fill_(7)

    process = multiprocessing.get_context("fork").Process(target=write)
    process.start()
    process.join()
    assert weight.item() == 7.0


# --- text and copies ----------------------------------------------------------------------------------------


def test_representation_nests() -> None:
    assert repr(Outer()) == (
        "Outer(\n  (first): Inner()\n  (second): Linear(in_features=2, out_features=2, bias=True)\n)"
    )


def test_extra_lines_come_before_children() -> None:
    class Described(nn.Module):
        def extra_repr(self) -> str:
            return "a\nb"

    module = Described()
    assert repr(module) == "Described(\n  a\n  b\n)"
    module.child = nn.ReLU()
    assert repr(module) == "Described(\n  a\n  b\n  (child): ReLU()\n)"


def test_dir_lists_members_but_no_numbers() -> None:
    listed = dir(nn.Sequential(nn.Linear(1, 1)))
    assert "forward" in listed and "training" in listed and "0" not in listed
    assert {"first", "scale"} <= set(dir(Outer()))


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_are_equal_and_independent(copier: Any) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(0.1)).eval()
    again = copier(model)
    x = torch.ones(4, 2)
    assert repr(again) == repr(model) and torch.equal(again(x), model(x)) and not again.training
    assert isinstance(again[0].weight, nn.Parameter) and again[0].weight.requires_grad
    with torch.no_grad():
        again[0].weight.zero_()
    assert model[0].weight.abs().sum().item() > 0


def test_deepcopy_keeps_shared_parameters_shared() -> None:
    model = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Linear(2, 2)})
    model["b"].weight = model["a"].weight
    again = copy.deepcopy(model)
    assert again["a"].weight is again["b"].weight and again["a"].weight is not model["a"].weight


class Chosen(nn.Module):
    """What PyTorch has as built-in functions binds no module: `self.conv(x, w)` does not hand on `self`."""

    conv = torch.conv2d
    act = torch.relu

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.conv(x, weight=torch.ones(1, 1, 2, 2), bias=torch.tensor([-3.0])))  # type: ignore


def test_functions_in_a_class_body_are_called_without_the_module() -> None:
    x = torch.tensor([[[[1.0, 0.0, 0.0], [2.0, 1.0, 0.0]]]])
    assert Chosen()(x).tolist() == [[[[1.0, 0.0]]]]
    assert type("Inherited", (Chosen,), {})()(x).tolist() == [[[[1.0, 0.0]]]]
    assert Chosen.act(torch.tensor(-1.0)).item() == 0
