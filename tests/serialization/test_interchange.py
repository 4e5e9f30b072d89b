"""Files go both ways between PyTorch and this package."""

from __future__ import annotations

import importlib
import io
import operator
import pickle
import warnings
from collections import OrderedDict
from typing import Any

import pytest

import pullback
from pullback.serialization.names import find, torch_name
from tests.serialization.contents import FILES, contents, same


def saved(module: Any, obj: Any, **settings: Any) -> io.BytesIO:
    file = io.BytesIO()
    module.save(obj, file, **settings)
    file.seek(0)
    return file


FORMATS = {"zip": {}, "before 1.6": {"_use_new_zipfile_serialization": False}}


@pytest.mark.parametrize("which", FILES)
def test_files_that_pytorch_saved_are_loaded(which: str) -> None:
    loaded, expected = pullback.load(FILES[which]), contents(pullback)
    for name in ("model", "optimizer"):  # computed, so equal to rounding only
        assert str(loaded.pop(name).keys()) == str(expected.pop(name).keys())
    assert [name for name in expected if not same(loaded[name], expected[name])] == []
    assert list(loaded) == list(expected)


@pytest.mark.parametrize("which", FORMATS)
def test_contents_come_back(which: str) -> None:
    ours = contents(pullback)
    loaded = pullback.load(saved(pullback, ours, **FORMATS[which]))
    assert [name for name in ours if not same(loaded[name], ours[name])] == []
    assert loaded["view"].untyped_storage() == loaded["base"].untyped_storage() == loaded["turned"].untyped_storage()
    loaded["base"][1] = 7
    assert loaded["view"].unique().tolist() == [7.0]


