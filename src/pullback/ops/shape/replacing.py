"""A copy of a tensor in which a view of it shows something else: ``*_scatter``."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.scatter import pick, replaced, replaced_at
from pullback.arrays.strides import element_strides, memory_of, offset_in_memory, positions
from pullback.arrays.vocabulary import reshape
from pullback.graph.levels import example_by_example
from pullback.graph.operator import linear
from pullback.graph.tensor_base import solid
from pullback.ops.dims import wrap_dim
from pullback.ops.numpy_words import numpy_names
from pullback.ops.shape.sizes import int_list
from pullback.ops.shape.windows import at
from pullback.ops.typing import Count, Shape, V
from pullback.ops.wrong_types import asks_for_tensors

_ZERO = np.zeros((), bool)


def _check_source(src: Any, wanted: tuple[int, ...]) -> None:
    if src._array.shape != wanted:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src._array.shape)}, slice size = {list(wanted)}"
        )


@linear(
    node="SelectScatterBackward0",
    input=lambda grad, dim, index: replaced(grad, at(dim, index), _ZERO),
    src=lambda grad, dim, index: grad[at(dim, index)],
)
def _select_scatter(input: V, src: V, dim: int, index: Count) -> V:
    return replaced(input, at(dim, index), src)


@numpy_names
def select_scatter(input: V, src: V, dim: int, index: int) -> V:
    """A copy of `input` with `src` at position `index` of `dim`.

    >>> import pullback as torch
    >>> torch.zeros(2, 2).select_scatter(torch.ones(2), 0, 1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    shape = input._array.shape
    if not shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    axis = wrap_dim(dim, len(shape))
    if not -shape[axis] <= index < shape[axis]:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(shape)} at dimension {dim}")
    _check_source(src, (*shape[:axis], *shape[axis + 1 :]))
    return _select_scatter(input, src, axis, index)


@linear(
    node="SliceScatterBackward0",
    input=lambda grad, dim, start, end, step: replaced(grad, at(dim, slice(start, end, step)), _ZERO),
    src=lambda grad, dim, start, end, step: grad[at(dim, slice(start, end, step))],
)
def _slice_scatter(input: V, src: V, dim: int, start: int, end: int, step: int) -> V:
    return replaced(input, at(dim, slice(start, end, step)), src)


@numpy_names
def slice_scatter(
    input: V, src: V, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1, *, out: Any = None
) -> V:
    """A copy of `input` with `src` at the positions ``start:end:step`` of `dim`."""
    shape = input._array.shape
    axis = wrap_dim(dim, len(shape))
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    first, last, _ = slice(start, end, step).indices(shape[axis])
    length = max(-(-(last - first) // step), 0)
    _check_source(src, (*shape[:axis], length, *shape[axis + 1 :]))
    return _slice_scatter(input, src, axis, first, max(first, last), step, out=out)


@linear(
    node="AsStridedScatterBackward0",
    input=lambda grad, places: _written(grad, places, _ZERO),
    src=lambda grad, places: pick(reshape(grad, (-1,)), [places], (0,)),
)
def _as_strided_scatter(input: V, src: V, places: Any) -> V:
    return _written(input, places, src)


def _written(array: V, places: Any, values: V) -> V:
    return reshape(replaced_at(reshape(array, (-1,)), [places], (0,), values), array.shape)


@example_by_example
@asks_for_tensors
def as_strided_scatter(input: V, src: V, size: Shape, stride: Shape, storage_offset: int | None = None) -> V:
    """A copy of `input` with `src` in the window that `as_strided` shows of it.

    The window may show elements of `input` only, not what else lies in its memory.
    """
    lengths, steps = int_list((size,), "as_strided", "size"), int_list((stride,), "as_strided", "stride")
    array = solid(input)
    _check_source(src, lengths)
    start = offset_in_memory(array)
    offset = start if storage_offset is None else storage_offset
    order = np.full(memory_of(array).size, -1, np.intp)
    order[positions(array.shape, element_strides(array), start).reshape(-1)] = np.arange(array.size)
    places = positions(lengths, steps, offset)
    if places.size and not (places.min() >= 0 and places.max() < order.size and order[places].min() >= 0):
        last = offset + sum((n - 1) * step for n, step in zip(lengths, steps))
        size = array.dtype.itemsize
        raise RuntimeError(
            f"setStorage: sizes {list(lengths)}, strides {list(steps)}, storage offset {offset}, and itemsize {size} "
            f"requiring a storage size of {(last + 1) * size} are out of bounds for storage of size {array.nbytes}"
        )
    return _as_strided_scatter(input, src, np.asarray(order[places]))
