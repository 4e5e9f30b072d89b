"""Update rules: one text for arrays and tensors, and the words it is written in.

A rule is ``rule(p, g, *state, **settings)``: it writes into the parameter `p` and the state with augmented assignments
and the words below, and leaves the gradient `g` alone. On arrays it runs block by block in the parameter's memory; with
``differentiable=True`` the same text runs on tensors, which record it. As in PyTorch, 16-bit floats meet float32
numbers and are rounded when they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import pullback
from pullback.arrays import updates
from pullback.arrays.updates import exact, rounded
from pullback.autograd.graph import increment_version
from pullback.optim._settings import memory, refuse_recording_foreach
from pullback.tensor import Tensor

Rule = Callable[..., None]


def apply_rule(
    rule: Rule,
    param: Tensor,
    grad: Tensor,
    state: dict[str, Any],
    names: Sequence[str],
    group: dict[str, Any],
    **settings: Any,
) -> None:
    """Update `param` and the tensors `names` of its state by an elementwise rule."""
    if group.get("differentiable"):
        refuse_recording_foreach(group)
        _apply_recorded(rule, param, grad, state, names, settings)
        return
    kept = [memory(state[name]) for name in names]
    for parts in updates.real_parts(memory(param), grad._array, *kept):
        for block in updates.blocks(*parts):
            rule(*block, **settings)
    increment_version(param)


def _apply_recorded(
    rule: Rule, param: Tensor, grad: Tensor, state: dict[str, Any], names: Sequence[str], settings: dict[str, Any]
) -> None:
    # What the rule keeps from the last step belongs to that step's graph, so this one writes into copies.
    state.update({name: state[name].clone() for name in names})
    tensors = [param, grad, *(state[name] for name in names)]
    if param.is_complex():
        tensors = [pullback.view_as_real(tensor) for tensor in tensors]
    rule(*tensors, **settings)


# --- words --------------------------------------------------------------------------------------------------


def widened(x: Any) -> Any:
    """`x`, as float32 if it is an array of 16-bit floats."""
    return x.astype(np.float32) if isinstance(x, np.ndarray) and x.dtype.itemsize == 2 else x


def like(x: Any, y: Any) -> Any:
    """`y` rounded to the dtype of `x`."""
    return y.astype(x.dtype, copy=False) if isinstance(y, np.ndarray) else y


def directed(p: Any, g: Any, weight_decay: float = 0, maximize: bool = False) -> Any:
    """The gradient, turned around to climb, plus that of an L2 penalty."""
    if maximize:
        g = -g
    return like(p, g + rounded(p, weight_decay) * p) if weight_decay else g


def scale_(x: Any, a: Any) -> None:
    """``x *= a``"""
    x *= exact(x, a)


def root(x: Any, eps: float) -> Any:
    """``√x + eps``"""
    x = np.sqrt(x)
    return like(x, x + exact(x, eps))


def add_(x: Any, y: Any, alpha: Any) -> None:
    """``x += alpha * y``"""
    x += rounded(x, alpha) * y


def lerp_(x: Any, y: Any, weight: float) -> None:
    """``x += weight * (y - x)``"""
    t = widened(y) - x
    t *= exact(x, weight)
    x += t


def addcmul_(x: Any, a: Any, b: Any, value: Any) -> None:
    """``x += value * a * b``"""
    t = widened(a) * b
    t *= exact(x, value)
    x += t


def addcdiv_(x: Any, a: Any, b: Any, value: Any) -> None:
    """``x += value * a / b``"""
    x += exact(x, value) * widened(a) / b
