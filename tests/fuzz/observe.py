"""What can be seen of a program while it runs: every fact of every tensor after every step.

The same functions look at PyTorch's tensors and at pullback's, through their public face only; the values alone are
taken where looking leaves no trace.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from tests.fuzz.program import CLASSES, PRELUDE, Step

Facts = dict[str, Any]
WORDS = 7
"""How many words of an error's message must agree."""
SWAPPED = re.compile(r"swap_tensors\((v\d+), (v\d+)\)")


@cache
def _classes(torch: Any) -> dict[str, Any]:
    """The classes that programs know, made once for a library: classes are cycles, and programs are asked for those."""
    names = {"torch": torch}
    exec(CLASSES, names)
    del names["__builtins__"]
    return names


class Run:
    """A program in the making on one library: the names it has made, and what its hooks wrote down."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.names: dict[str, Any] = {"torch": torch, "np": np}
        self.born: dict[str, int] = {}
        """The version of each tensor when it was made: what an operator does to its own result says nothing."""
        self.derived: set[str] = set()
        """Results of backward passes: each library has rules of its own, so what their graphs lead to says nothing."""
        exec(re.sub("^(import|from) torch.*$", "", PRELUDE, flags=re.MULTILINE), self.names)
        self.names.update(_classes(torch))
        torch.set_grad_enabled(True)

    @property
    def tensors(self) -> dict[str, Any]:
        """The tensors by name, in the order they were made."""
        return {name: each for name, each in self.names.items() if isinstance(each, self.torch.Tensor)}

    def step(self, step: Step) -> list[Any] | None:
        """Run one step; the type and the first words of the error it raised."""
        if any(self.names.get(name) is None for name in step.reads):
            return ["skipped", ""]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(step.text, self.names)
            if "swap_tensors(" in step.text:
                self._swap_born(step)
        except Exception as error:
            missing = isinstance(error, (AttributeError, TypeError))
            if missing and any(self.names.get(name, 0) is None for name in step.makes):
                return ["None", ""]  # a gradient that is not there, in a later part of the line
            return [type(error).__name__, " ".join(str(error).split()[:WORDS])]
        finally:
            for name in step.makes:
                if isinstance(self.names.get(name), self.torch.Tensor):
                    if "cloned(" in step.text or ".grad" in step.text or self._is_derived(self.names[name]):
                        self.derived.add(name)
                    self.born[name] = _asked(lambda t: t._version, self.names[name])
        return None

    def _swap_born(self, step: Step) -> None:
        one, other = SWAPPED.findall(step.text)[0]
        born = {id(self.names[one]): self.born.get(other, 0), id(self.names[other]): self.born.get(one, 0)}
        for name, tensor in self.tensors.items():  # a tensor may have several names
            self.born[name] = born.get(id(tensor), self.born.get(name, 0))

    def swaps_back(self, step: Step) -> bool:
        """Take back a swap of two tensors that PyTorch has refused, if that can be done."""
        one, other = SWAPPED.findall(step.text)[0]
        try:
            self.torch.utils.swap_tensors(self.names[one], self.names[other])
        except RuntimeError:
            return False
        self._swap_born(step)
        return True

    def take_values(self, other: Any) -> None:
        """Write what `other` shows on PyTorch into our memory, where it differs; both show the same shapes."""
        from pullback.graph.tensor_base import solid

        for name, tensor in self.tensors.items():
            wanted = values(other.tensors[name])
            if not np.array_equal(values(tensor), wanted, equal_nan=True):
                solid(tensor)[...] = wanted

    def _is_derived(self, tensor: Any) -> bool:
        """Whether `tensor` has another name as a result of a backward pass."""
        return any(self.names.get(name) is tensor for name in self.derived)

    def look(self) -> Facts:
        """The facts of all tensors, and what the hooks saw since the last look."""
        tensors = self.tensors
        found: Facts = {name: facts(each, tensors) for name, each in tensors.items()}
        for name in self.derived.intersection(found):
            if found[name]["grad_fn"] is not None:
                del found[name]["grad_fn"][2:]
        for name, born in self.born.items():
            if isinstance(born, int) and isinstance(found[name]["version"], int):
                found[name]["version"] -= born
        seen = self.names["seen"]
        found["seen"] = [
            [each if isinstance(each, (str, int)) else _gradient(each) for each in entry] for entry in seen
        ]
        for entry in found["seen"]:
            for each in entry:
                if isinstance(each, dict):
                    del each["grad_fn"]  # as of what is derived
        seen.clear()
        found["grad mode"] = self.torch.is_grad_enabled()
        return found

    def odd(self) -> bool:
        """Whether PyTorch has made an inference tensor with a version, or another without: a hybrid of the two kinds."""
        return any(
            isinstance(_asked(_ASK["version"], t), int) == t.is_inference() or (t.is_inference() and t.requires_grad)
            for t in self.tensors.values()
        )

    def unnamed_base(self, name: str) -> bool:
        """Whether a tensor is a view of one that has no name in the program."""
        base = self.tensors[name]._base
        return base is not None and all(each is not base for each in self.tensors.values())

    def close(self) -> None:
        """Restore the modes that the program switched."""
        self.torch.set_grad_enabled(True)


def facts(tensor: Any, tensors: dict[str, Any]) -> Facts:
    """What can be asked of one tensor. To ask for its history brings a view up to date."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: Facts = {name: _asked(ask, tensor) for name, ask in _ASK.items()}
        found["strides"] = laid_out(tensor)
        base = tensor._base
        found["base"] = None if base is None else next((n for n, each in tensors.items() if each is base), "unnamed")
        found["grad"] = _gradient(_asked(lambda t: t.grad, tensor))
        found["values"] = values(tensor)
    return found


