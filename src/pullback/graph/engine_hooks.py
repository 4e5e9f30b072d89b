"""What the engine does at hooks: raw cotangents become tensors, the hooks see them, what they return goes on."""

from __future__ import annotations

from typing import Any

from pullback.graph.tensor_base import TensorBase, wrap


def _as_tensor(value: Any) -> Any:
    return value if value is None or isinstance(value, TensorBase) else wrap(value)


def _back(value: Any, traced: bool) -> Any:
    return value if traced or value is None else value._array


def run_tensor_hooks(hooks: Any, gradient: Any) -> Any:
    """Pass `gradient` through the hooks of a tensor; each may return a replacement."""
    for hook in list(hooks.values()):
        replacement = hook(gradient)
        if replacement is None:
            continue
        if not isinstance(replacement, TensorBase):
            raise TypeError(f"expected Tensor, but hook returned '{type(replacement).__name__}'")
        if replacement._array.shape != gradient._array.shape:
            raise RuntimeError(
                f"hook '{getattr(hook, '__name__', hook)}' has changed the size of value "
                f"(was {tuple(gradient._array.shape)}, got {tuple(replacement._array.shape)})"
            )
        gradient = replacement
    return gradient


def before(node: Any, cotangent: Any, traced: bool) -> Any:
    """Tensor hooks, retained gradients and pre-hooks of `node`, in PyTorch's order."""
    many = node.n_outputs != 1
    values = [_as_tensor(each) for each in (cotangent if many else [cotangent])]
    for nr, hooks in (node.tensor_hooks or {}).items():
        if values[nr] is not None:
            values[nr] = run_tensor_hooks(hooks, values[nr])
    for hook in list((node.prehooks or {}).values()):
        replacement = hook(tuple(values))
        if replacement is not None:
            values = list(replacement) if isinstance(replacement, (tuple, list)) else [replacement]
    for nr, reference in (node.retained or {}).items():
        tensor = reference()
        if tensor is not None and values[nr] is not None:
            kept = values[nr] if traced else wrap(values[nr]._array.copy())
            tensor._grad = kept if tensor._grad is None else tensor._grad + kept
    raw = [_back(each, traced) for each in values]
    return raw if many else raw[0]


def after(node: Any, found: Any, cotangent: Any, traced: bool) -> Any:
    """Hooks of `node` on what it returned; each may replace all of it."""
    inputs = tuple(_as_tensor(each) for each in found)
    many = node.n_outputs != 1
    outputs = tuple(_as_tensor(each) for each in (cotangent if many else [cotangent]))
    for hook in list(node.hooks.values()):
        replacement = hook(inputs, outputs)
        if replacement is not None:
            inputs = tuple(replacement) if isinstance(replacement, (tuple, list)) else (replacement,)
    return tuple(_back(each, traced) for each in inputs)


def at_leaf(leaf: Any, cotangent: Any, traced: bool) -> Any:
    """Hooks of a leaf and of its AccumulateGrad node, before the gradient is stored."""
    accumulator = None if leaf._accumulator is None else leaf._accumulator()
    hooks = [] if leaf._hooks is None else [leaf._hooks]
    if not hooks and accumulator is None:
        return cotangent
    value = _as_tensor(cotangent)
    if hooks:
        value = run_tensor_hooks(leaf._hooks, value)
    if accumulator is not None:
        for hook in list((accumulator.prehooks or {}).values()):
            replacement = hook((value,))
            if replacement is not None:
                value = replacement[0] if isinstance(replacement, (tuple, list)) else replacement
        for hook in list((accumulator.hooks or {}).values()):
            hook((), (value,))
    return _back(value, traced)


def after_leaf(leaf: Any) -> None:
    """Hooks that run once the gradient is stored."""
    for hook in list(leaf._post_hooks.values()):
        if hook(leaf) is not None:
            raise RuntimeError("post accumulate grad hooks should return None.")
