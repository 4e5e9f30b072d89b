"""Saving and loading the state of modules."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback import nn


def make(module: Any = torch) -> Any:
    layers = module.nn
    return layers.Sequential(
        OrderedDict(
            lin=layers.Linear(2, 3),
            norm=layers.BatchNorm1d(3),
            inner=layers.Sequential(layers.Conv1d(1, 2, 2), layers.Embedding(4, 2)),
        )
    )


def test_state_is_flat_detached_and_shares_memory() -> None:
    model = nn.Linear(2, 1)
    state = model.state_dict()
    assert list(state) == ["weight", "bias"] and not state["weight"].requires_grad
    state["bias"].fill_(7)
    assert model.bias.item() == 7.0
    assert model.state_dict(keep_vars=True)["weight"] is model.weight
    assert list(model.state_dict(prefix="a.")) == ["a.weight", "a.bias"]
    assert state._metadata == OrderedDict({"": {"version": 1}})


def test_round_trip_restores_everything() -> None:
    torch.manual_seed(0)
    first, second = make(), make()
    first.norm(torch.tensor([[1.0, 2.0, 3.0], [2.0, 3.0, 5.0]]))
    assert str(second.load_state_dict(first.state_dict())) == "<All keys matched successfully>"
    for (name, a), (_, b) in zip(first.state_dict().items(), second.state_dict().items(), strict=True):
        assert torch.equal(a, b), name
    assert second.norm.num_batches_tracked.item() == 1


@pytest.mark.parametrize("direction", ["to torch", "from torch"])
def test_state_is_interchangeable_with_pytorch(direction: str) -> None:
    real = pytest.importorskip("torch")
    source, target = (torch, real) if direction == "to torch" else (real, torch)
    source.manual_seed(3)
    given, taking = make(source), make(target)
    assert list(given.state_dict()) == list(taking.state_dict())
    state = OrderedDict((k, target.from_numpy(v.numpy().copy())) for k, v in given.state_dict().items())
    taking.load_state_dict(state)
    for name, value in taking.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), given.state_dict()[name].numpy())


def test_strict_loading_lists_every_problem() -> None:
    model = nn.Sequential(OrderedDict(a=nn.Linear(2, 3), b=nn.Linear(3, 1)))
    state = {"a.weight": torch.zeros(3), "a.bias": torch.zeros(3), "x": 1, "b.weight": 3, "a.w.y": 2}
    with pytest.raises(RuntimeError) as error:
        model.load_state_dict(state)
    assert str(error.value) == (
        "Error(s) in loading state_dict for Sequential:\n"
        '\tMissing key(s) in state_dict: "b.bias". \n'
        '\tUnexpected key(s) in state_dict: "x", "a.w.y". \n'
        "\tsize mismatch for a.weight: copying a param with shape torch.Size([3]) from checkpoint, the shape in "
        "current model is torch.Size([3, 2]).\n"
        '\tWhile copying the parameter named "b.weight", expected torch.Tensor or Tensor-like object from '
        "checkpoint but received <class 'int'>"
    )


def test_loose_loading_reports_keys_and_loads_the_rest() -> None:
    model = nn.Linear(2, 1)
    result = model.load_state_dict({"bias": torch.tensor([5.0]), "other": 1}, strict=False)
    assert result.missing_keys == ["weight"] and result.unexpected_keys == ["other"]
    assert repr(result) == "_IncompatibleKeys(missing_keys=['weight'], unexpected_keys=['other'])"
    assert model.bias.item() == 5.0


def test_loading_copies_in_place_and_casts() -> None:
    model = nn.Linear(1, 1)
    weight = model.weight
    model.load_state_dict({"weight": torch.ones(1, 1, dtype=torch.float64), "bias": torch.zeros(1)})
    assert model.weight is weight and weight.dtype == torch.float32 and weight.item() == 1.0


def test_assigning_takes_the_tensors_themselves() -> None:
    model = nn.Linear(1, 1)
    model.bias.requires_grad_(False)
    weight = torch.ones(1, 1, dtype=torch.float64)
    model.load_state_dict({"weight": weight, "bias": nn.Parameter(torch.zeros(1))}, assign=True)
    assert isinstance(model.weight, nn.Parameter) and model.weight.dtype == torch.float64
    assert model.weight.requires_grad and not model.bias.requires_grad
    weight.fill_(4)
    assert model.weight.item() == 4.0


def test_state_must_be_a_mapping() -> None:
    with pytest.raises(TypeError, match="Expected state_dict to be dict-like, got <class 'int'>"):
        nn.Linear(1, 1).load_state_dict(3)  # type: ignore[arg-type]


def test_positional_arguments_of_state_dict_are_deprecated() -> None:
    with pytest.warns(FutureWarning, match="Positional args are being deprecated"):
        state = nn.Linear(1, 1).state_dict(OrderedDict(), "a.")
    assert list(state) == ["a.weight", "a.bias"]


def test_transient_buffers_are_left_out() -> None:
    module = nn.Module()
    module.register_buffer("kept", torch.ones(1))
    module.register_buffer("lost", torch.ones(1), persistent=False)
    module.register_buffer("none", None)
    assert list(module.state_dict()) == ["kept"]
    module.load_state_dict({"kept": torch.zeros(1)})
    assert module.kept.item() == 0.0


def test_extra_state_travels_along() -> None:
    class Counting(nn.Module):
        count = 0

        def get_extra_state(self) -> Any:
            return {"count": self.count}

        def set_extra_state(self, state: Any) -> None:
            self.count = state["count"]

    first, second = Counting(), Counting()
    first.count = 4
    assert first.state_dict() == {"_extra_state": {"count": 4}}
    second.load_state_dict(first.state_dict())
    assert second.count == 4
    with pytest.raises(RuntimeError, match='Missing key\\(s\\) in state_dict: "_extra_state"'):
        second.load_state_dict({})
    with pytest.raises(RuntimeError, match='Unexpected key\\(s\\) in state_dict: "_extra_state"'):
        nn.Identity().load_state_dict(first.state_dict())


def test_versions_reach_the_loading_module() -> None:
    class Renamed(nn.Module):
        _version = 2

        def __init__(self) -> None:
            super().__init__()
            self.new = nn.Parameter(torch.zeros(1))

        def _load_from_state_dict(self, state_dict: Any, prefix: str, local_metadata: Any, *rest: Any) -> None:
            if local_metadata.get("version", 1) < 2:
                state_dict[prefix + "new"] = state_dict.pop(prefix + "old")
            super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)

    model = nn.Sequential(Renamed())
    model.load_state_dict({"0.old": torch.ones(1)})
    assert model[0].new.item() == 1.0
    assert model.state_dict()._metadata == OrderedDict({"": {"version": 1}, "0": {"version": 2}})


def test_batch_norm_loads_checkpoints_without_count() -> None:
    layer = nn.BatchNorm1d(1)
    state = dict(layer.state_dict())
    del state["num_batches_tracked"]
    layer.load_state_dict(state)
    assert layer.num_batches_tracked.item() == 0


def test_state_dict_hooks() -> None:
    module, calls = nn.Linear(1, 1), []
    module.register_state_dict_pre_hook(lambda m, prefix, keep_vars: calls.append((prefix, keep_vars)))
    module.register_state_dict_post_hook(lambda m, state, prefix, meta: state.update({prefix + "extra": 1}))
    assert list(module.state_dict(prefix="p.")) == ["p.weight", "p.bias", "p.extra"]
    assert calls == [("p.", False)]
    module._register_state_dict_hook(lambda m, state, prefix, meta: {"all": 0})
    assert module.state_dict() == {"all": 0}


def test_public_post_hook_must_not_return() -> None:
    module = nn.Linear(1, 1)

    def hook(*args: Any) -> int:
        return 3

    module.register_state_dict_post_hook(hook)
    with pytest.raises(RuntimeError, match="state_dict post-hook must return None"):
        module.state_dict()
    with pytest.raises(RuntimeError, match="Cannot register the same function as the state dict post hook"):
        module._register_state_dict_hook(hook)


def test_load_hooks_see_the_state_and_the_keys() -> None:
    module, seen = nn.Linear(1, 1), []
    module.register_load_state_dict_pre_hook(lambda m, state, prefix, *rest: seen.append((m, prefix, len(rest))))

    def forgive(m: Any, keys: Any) -> None:
        keys.missing_keys.clear()

    module.register_load_state_dict_post_hook(forgive)
    module.load_state_dict({})
    assert seen == [(module, "", 5)]
    module.register_load_state_dict_post_hook(lambda m, keys: 3)
    with pytest.raises(AssertionError, match="are not expected to return new values"):
        module.load_state_dict({})


def test_prefix_can_be_taken_off() -> None:
    state = nn.Sequential(OrderedDict(module=nn.Linear(1, 1))).state_dict()
    nn.modules.utils.consume_prefix_in_state_dict_if_present(state, "module.")
    nn.Linear(1, 1).load_state_dict(state)
    assert list(state) == ["weight", "bias"]
