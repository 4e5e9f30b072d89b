"""Dictionaries of tensors with a batch: indexing, stacking, modules, parameters as data."""

import torch
from tensordict import TensorDict
from tensordict.nn import TensorDictModule, TensorDictSequential

data = TensorDict({"a": torch.arange(6.0).reshape(3, 2), "b": {"c": torch.ones(3, 1)}}, batch_size=[3])
assert data[1]["a"].tolist() == [2.0, 3.0] and data[:2]["b", "c"].shape == (2, 1)
both = torch.stack([data, data + 1])
assert both.batch_size == torch.Size([2, 3]) and both["b", "c"].sum().item() == 9
assert torch.cat([data, data]).reshape(2, 3)["a"][1].equal(data["a"])
data["d"] = data["a"] * 2
data.apply_(lambda value: value * 10)
assert data["d"].sum().item() == 300 and sorted(data.keys()) == ["a", "b", "d"]
layers = torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 1, bias=False)
model = TensorDictSequential(
    TensorDictModule(layers[0], ["a"], ["hidden"]), TensorDictModule(layers[1], ["hidden"], ["out"])
)
parameters = TensorDict.from_module(model)
doubled = parameters.apply(lambda value: torch.ones_like(value) * 2)
with doubled.to_module(model):
    assert model(data)["out"].flatten().tolist() == [80.0, 400.0, 720.0]
with torch.no_grad():
    parameters.zero_()
assert layers[0].weight.abs().sum() == 0 and model(data.select("a"))["out"].abs().sum() == 0
print("ok")
