"""Registered operators without a derivative: their results require grad, and a backward pass through them warns."""

from __future__ import annotations

import warnings
from typing import Any

from pullback.graph.modes import NO_GRAD, current_mode
from pullback.graph.node import Node, edge_of, next_sequence_number
from pullback.graph.tensor_base import TensorBase
from pullback.graph.views import refresh

_mode = ["warn"]


def _get_autograd_fallback_mode() -> str:
    return _mode[0]


def _set_autograd_fallback_mode(mode: str) -> None:
    """``"warn"``, or ``"nothing"`` for results without history."""
    if mode not in ("warn", "nothing"):
        raise RuntimeError(f"NYI: mode='{mode}'")
    _mode[0] = mode


class WarnNotImplemented(Node):
    """Stands where a derivative is missing."""

    __slots__ = ("operator",)

    operator: str

    def vjp(self, grad: Any, keep: bool) -> Any:
        """Nothing, with a warning."""
        warnings.warn(
            f"{self.operator}: an autograd kernel was not registered to the Autograd key(s) but we are trying to backprop "
            "through it. This may lead to silently incorrect behavior. This behavior is deprecated and will be removed in "
            "a future version of PyTorch. If your operator is differentiable, please ensure you have registered an autograd "
            "kernel to the correct Autograd key (e.g. DispatchKey::Autograd, DispatchKey::CompositeImplicitAutograd).",
            UserWarning,
            stacklevel=2,
        )
        return (None,) * len(self._edges)

    vjp_traced = vjp


def marked(name: str, inputs: list[Any], found: Any) -> Any:
    """`found`, the results of the operator called `name`, behind a node that warns where they have no history yet."""
    tensors = [each for each in inputs if isinstance(each, TensorBase)]
    if _mode[0] == "nothing" or current_mode() & NO_GRAD or not any(each.requires_grad for each in tensors):  # type: ignore[attr-defined]
        return found
    for each in found if isinstance(found, (tuple, list)) else (found,):
        if isinstance(each, TensorBase) and not each._requires_grad and each._array.dtype.kind not in "biu":
            node = WarnNotImplemented()
            node.operator, node._seq = name, next_sequence_number()
            node._shape, node._dtype = each._array.shape, each._array.dtype
            for tensor in tensors:
                refresh(tensor)
            node._edges = tuple(edge_of(tensor) for tensor in tensors)
            each._grad_fn, each._output_nr, each._requires_grad = node, 0, True
    return found
