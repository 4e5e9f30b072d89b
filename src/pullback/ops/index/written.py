"""The writing words of `pullback.arrays.scatter` as operators, so that rules built on them have rules themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback.arrays import scatter
from pullback.graph.operator import linear
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.index.advanced import _index_put
from pullback.ops.index.along import _scatter_src, _scatter_value
from pullback.ops.typing import V


@linear(node="SliceBackwardBackward0", input=lambda grad, index: grad[index])
def put(input: V, index: Any, shape: tuple[int, ...]) -> V:
    """Zeros of `shape` in which a basic index shows `input`."""
    return scatter.put(input, index, shape)


@linear(
    node="SliceScatterBackward0",
    input=lambda grad, index, values_shape: scatter.replaced(grad, index, 0),
    values=lambda grad, index: grad[index],
)
def _replaced(input: V, index: Any, values: V) -> V:
    return scatter.replaced(input, index, values)


def replaced(input: V, index: Any, values: Any) -> V:
    """A copy of `input` in which a basic index shows `values`, a tensor or a number."""
    if not isinstance(values, TensorBase):
        values = wrap(input._array.dtype.type(values))
    return _replaced(input, index, values)


@linear(node="IndexPutBackward0", input=lambda grad, indices, axes: scatter.pick(grad, indices, axes))
def spread(input: V, indices: Sequence[V], axes: tuple[int, ...], shape: tuple[int, ...]) -> V:
    """Zeros of `shape` to which `input` is added at index tensors."""
    return scatter.spread(input, indices, axes, shape)


def replaced_at(input: V, indices: Any, axes: tuple[int, ...], values: Any, accumulate: bool = False) -> V:
    """A copy of `input` with `values` at index tensors."""
    if not isinstance(values, TensorBase):
        values = wrap(input._array.dtype.type(0) if values.ndim == 0 else values)
    return _index_put(input, indices, axes, values, accumulate)


def replaced_along(input: V, index: V, axis: int, values: Any) -> V:
    """A copy of `input` with `values`, a tensor or an array without axes, at `index` along `axis`."""
    if isinstance(values, TensorBase):
        return _scatter_src(input, axis, index, values)
    return _scatter_value(input, axis, index, values)
