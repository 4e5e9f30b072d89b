"""The checks: each runs one sample through one library and returns what is to be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch

from .compare import NotSampled, difference, snapshot
from .convert import Converter
from .resolve import counterpart

UNDEFINED_VALUES = {
    "empty", "empty_like", "empty_strided", "empty_permuted", "new_empty", "new_empty_strided",
    "resize_", "resize_as_",
}  # fmt: skip
SEED = 0
# Operators that may take any of several equal elements, with the place of `dim` among their arguments: their indices
# are compared by what they point to.
DIM_OF_TIES = {"sort": 0, "argsort": 0, "topk": 1, "kthvalue": 1, "mode": 0}


class Side:
    """One library, with one entry's operator in it."""

    def __init__(self, entry: Any, library: ModuleType) -> None:
        self.entry = entry
        self.library = library
        self.op = self.own(entry.op)
        self.autograd = library.autograd

    def own(self, op: Any, name: str = "") -> Any:
        """This library's counterpart of PyTorch's `op`, by default known by the entry's name."""
        return op if self.library is torch else counterpart(op, name or self.entry.name, self.library)

    def rebuilt(self, sample: Any, prepare: Callable[[Any], Any] | None = None) -> tuple[Any, Any, Any, list[Any]]:
        """A fresh copy of `sample`: its input, arguments and keywords, and the differentiable tensors among them."""
        converter = Converter(self.library, prepare)
        first, args, kwargs = converter((sample.input, tuple(sample.args), dict(sample.kwargs)))
        self.library.manual_seed(SEED)
        return first, args, kwargs, converter.inputs

    def call(self, sample: Any, prepare: Callable[[Any], Any] | None = None, **extra: Any) -> tuple[Any, list[Any]]:
        """The operator's output on a fresh copy of `sample`, and the differentiable inputs of that copy."""
        first, args, kwargs, inputs = self.rebuilt(sample, prepare)
        return self.op(first, *args, **kwargs, **extra), inputs

    def differentiable(self, sample: Any, prepare: Callable[[Any], Any] | None = None) -> tuple[Any, list[Any]]:
        """The same as a function of unconstrained inputs, where the operator wants triangular or symmetric ones."""
        first, args, kwargs, inputs = self.rebuilt(sample, prepare)
        wrapper = self.own(self.entry.gradcheck_wrapper)
        return wrapper(self.op, first, *args, **kwargs), inputs

    def tensors(self, tree: Any) -> Iterator[Any]:
        """The tensors in nested lists, tuples and dicts."""
        if isinstance(tree, self.library.Tensor):
            yield tree
        elif isinstance(tree, list | tuple):
            for item in tree:
                yield from self.tensors(item)
        elif isinstance(tree, dict):
            for item in tree.values():
                yield from self.tensors(item)

    def like(self, tensors: list[Any], stream: np.random.Generator) -> list[Any]:
        """A random tensor like each of `tensors`, the same numbers in every library."""
        return [self._random(tensor, stream) for tensor in tensors]

    def _random(self, tensor: Any, stream: np.random.Generator) -> Any:
        values = stream.uniform(-1, 1, tuple(tensor.shape))
        if tensor.is_complex():
            values = values + 1j * stream.uniform(-1, 1, tuple(tensor.shape))
        return self.library.from_numpy(np.asarray(values)).to(tensor.dtype)


def settled(sample: Any, output: Any) -> Any:
    """The output with its free signs and phases taken out, for entries that have such (svd, eigh …)."""
    return sample.output_process_fn_grad(output)


def pointed(side: Side, sample: Any, output: Any) -> Any:
    """The output with indices of possible ties replaced by the elements that they point to."""
    place = DIM_OF_TIES.get(side.entry.name)
    if place is None or sample.kwargs.get("stable"):
        return output
    given = sample.args[place] if len(sample.args) > place else -1
    dim = sample.kwargs.get("dim", given)
    values = side.rebuilt(sample)[0].detach()

    def elements(indices: Any) -> Any:
        if indices.dim() < values.dim():
            return values.gather(dim, indices.unsqueeze(dim)).squeeze(dim)
        return values.gather(dim, indices)

    if isinstance(output, side.library.Tensor):
        return elements(output)
    return [output[0], elements(output[1])]


