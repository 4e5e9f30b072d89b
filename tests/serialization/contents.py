"""What the tests save: one value of every kind, made with any module that speaks torch.

``python -m tests.serialization.contents`` lets PyTorch save it to ``tests/data/saved_by_torch*.pt``.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

DTYPES = [
    "float32", "float64", "float16", "bfloat16", "uint8", "int8", "int16", "int32", "int64", "bool", "complex64",
    "complex128", "uint16", "uint32", "uint64",
]  # fmt: skip
FILES = {name: Path(__file__).parents[1] / "data" / f"saved_by_torch{name}.pt" for name in ("", "_before_1_6")}


def contents(torch: Any) -> dict[str, Any]:
    """Tensors of every dtype and layout, parameters, containers, numbers, the states of a model and its optimizer."""
    torch.manual_seed(0)
    base = torch.arange(24.0).reshape(2, 3, 4)
    leaf = torch.ones(2, requires_grad=True)
    values: dict[str, Any] = {name: torch.arange(6).to(getattr(torch, name)).reshape(2, 3) for name in DTYPES}
    values |= {
        "view": base[1],
        "base": base,
        "turned": base.transpose(0, 2),
        "every second": base[:, ::2],
        "expanded": torch.ones(1, 3).expand(4, 3),
        "0-d": torch.tensor(3.0),
        "empty": torch.empty(0, 3),
        "channels last": torch.ones(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "frozen": torch.nn.Parameter(torch.ones(2), requires_grad=False),
        "leaf": leaf,
        "computed": (leaf * 2),
        "facts": [torch.float32, base.shape, torch.device("cuda:1"), torch.strided],
        "plain": [1, 2.5, "süß", None, True, b"ab", 3 + 4j, {1}, 10**30, (1,), -5, 300, 70000, -(2**40), bytearray(b"xy")],
        "containers": OrderedDict(a=Counter("abca"), b={"c": [(), {}, []]}),
    }  # fmt: skip
    return values | training(torch)


def training(torch: Any) -> dict[str, Any]:
    """The states of a model, its optimizer, its schedule and the random stream after one step."""
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    model(torch.linspace(-1, 1, 15).reshape(5, 3)).sum().backward()
    optimizer.step()
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "stream": torch.get_rng_state(),
    }


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal, be they of PyTorch or ours: types by name, tensors by all they show."""
    if hasattr(a, "untyped_storage"):
        facts = [_facts(each) for each in (a, b)]
        return type(a).__name__ == type(b).__name__ and facts[0] == facts[1]
    if isinstance(a, dict):
        return type(a) is type(b) and list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return type(a).__name__ == type(b).__name__ and len(a) == len(b) and all(map(same, a, b))
    return repr(a) == repr(b)


def _facts(tensor: Any) -> tuple[Any, ...]:
    layout = (tensor.stride(), tensor.storage_offset()) if tensor.numel() else None
    return str(tensor.dtype), tuple(tensor.shape), layout, tensor.requires_grad, repr(tensor.detach().tolist())


if __name__ == "__main__":
    import torch

    torch.save(contents(torch), FILES[""])
    torch.save(contents(torch), FILES["_before_1_6"], _use_new_zipfile_serialization=False)
