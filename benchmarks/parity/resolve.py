"""The operator of a table entry, found in another library under the same name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from types import FunctionType, ModuleType
from typing import Any

import torch

SAMPLE_SEED = 42  # what the table's own wrapper seeds a random operator with


class Missing(Exception):
    """The library has no operator of that name."""


def lookup(root: Any, path: str) -> Any:
    """The object at the dotted `path` under `root`.

    Raises:
        Missing: names the path and the part of it that is not there.
    """
    try:
        return reduce(getattr, path.split("."), root)
    except AttributeError as error:
        raise Missing(f"no {path}: {error}") from None


def seeded(library: ModuleType) -> Callable[..., Any]:
    """``(op, *args, **kwargs)`` → ``op(*args, **kwargs)`` with `library`'s generator seeded before."""

    def call(op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        library.manual_seed(SAMPLE_SEED)
        return op(*args, **kwargs)

    return call


def rebound(function: FunctionType, library: ModuleType) -> FunctionType:
    """The same Python function with `library` where its text says ``torch``."""
    names = dict(function.__globals__, torch=library, wrapper_set_seed=seeded(library))
    copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _paths(op: Any, name: str) -> list[str]:
    """Where PyTorch's operator `op`, called `name` in the table, may stand: the most public place first."""
    if isinstance(op, torch._ops.OpOverload | torch._ops.OpOverloadPacket):
        path = str(op).removesuffix(".default")  # "aten.slice.Tensor"
        packet = path.split(".")[1]
        return ([packet] if getattr(torch, packet, None) is not None else []) + [f"ops.{path}"]
    qualified = getattr(op, "__qualname__", "")
    if qualified.startswith(("Tensor.", "TensorBase.")):
        return [f"Tensor.{op.__name__}"]
    public = name.removeprefix("torch.").partition(" ")[0]
    folder = public.rpartition(".")[0]
    own = op.__name__.removeprefix(folder.replace(".", "_") + "_") if hasattr(op, "__name__") else public
    return [public, f"{folder}.{own}".lstrip(".")]


def counterpart(op: Any, name: str, library: ModuleType) -> Callable[..., Any]:
    """The callable of `library` that stands for PyTorch's `op`, which the table calls `name`.

    A function that the table itself defines (a method call in a lambda, a seeded random operator) is run with
    `library` in the place of torch; Python's own operators are what they are; every other one is found by its name.

    Raises:
        Missing: the library has none.
    """
    if isinstance(op, partial):
        return partial(counterpart(op.func, name, library), *op.args, **op.keywords)
    if isinstance(op, FunctionType) and op.__module__.startswith("torch.testing"):
        return rebound(op, library)
    if getattr(op, "__module__", None) == "_operator":
        return op  # type: ignore[no-any-return]
    failures = []
    for path in dict.fromkeys(_paths(op, name)):
        try:
            found: Callable[..., Any] = lookup(library, path)
            return found
        except Missing as missing:
            failures.append(missing)
    raise failures[0]