@pytest.mark.parametrize("which", FORMATS)
def test_contents_go_to_pytorch_and_come_from_it(which: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = contents(pullback), contents(torch)
    if which != "zip":  # what PyTorch cannot load from that format itself
        ours = {name: value for name, value in ours.items() if name not in ("uint16", "uint32", "uint64")}
    there = torch.load(saved(pullback, ours, **FORMATS[which]))
    assert [name for name in ours if not same(there[name], ours[name])] == []
    here = pullback.load(saved(torch, theirs, **FORMATS[which]))
    assert [name for name in theirs if not same(here[name], theirs[name])] == []


MODELS = [
    "Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.1))",
    "Conv2d(1, 2, 3)",
    "Embedding(3, 2)",
    "LayerNorm(3)",
    "MultiheadAttention(4, 2)",
    "ModuleDict({'a': nn.ModuleList([nn.Flatten()])})",
    "CrossEntropyLoss()",
]


@pytest.mark.parametrize("which", FORMATS)
@pytest.mark.parametrize("expression", MODELS)
def test_modules_go_both_ways(expression: str, which: str) -> None:
    torch = pytest.importorskip("torch")
    for one, other in ((pullback, torch), (torch, pullback)):
        model = eval(f"nn.{expression}", {"nn": one.nn})
        there = other.load(saved(one, model, **FORMATS[which]), weights_only=False)
        assert repr(there) == repr(model) and type(there).__module__.startswith(other.__name__)
        assert all(map(same, there.state_dict().values(), model.state_dict().values()))


@pytest.mark.parametrize("kind", ["SGD", "AdamW", "RMSprop", "LBFGS"])
def test_optimizers_go_both_ways(kind: str) -> None:
    torch = pytest.importorskip("torch")
    for one, other in ((pullback, torch), (torch, pullback)):
        optimizer = getattr(one.optim, kind)([one.ones(2, requires_grad=True)], lr=0.1)
        there = other.load(saved(one, optimizer), weights_only=False)
        assert repr(there) == repr(optimizer) and isinstance(there, getattr(other.optim, kind))


NAMES = ["relu", "nn.functional.gelu", "nn.Linear", "Tensor", "sigmoid", "nn.functional.relu", "float16", "Size", "dtype",
         "add", "linalg.norm", "nn.init.zeros_", "optim.Adam", "abs_", "save", "nn.Module.forward"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_of_functions_and_classes_go_both_ways(name: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = operator.attrgetter(name)(pullback), operator.attrgetter(name)(torch)
    assert torch.load(saved(pullback, ours), weights_only=False) == theirs
    if name not in ("linalg.norm",):  # which PyTorch itself cannot save
        assert pullback.load(saved(torch, theirs), weights_only=False) is ours


@pytest.mark.parametrize("path", ["nn", "optim", "optim.lr_scheduler", "utils.data", "nn.parameter"])
def test_every_class_has_a_name_that_pytorch_knows(path: str) -> None:
    pytest.importorskip("torch")
    ours = operator.attrgetter(path)(pullback)
    classes = [value for name, value in vars(ours).items() if isinstance(value, type) and not name.startswith("_")]
    for cls in classes:
        known = torch_name(cls)
        if known is not None and cls.__name__ != "TensorMeta":
            module, name = known
            assert hasattr(importlib.import_module(module), name) and find(module, name) is cls, known


def test_generators_go_both_ways() -> None:
    torch = pytest.importorskip("torch")
    for one, other in ((pullback, torch), (torch, pullback)):
        generator = one.Generator().manual_seed(5)
        there = other.load(saved(one, generator), weights_only=False)
        assert one.rand(3, generator=generator).tolist() == other.rand(3, generator=there).tolist()


def test_tensors_with_attributes_go_both_ways() -> None:
    torch = pytest.importorskip("torch")
    for one, other in ((pullback, torch), (torch, pullback)):
        tensor, parameter = one.ones(2), one.nn.Parameter(one.ones(2))
        tensor.note, parameter.note = "a", {"b": 1}
        loaded = other.load(saved(one, [tensor, parameter, one.nn.Buffer(one.ones(1))]))
        assert loaded[0].note == "a" and loaded[1].note == {"b": 1} and isinstance(loaded[1], other.nn.Parameter)
        assert isinstance(loaded[2], other.nn.Buffer) and loaded[2].persistent


def test_what_pytorch_has_not_computed_yet_is_computed() -> None:
    torch = pytest.importorskip("torch")
    values = torch.tensor([1 + 2j, 3 - 4j])
    assert pullback.load(saved(torch, values.conj())).tolist() == [1 - 2j, 3 + 4j]
    assert pullback.load(saved(torch, values.conj().imag)).tolist() == [-2.0, 4.0]


def test_tensors_of_kinds_that_are_not_here_are_refused() -> None:
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        held = saved(torch, torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8))
    with pytest.raises(pickle.UnpicklingError, match="QInt8Storage"):
        pullback.load(held)


def test_tensors_without_values_travel_both_ways() -> None:
    torch = pytest.importorskip("torch")
    there, here = torch.empty(3, 2, device="meta").t(), pullback.empty(3, 2, device="meta").t()
    found = pullback.load(saved(torch, there))
    assert found.is_meta and (found.shape, found.stride()) == ((2, 3), (1, 2))
    found = torch.load(saved(pullback, here))
    assert found.is_meta and (found.shape, found.stride()) == ((2, 3), (1, 2))


def test_state_keeps_its_metadata() -> None:
    state = pullback.nn.BatchNorm1d(2).state_dict()
    loaded = pullback.load(saved(pullback, state))
    assert type(loaded) is OrderedDict and loaded._metadata == state._metadata


def test_plain_pickles_of_pytorch_call_for_their_storages() -> None:
    torch = pytest.importorskip("torch")
    held = pickle.dumps(torch.arange(6.0).reshape(2, 3))  # its storage is bytes in the format before 1.6
    assert b"_load_from_bytes" in held
    storage = torch.arange(3.0).untyped_storage()
    file = saved(
        torch,
        torch.storage.TypedStorage(wrap_storage=storage, dtype=torch.float32, _internal=True),
        **FORMATS["before 1.6"],
    )
    found = importlib.import_module("pullback.storage")._load_from_bytes(file.getvalue())
    assert type(found).__name__ == "TypedStorage" and found.tolist() == [0.0, 1.0, 2.0]


def test_storages_are_read_from_bytes() -> None:
    file = saved(pullback, {"a": pullback.tensor([1, 2])}, **FORMATS["before 1.6"])
    found = importlib.import_module("pullback.storage")._load_from_bytes(file.getvalue())
    assert found["a"].tolist() == [1, 2]