def _asked(ask: Callable[[Any], Any], tensor: Any) -> Any:
    try:
        return ask(tensor)
    except Exception as error:
        return [type(error).__name__, " ".join(str(error).split()[:WORDS])]


_ASK: dict[str, Callable[[Any], Any]] = {
    "type": lambda t: type(t).__name__,
    "shape": lambda t: list(t.shape),
    "dtype": lambda t: str(t.dtype),
    "version": lambda t: t._version,
    "is view": lambda t: t._is_view(),
    "inference": lambda t: t.is_inference(),
    "is_conj": lambda t: t.is_conj(),
    "is_neg": lambda t: t.is_neg(),
    "offset": lambda t: t.storage_offset() if t.numel() else 0,
    "requires_grad": lambda t: t.requires_grad,
    "is_leaf": lambda t: t.is_leaf,
    "grad_fn": lambda t: _node(t.grad_fn),
    "output_nr": lambda t: t.output_nr,
    "retains_grad": lambda t: t.retains_grad,
}


def _node(node: Any) -> Any:
    """The names of a node and of those it leads to."""
    if node is None:
        return None
    ends = [["" if end is None else end.name(), nr] for end, nr in node.next_functions]
    return [type(node).__name__, node.name(), ends]


def laid_out(tensor: Any) -> list[int]:
    """The strides that say something: of a tensor that has elements, along axes longer than 1."""
    if not tensor.numel():
        return []
    return [step for step, length in zip(tensor.stride(), tensor.shape) if length > 1]


def _gradient(tensor: Any) -> Any:
    if tensor is None or isinstance(tensor, (list, str, tuple)):
        return tensor
    node = tensor.grad_fn
    return {
        "shape": list(tensor.shape),
        "dtype": str(tensor.dtype),
        "requires_grad": tensor.requires_grad,
        "grad_fn": None if node is None else node.name(),
        "values": values(tensor),
    }


def values(tensor: Any) -> np.ndarray:
    """A copy of the elements."""
    array = getattr(tensor, "_array", None)
    if array is None:
        array = (
            tensor.detach().resolve_conj().resolve_neg().clone().numpy()
        )  # of a copy: memory shown to NumPy stays put
    return np.array(array)
