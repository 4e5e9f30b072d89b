"""Derivatives that are constant in pieces, and still require grad.

The derivative of a pooling layer is the same number for all inputs around: no graph would lead back from it. PyTorch makes a
node there all the same, whose gradient is zero, so that a second derivative is zero and no error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pullback.graph.modes import NO_GRAD, get_mode
from pullback.graph.node import Node, next_sequence_number, split_edge, value_at
from pullback.graph.tensor_base import at_node, wrap

FLAT = frozenset(
    f"{name}Backward0"
    for name in (
        "AdaptiveAvgPool2D", "AdaptiveAvgPool3D", "AdaptiveMaxPool2D", "AdaptiveMaxPool3D", "AvgPool2D", "AvgPool3D",
        "FractionalMaxPool2D", "FractionalMaxPool3D", "Hardshrink", "LeakyRelu", "MaxPool2DWithIndices",
        "MaxPool3DWithIndices", "PreluKernel", "ReflectionPad1D", "ReflectionPad2D", "ReflectionPad3D",
        "ReplicationPad1D", "ReplicationPad2D", "ReplicationPad3D", "RreluWithNoise", "Softshrink",
    )
)  # fmt: skip
"""The nodes of which this is so."""


class _Zero(Node):
    """Leads from a derivative to the input it was taken at, and gives it zero."""

    __slots__ = ()

    def vjp(self, grad: Any, keep: bool) -> Any:
        """Zeros."""
        return (None, np.zeros(*value_at(*split_edge(self._edges[1]))))

    def vjp_traced(self, grad: Any, keep: bool) -> Any:
        """The same as a tensor."""
        return (None, wrap(self.vjp(grad, keep)[1]))


_classes: dict[str, type[_Zero]] = {}


def grounded(vjp_traced: Callable[..., Any]) -> Callable[..., Any]:
    """`vjp_traced` of a node of `FLAT`, whose cotangents require grad where something is recorded."""

    def traced(node: Any, grad: Any, keep: bool) -> Any:
        found = vjp_traced(node, grad, keep)
        return found if get_mode() & NO_GRAD else tuple(_joined(node, found))

    return traced


def _joined(node: Any, found: Any) -> Iterator[Any]:
    name = type(node).__name__.replace("Backward0", "BackwardBackward0")
    for each in found:
        if each is None or each._requires_grad or node._edges[0] is None:
            yield each
            continue
        zero = _classes.setdefault(name, type(name, (_Zero,), {"__slots__": ()}))()
        zero._seq, zero._edges = next_sequence_number(), (None, node._edges[0])
        zero._shape, zero._dtype = each._array.shape, each._array.dtype
        zero._code, zero._offset = node._code, node._offset
        yield at_node(each._array, zero, 0)
