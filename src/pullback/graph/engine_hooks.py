"""What the engine does at hooks: raw cotangents become tensors, the hooks see them, what they return goes on.

The order at a node is PyTorch's: hooks of the tensors it made, then gradients that these retain, pre-hooks of the
node, the node itself, its post-hooks. At a leaf: hooks of the leaf, pre-hooks of its AccumulateGrad, the
accumulation, hooks of the leaf after that, post-hooks of AccumulateGrad.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.type_names import legacy_type


def as_tensor(value: Any) -> Any:
    """A cotangent as the tensor that hooks see; `None` as it is."""
    return value if value is None or isinstance(value, TensorBase) else wrap(value)


def _back(value: Any, traced: bool) -> Any:
    return value if traced or value is None else value._array


def _check(hook: Any, before: Any, after: Any) -> None:
    """Raise unless `after` may stand in for the gradient `before`."""
    if after is None:
        return
    if not isinstance(after, TensorBase):
        raise TypeError(f"expected Variable, but hook returned '{type(after).__name__}'")
    if before is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    was, now = before._array, after._array
    name = getattr(hook, "__name__", "<unknown>")
    if was.dtype != now.dtype:
        raise RuntimeError(
            f"hook '{name}' has changed the type of value (was {legacy_type(was.dtype)} got {legacy_type(now.dtype)})"
        )
    if was.shape != now.shape:
        raise RuntimeError(
            f"hook '{name}' has changed the size of value (was {tuple(was.shape)}, got {tuple(now.shape)})"
        )


def _replace(hook: Any, values: tuple[Any, ...], returned: Any) -> tuple[Any, ...]:
    """What goes on after `hook` returned something for all of `values`."""
    if returned is None:
        return values
    if not isinstance(returned, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(returned).__name__}'")
    if len(returned) != len(values):
        name = getattr(hook, "__name__", "<unknown>")
        raise RuntimeError(
            f"hook '{name}' has returned an incorrect number of values (got {len(returned)}, but expected {len(values)})"
        )
    for before, after in zip(values, returned):
        _check(hook, before, after)
    return returned


def run_tensor_hooks(hooks: Any, gradient: Any) -> Any:
    """Pass `gradient` through the hooks of a tensor; each may return a replacement."""
    for hook in list(hooks.values()):
        replacement = hook(gradient)
        if replacement is not None:
            _check(hook, gradient, replacement)
            gradient = replacement
    return gradient


def at_outputs(node: Any, cotangents: Sequence[Any], traced: bool) -> list[Any]:
    """Hooks of the tensors that `node` made, and the gradients that these retain."""
    values = [as_tensor(each) for each in cotangents]
    for nr, hooks in (node._tensor_hooks or {}).items():
        values[nr] = run_tensor_hooks(hooks, values[nr])
    for nr, reference in (node._retained or {}).items():
        tensor = reference()
        if tensor is not None and values[nr] is not None:
            kept = values[nr].clone() if traced else wrap(values[nr]._array.copy())
            tensor._grad = kept if tensor._grad is None else tensor._grad + kept
    return [_back(each, traced) for each in values]


def before_node(node: Any, cotangents: Sequence[Any], traced: bool) -> list[Any]:
    """Pre-hooks of `node` on the cotangents of its outputs; each may replace all of them."""
    values = tuple(as_tensor(each) for each in cotangents)
    for hook in list(node._prehooks.values()):
        values = _replace(hook, values, hook(values))
    return [_back(each, traced) for each in values]


def after_node(node: Any, found: Sequence[Any], cotangents: Sequence[Any], traced: bool) -> list[Any]:
    """Post-hooks of `node` on what it returned; each may replace all of it."""
    inputs = tuple(as_tensor(each) for each in found)
    outputs = tuple(as_tensor(each) for each in cotangents)
    for hook in list(node._hooks.values()):
        inputs = _replace(hook, inputs, hook(inputs, outputs))
    return [_back(each, traced) for each in inputs]


def before_leaf(leaf: Any, accumulator: Any, cotangent: Any, traced: bool) -> Any:
    """Hooks of a leaf, and pre-hooks of its AccumulateGrad node if there is one, before the gradient is stored."""
    value = as_tensor(cotangent)
    if leaf._hooks is not None:
        value = run_tensor_hooks(leaf._hooks, value)
    if accumulator is not None and accumulator._prehooks is not None:
        for hook in list(accumulator._prehooks.values()):
            (value,) = _replace(hook, (value,), hook((value,)))
    return _back(value, traced)


def after_leaf(leaf: Any, accumulator: Any, cotangent: Any) -> None:
    """Hooks that run once the gradient is stored: those of the leaf and those of its AccumulateGrad node."""
    for hook in list((leaf._post_hooks or {}).values()):
        returned = hook(leaf)
        if isinstance(returned, TensorBase):
            raise RuntimeError("Tensor post accumulate grad hooks should return None.")
        if returned is not None:
            raise TypeError(f"expected Variable, but hook returned '{type(returned).__name__}'")
    if accumulator is not None and accumulator._hooks is not None:
        value = as_tensor(cotangent)
        for hook in list(accumulator._hooks.values()):
            _replace(hook, (), hook((), (value,)))
