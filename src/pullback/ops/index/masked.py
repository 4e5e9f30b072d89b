"""Reading and adding where a mask holds, without a look at the other positions: what compilers make of padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.arrays.masks import keep
from pullback.arrays.scatter import pick, replaced_at, spread
from pullback.graph.operator import general, linear
from pullback.ops.typing import Scalar, V


def _within(indices: Sequence[V], axes: tuple[int, ...], shape: tuple[int, ...]) -> list[V]:
    """The positions, those outside moved to the border: the mask leaves them out."""
    return [np.clip(index, 0, max(shape[axis] - 1, 0)) for index, axis in zip(indices, axes)]


def _masked_rule(grad: V, mask: V, indices: Any, axes: tuple[int, ...], input_shape: tuple[int, ...]) -> V:
    return spread(keep(grad, mask), _within(indices, axes, input_shape), axes, input_shape)


@general(node="UnsafeMaskedIndexBackward0", input=_masked_rule)
def _masked_index(input: V, mask: V, indices: Sequence[V], axes: tuple[int, ...], fill: Scalar) -> V:
    return np.where(mask, pick(input, _within(indices, axes, input.shape), axes), input.dtype.type(fill))


@linear(
    node="UnsafeMaskedIndexPutAccumulateBackward0",
    input=lambda grad: grad,
    values=lambda grad, mask, indices, axes: keep(pick(grad, _within(indices, axes, grad.shape), axes), mask),
)
def _masked_add(input: V, mask: V, indices: Sequence[V], axes: tuple[int, ...], values: V) -> V:
    return replaced_at(input, _within(indices, axes, input.shape), axes, keep(values, mask), True)


def _given(indices: Sequence[Any]) -> tuple[list[Any], tuple[int, ...]]:
    """The index tensors that are not `None`, and the axes at which they stand."""
    found = [(index, axis) for axis, index in enumerate(indices) if index is not None]
    return [index for index, _ in found], tuple(axis for _, axis in found)


def _unsafe_masked_index(input: V, mask: V, indices: Sequence[Any], fill: Scalar) -> V:
    """``input[indices]`` where `mask` holds, `fill` elsewhere; positions where it does not hold may lie outside."""
    return _masked_index(input, mask, *_given(indices), fill)


def _unsafe_masked_index_put_accumulate(input: V, mask: V, indices: Sequence[Any], values: V) -> V:
    """`input` with `values` added at ``indices`` where `mask` holds."""
    return _masked_add(input, mask, *_given(indices), values)
