"""What a class or function is called in files: by PyTorch's name, so that PyTorch finds its own under it.

Most names follow from where things stand: ``pullback.nn.modules.linear`` is ``torch.nn.modules.linear``. The tables
hold what stands elsewhere here.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

from pullback.arrays.dtypes import BY_NAME, dtype
from pullback.device import memory_format

RENAMED = {
    "pullback.tensor.Tensor": "torch.Tensor",
    "pullback.size.Size": "torch.Size",
    "pullback.device.device": "torch.device",
    "pullback.ops.random.generator.Generator": "torch._C.Generator",
    "pullback.utils.data._utils.info.get_worker_info": "torch.utils.data._utils.worker.get_worker_info",
    "pullback.storage.UntypedStorage": "torch.storage.UntypedStorage",
    "pullback.storage.TypedStorage": "torch.storage.TypedStorage",
}
FOLDED = {
    "pullback.nn.functional.": "torch.nn.functional",
    "pullback.optim.lr_scheduler.": "torch.optim.lr_scheduler",
    "pullback.serialization.": "torch.serialization",
    "pullback.legacy": "torch",
    "pullback.storage": "torch",
}
"""Modules whose parts PyTorch has in one."""

_HOMES = (
    "pullback",
    "pullback.nn.functional",
    "pullback.special",
    "pullback.linalg",
    "pullback.fft",
    "pullback.autograd",
)
"""Where the public finds what stands in a module that PyTorch does not have."""

_INNER = tuple(f"pullback.{name}" for name in ("arrays", "device", "facts", "graph", "methods", "ops", "printing"))

_READ = {
    "torch._C.Generator": "pullback.ops.random.generator.Generator",
    "torch._C._VariableFunctionsClass": "pullback",
    "torch._C._VariableFunctions": "pullback",
    "torch._C._TensorBase": "pullback.Tensor",
    "torch.storage._LegacyStorage": "pullback.storage.TypedStorage",
}
_READ_MODULES = {"torch._C._nn": "pullback.nn.functional", "torch._C": "pullback"}


def torch_name(obj: Any) -> tuple[str, str] | None:
    """Module and name of one of our objects in PyTorch; `None` if `obj` is none of ours."""
    if isinstance(obj, (dtype, memory_format)):
        return "torch", obj.name
    module = getattr(obj, "__module__", None)
    if not isinstance(module, str) or not (module == "pullback" or module.startswith("pullback.")):
        return None
    name = getattr(obj, "__qualname__", None) or obj.__name__
    renamed = RENAMED.get(f"{module}.{name}")
    if renamed is not None:
        home, _, name = renamed.rpartition(".")
        return home, name
    if module.startswith(_INNER) and id(obj) in (public := _public_names()):
        return public[id(obj)]
    for prefix, home in FOLDED.items():
        if module.startswith(prefix):
            return home, name
    package, _, last = module.rpartition(".")
    if last.startswith("_") and getattr(importlib.import_module(package), name, None) is obj:
        module = package  # a file of our own inside of a package of PyTorch's
    return "torch" + module[len("pullback") :], name


@functools.lru_cache(maxsize=1)
def _public_names() -> dict[int, tuple[str, str]]:
    """The public names of functions and classes, by identity."""
    found: dict[int, tuple[str, str]] = {}
    for home in _HOMES:
        module = importlib.import_module(home)
        for name in dir(module):
            value = getattr(module, name, None)
            if callable(value):
                found.setdefault(id(value), ("torch" + home[len("pullback") :], name))
    return found


def find(module: str, name: str) -> Any:
    """The object of a name of PyTorch's.

    Raises:
        AttributeError: if there is none here.
    """
    if module == "torch" and name in BY_NAME:
        return BY_NAME[name]
    place = _READ.get(f"{module}.{name}")
    if place is not None:
        home, _, last = place.rpartition(".")
        return getattr(importlib.import_module(home), last) if home else importlib.import_module(place)
    home = _READ_MODULES.get(module, "pullback" + module[len("torch") :])
    while home:
        found = _look_up(home, name)
        if found is not None:
            return found
        home = home.rpartition(".")[0]  # what PyTorch keeps in a file of its own may stand in the package here
    raise AttributeError(f"Can't get attribute '{name}' on module '{module}': pullback has no such name")


def _look_up(home: str, name: str) -> Any:
    try:
        found: Any = importlib.import_module(home)
    except ModuleNotFoundError:
        return None
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