def forward(side: Side, sample: Any) -> Any:
    output, _ = side.call(sample)
    if any(str(t.layout) != "torch.strided" for t in side.tensors(output)):
        raise NotSampled("sparse tensors")
    types = snapshot(output, side.library, values=False)
    if side.entry.name in UNDEFINED_VALUES:
        return types
    return {"output": types, "values": snapshot(pointed(side, sample, settled(sample, output)), side.library)}


def _backward(side: Side, sample: Any, create_graph: bool) -> tuple[list[bool], list[Any], list[Any], list[Any]]:
    """Which outputs are differentiable, the inputs, random cotangents, and the inputs' cotangents."""
    output, inputs = side.differentiable(sample)
    outputs = list(side.tensors(settled(sample, output)))
    flags = [bool(t.requires_grad) for t in outputs]
    outputs = [t for t, flag in zip(outputs, flags) if flag]
    if not outputs or not inputs:
        return flags, inputs, [], [None] * len(inputs)
    cotangents = side.like(outputs, np.random.default_rng(SEED))
    if create_graph:
        cotangents = [t.requires_grad_() for t in cotangents]
    found = side.autograd.grad(outputs, inputs, cotangents, create_graph=create_graph, allow_unused=True)
    return flags, inputs, cotangents, list(found)


def grad(side: Side, sample: Any) -> Any:
    flags, _, _, cotangents = _backward(side, sample, create_graph=False)
    return {"outputs that require grad": flags, "grad of input": snapshot(cotangents, side.library)}


def gradgrad(side: Side, sample: Any) -> Any:
    _, inputs, cotangents, first = _backward(side, sample, create_graph=True)
    live = [t for t in first if t is not None and t.requires_grad]
    if not live:
        return {"second grad": [None] * (len(inputs) + len(cotangents))}
    again = side.like(live, np.random.default_rng(SEED + 1))
    second = side.autograd.grad(live, inputs + cotangents, again, allow_unused=True)
    return {"second grad": snapshot(list(second), side.library)}


def jvp(side: Side, sample: Any) -> Any:
    stream = np.random.default_rng(SEED)
    forward_ad = side.autograd.forward_ad
    with forward_ad.dual_level():
        output, _ = side.differentiable(sample, lambda t: forward_ad.make_dual(t, side.like([t], stream)[0]))
        outputs = side.tensors(settled(sample, output))
        tangents = [forward_ad.unpack_dual(t).tangent for t in outputs if t.is_floating_point() or t.is_complex()]
        return {"tangent of output": snapshot(tangents, side.library)}


def fwdrev(side: Side, sample: Any) -> Any:
    stream = np.random.default_rng(SEED)
    forward_ad = side.autograd.forward_ad

    def dual(tensor: Any) -> Any:
        return forward_ad.make_dual(tensor.requires_grad_(), side.like([tensor], stream)[0])

    with forward_ad.dual_level():
        output, inputs = side.differentiable(sample, dual)
        outputs = [t for t in side.tensors(settled(sample, output)) if t.requires_grad]
        if not outputs or not inputs:
            return {"tangent of grad": [None] * len(inputs)}
        cotangents = [dual(t) for t in side.like(outputs, stream)]
        found = side.autograd.grad(outputs, inputs, cotangents, create_graph=True, allow_unused=True)
        tangents = [None if t is None else forward_ad.unpack_dual(t).tangent for t in found]
        return {"tangent of grad": snapshot(tangents, side.library)}


@dataclass(frozen=True)
class Check:
    """One way to compare: what to run, which entries it applies to, and how exact it is."""

    run: Callable[[Side, Any], Any]
    applies: Callable[[Any], bool]
    widen: float = 1.0
    none_is_zero: bool = False

    def difference(self, ours: Any, theirs: Any) -> str | None:
        return difference(ours, theirs, self.widen, self.none_is_zero)


# Derivatives of badly conditioned samples (inverses, norms near zero) lose digits in both libraries:
# wider by ten each time.
CHECKS = {
    "forward": Check(forward, lambda entry: True),
    "grad": Check(grad, lambda entry: entry.supports_autograd, widen=10.0),
    "gradgrad": Check(
        gradgrad,
        lambda entry: entry.supports_autograd and entry.supports_gradgrad,
        widen=100.0,
        none_is_zero=True,
    ),
    "jvp": Check(jvp, lambda entry: entry.supports_forward_ad, widen=10.0, none_is_zero=True),
    "fwdrev": Check(fwdrev, lambda entry: entry.supports_fwgrad_bwgrad, widen=100.0, none_is_zero=True),
}
