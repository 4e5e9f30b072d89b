"""Registered operators without a derivative: their results require grad, and a backward pass through them warns."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

from pullback.graph.modes import NO_GRAD, current_mode
from pullback.graph.node import Node, edge_of, next_sequence_number
from pullback.graph.once import outside
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


_TEXT = (
    "{}: an autograd kernel was not registered to the Autograd key(s) but we are trying to backprop through it. This may lead "
    "to silently incorrect behavior. This behavior is deprecated and will be removed in a future version of PyTorch. If your "
    "operator is differentiable, please ensure you have registered an autograd kernel to the correct Autograd key (e.g. "
    "DispatchKey::Autograd, DispatchKey::CompositeImplicitAutograd). If your operator is not differentiable, or to squash "
    "this warning and use the previous behavior, please register torch::CppFunction::makeFallthrough() to "
    "DispatchKey::Autograd."
)


def _warn(name: str, *_: Any) -> None:
    warnings.warn(_TEXT.format(name), UserWarning, stacklevel=outside())


class WarnNotImplemented(Node):
    """Stands where a derivative is missing."""

    __slots__ = ("operator",)

    operator: str

    def vjp(self, grad: Any, keep: bool) -> Any:
        """Nothing, with a warning."""
        _warn(self.operator)
        return (None,) * len(self._edges)

    vjp_traced = vjp


def marked(name: str, inputs: list[Any], found: Any, written: tuple[bool, ...]) -> Any:
    """`found`, the results of the operator called `name`, so that a backward pass through them warns.

    What has a history, because the kernel ran operators that have one, gets a hook; what has none a node that gives no
    gradients, unless `written` says that it is an argument that was written into.
    """
    tensors = [each for each in inputs if isinstance(each, TensorBase)]
    if _mode[0] == "nothing" or current_mode() & NO_GRAD or not any(each.requires_grad for each in tensors):  # type: ignore[attr-defined]
        return found
    for place, each in enumerate(found if isinstance(found, (tuple, list)) else (found,)):
        if not isinstance(each, TensorBase) or each._array.dtype.kind in "biu":
            continue
        own = place < len(written) and written[place]
        if each.requires_grad:  # type: ignore[attr-defined]
            each.register_hook(partial(_warn, name))  # type: ignore[attr-defined]
            base = each._base if own else None  # type: ignore[attr-defined]
            if base is not None and base.requires_grad:
                base.register_hook(partial(_warn, name))
        elif not own:
            node = WarnNotImplemented()
            node.operator, node._seq = name, next_sequence_number()
            node._shape, node._dtype = each._array.shape, each._array.dtype
            for tensor in tensors:
                refresh(tensor)
            node._edges = tuple(edge_of(tensor) for tensor in tensors)
            each._maker, each._output_nr, each._requires_grad = node, 0, True
    return found
