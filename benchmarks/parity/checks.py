"""The checks: each runs one sample through one library and returns what is to be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch

from .compare import difference, snapshot
from .convert import Converter, NotSampled
from .resolve import counterpart

UNDEFINED_VALUES = {
    "empty", "empty_like", "empty_strided", "empty_permuted", "new_empty", "new_empty_strided",
    "resize_", "resize_as_",
}  # fmt: skip
SEED = 0


class Side:
    """One library, with one entry's operator in it."""

    def __init__(self, entry: Any, library: ModuleType) -> None:
        self.entry = entry
        self.library = library
        self.op = entry.op if library is torch else counterpart(entry, library)
        self.autograd = library.autograd

    def call(self, sample: Any, prepare: Callable[[Any], Any] | None = None) -> tuple[Any, list[Any]]:
        """The operator's output on a fresh copy of `sample`, and the differentiable inputs of that copy."""
        converter = Converter(self.library, prepare)
        first, args, kwargs = converter((sample.input, tuple(sample.args), dict(sample.kwargs)))
        self.library.manual_seed(SEED)
        return self.op(first, *args, **kwargs), converter.inputs

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


def _settled(sample: Any, output: Any) -> Any:
    """The output with its free signs and phases taken out, for entries that have such (svd, eigh …)."""
    return sample.output_process_fn_grad(output)


def forward(side: Side, sample: Any) -> Any:
    output, _ = side.call(sample)
    if any(str(t.layout) != "torch.strided" for t in side.tensors(output)):
        raise NotSampled("sparse tensors")
    types = snapshot(output, side.library, values=False)
    if side.entry.name in UNDEFINED_VALUES:
        return types
    return {"output": types, "values": snapshot(_settled(sample, output), side.library)}


def _backward(side: Side, sample: Any, create_graph: bool) -> tuple[list[bool], list[Any], list[Any], list[Any]]:
    """Which outputs are differentiable, the inputs, random cotangents, and the inputs' cotangents."""
    output, inputs = side.call(sample)
    outputs = list(side.tensors(_settled(sample, output)))
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
        output, _ = side.call(sample, lambda t: forward_ad.make_dual(t, side.like([t], stream)[0]))
        outputs = side.tensors(_settled(sample, output))
        tangents = [forward_ad.unpack_dual(t).tangent for t in outputs if t.is_floating_point() or t.is_complex()]
        return {"tangent of output": snapshot(tangents, side.library)}


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
}
ALL_CHECKS = (*CHECKS, "errors")
