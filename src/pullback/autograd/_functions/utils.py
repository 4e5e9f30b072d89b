"""Cotangents brought back to a shape."""

from __future__ import annotations

from typing import Any

from pullback.graph.node import value_at
from pullback.size import Size


def maybe_view(tensor: Any, size: Any, check_same_size: bool = True) -> Any:
    """`tensor` in another shape of as many elements."""
    return tensor if check_same_size and tensor.size() == size else tensor.contiguous().view(size)


def maybe_unexpand(tensor: Any, old_size: Any, check_same_size: bool = True) -> Any:
    """`tensor` summed to the shape that was expanded to its own."""
    return tensor if check_same_size and tensor.size() == old_size else tensor.sum_to_size(old_size)


def _calculate_shape(output: Any, grad: Any, is_grads_batched: bool) -> tuple[Any, Any]:
    """The shapes of an output (or an edge) and of the cotangent given for it, without the axis of a batch."""
    shape = Size(value_at(*output)[0]) if isinstance(output, tuple) else output.shape
    return shape, grad.shape[1:] if is_grads_batched else grad.shape
