"""Fresh inputs: where one transform ends and the next one begins.

A function is differentiated with respect to aliases of its inputs, made for this one call. The derivatives of an inner and
an outer transform cannot be mistaken for each other, since each has aliases of its own; and where the outer one tracks
the same value, the alias leads on to it, so that derivatives of derivatives follow. ::

    outer x ──alias──► inner x ──f──► y          d y / d (inner x) stops at the alias; the outer pass goes on through it
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pullback.func.trees import tree_map
from pullback.graph import batching, engine, forward_mode, levels
from pullback.graph.modes import NO_GRAD, current_mode
from pullback.graph.node import edge_of, split_edge
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.versions import counter_of
from pullback.graph.views import refresh


def checked_tensor(value: Any) -> Any:
    """`value`, or ``ValueError`` if it is no tensor."""
    if not isinstance(value, TensorBase):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(value)}")
    return value


def fresh(tensor: Any) -> Any:
    """An alias of `tensor` that requires grad. ``RuntimeError`` for integers and booleans."""
    checked_tensor(tensor)
    if tensor._array.dtype.kind in "biu":
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    if tensor.requires_grad:
        made = batching.alias(tensor)
        made._counter = counter_of(tensor)
        return made
    return leaf_of(tensor, requires_grad=True)


def leaf_of(tensor: Any, requires_grad: bool = False) -> Any:
    """A leaf in the memory of `tensor`, with its tangent."""
    made = levels.settle(wrap(tensor._array, requires_grad))
    made._counter = counter_of(tensor)
    tangent = forward_mode.tangent_of(tensor)
    if tangent is not None:
        forward_mode.set_tangent(made, tangent)
    return made


def fresh_tree(tree: Any) -> Any:
    """Every tensor in `tree` as a `fresh` one."""
    return tree_map(fresh, tree)


def is_recording() -> bool:
    """Whether somebody around may differentiate what is done here."""
    return not current_mode() & NO_GRAD


class Reach:
    """What a graph leads to besides the fresh inputs of one transform."""

    def __init__(self, inputs: Sequence[Any]) -> None:
        self._own = {split_edge(edge_of(each)) for each in inputs}
        self._linked = any(each._grad_fn is not None for each in inputs)
        """Whether the inputs lead on to what an outer transform tracks."""
        self._known: dict[Any, bool] = {}

    def leads_on(self, tensors: Iterable[Any]) -> bool:
        """Whether any of `tensors` depends on what somebody else tracks."""
        return any([self._beyond(each) for each in tensors])

    def _beyond(self, tensor: Any) -> bool:
        if tensor._view is not None:
            refresh(tensor)
        edge = edge_of(tensor)
        if edge is None:
            return False
        seen = self._known
        stack = [edge]
        found = False
        while stack and not found:
            place = split_edge(stack.pop())
            if place in self._own:
                found = self._linked
                continue
            end = place[0]
            if isinstance(end, TensorBase):
                found = True
            elif end not in seen:
                seen[end] = True
                stack += [below for below in end._edges if below is not None]
        if found:
            seen.clear()  # a walk that was cut short knows nothing of what it saw
        return found


def released(tensor: Any, reach: Reach, recording: bool) -> Any:
    """A result as the world outside sees it: with a history only if that leads on to what somebody else tracks."""
    if not isinstance(tensor, TensorBase):
        return tensor
    if recording and reach.leads_on([tensor]):
        return tensor
    return leaf_of(tensor) if tensor.requires_grad else tensor  # type: ignore[attr-defined]


def pulled(
    outputs: Sequence[Any],
    cotangents: Sequence[Any],
    inputs: Sequence[Any],
    *,
    keep: bool = False,
    create_graph: bool = False,
) -> list[Any]:
    """The cotangents of `inputs`: zeros where an input plays no part."""
    pairs = [(o, c) for o, c in zip(outputs, cotangents) if o.requires_grad]
    found: Sequence[Any] = [None] * len(inputs)
    if pairs:
        found = engine.gradients(
            [o for o, _ in pairs],
            [c for _, c in pairs],
            inputs,
            keep=keep,
            create_graph=create_graph,
            allow_unused=True,
        )
    return [zeros_of(each) if value is None else value for value, each in zip(found, inputs)]


def zeros_of(tensor: Any) -> Any:
    """Zeros of the shape and dtype of one example."""
    return wrap(np.zeros(tensor._array.shape, tensor._array.dtype))
