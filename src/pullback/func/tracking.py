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

from pullback.graph import batching, engine, forward_mode, levels
from pullback.graph.modes import NO_GRAD, current_mode
from pullback.graph.node import edge_of, split_edge
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.versions import counter_of
from pullback.trees import tree_map


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
    if not tensor._inference:
        made._counter = counter_of(tensor)
    tangent = forward_mode.tangent_of(tensor)
    if tangent is not None:
        forward_mode.set_tangent(made, levels.brought_in(tangent))
    return made


def fresh_tree(tree: Any) -> Any:
    """Every tensor in `tree` as a `fresh` one."""
    return tree_map(fresh, tree)


def is_recording() -> bool:
    """Whether somebody around may differentiate what is done here."""
    return not current_mode() & NO_GRAD


class Tracking:
    """The fresh inputs of one transform, and where the graph of what was made of them leads.

    When the transform is over, `close` makes its inputs ordinary tensors, at which later passes store nothing.
    """

    def __init__(self, inputs: Sequence[Any], inside: Tracking | None = None) -> None:
        self.inputs = inputs
        self.places = [each if each._maker is None else edge_of(each) for each in inputs]
        """Where a pass stops: at leaves, and at the nodes of aliases."""
        self._own = set(map(split_edge, self.places)) | (set() if inside is None else inside._own)
        self._linked = any(each._maker is not None for each in inputs) or (inside is not None and inside._linked)
        """Whether the inputs lead on to what an outer transform tracks."""
        self._plain: set[Any] = set()
        """Nodes that lead to the inputs only."""

    def close(self) -> None:
        """Let the inputs require no grad any more."""
        for each in self.inputs:
            if each._maker is None:
                each._requires_grad = False

    def edges(self, outputs: Iterable[Any]) -> list[Any]:
        """Where each of `outputs` stands in the graph: pairs of an end and a number, or `None`."""
        found = [engine.fresh_edge(each) if each.requires_grad else None for each in outputs]
        return [None if edge is None else split_edge(edge) for edge in found]

    def leads_on(self, edges: Iterable[Any]) -> bool:
        """Whether any of `edges` leads to what somebody else tracks."""
        return any([edge is not None and self._beyond(edge) for edge in edges])

    def _beyond(self, place: Any) -> bool:
        plain, seen, stack = self._plain, set(), [place]
        while stack:
            place = stack.pop()
            if place in self._own:
                if self._linked:
                    return True
                continue
            end = place[0]
            if isinstance(end, TensorBase):
                if end._requires_grad:
                    return True
                continue  # an input of a transform that is over
            if end not in seen and end not in plain:
                seen.add(end)
                stack += [split_edge(below) for below in end._edges if below is not None]
        plain |= seen
        return False

    def released(self, value: Any, recording: bool) -> Any:
        """A result as the world outside sees it: with a history only if that leads to what somebody else tracks."""
        if not isinstance(value, TensorBase) or not value.requires_grad:  # type: ignore[attr-defined]
            return value
        if recording and self.leads_on(self.edges([value])):
            return value
        return leaf_of(value)

    def pulled(self, edges: Sequence[Any], cotangents: Sequence[Any], keep: bool, create_graph: bool) -> list[Any]:
        """The cotangents of the inputs: zeros where one plays no part."""
        pairs = [(edge, c) for edge, c in zip(edges, cotangents) if edge is not None]
        found: Sequence[Any] = [None] * len(self.inputs)
        if pairs:
            found = engine.gradients(
                [edge for edge, _ in pairs],
                [c for _, c in pairs],
                self.places,
                keep=keep,
                create_graph=create_graph,
            )
        return [zeros_of(each) if value is None else value for value, each in zip(found, self.inputs)]


def zeros_of(tensor: Any) -> Any:
    """Zeros of the shape and dtype of one example."""
    return wrap(np.zeros(tensor._array.shape, tensor._array.dtype))
