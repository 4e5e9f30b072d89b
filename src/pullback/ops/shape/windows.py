"""A part of a tensor seen in place: one position, a range, sliding windows, any strides."""

from __future__ import annotations

from operator import index as as_index
from typing import Any

import numpy as np

from pullback.arrays.mirrored import behind
from pullback.arrays.scatter import pick, put, replaced_at, spread
from pullback.arrays.strides import element_strides, memory_of, offset_in_memory, positions, restrided
from pullback.arrays.unfolding import overlap_add, windows
from pullback.arrays.vocabulary import reshape, zeros_like
from pullback.graph import forward_mode
from pullback.graph.operator import linear, view
from pullback.graph.tensor_base import TensorBase, solid
from pullback.ops.dims import wrap_dim
from pullback.ops.shape.sizes import int_list
from pullback.ops.typing import Count, Shape, V
from pullback.ops.wrong_types import asks_for_tensors, wrong_type

ALL = slice(None)


def at(dim: int, place: Any) -> tuple[Any, ...]:
    """The index that takes `place` along `dim` and everything else whole."""
    return (ALL,) * dim + (place, ...)


@view(node="SelectBackward0", input=lambda grad, dim, index, input_shape: put(grad, at(dim, index), input_shape))
def _select(input: V, dim: int, index: int) -> V:
    return input[at(dim, index)]


def select(input: V, dim: Any = None, index: Any = None, *, axis: Any = None) -> V:
    """The slice at position `index` of `dim`, which goes; a view.

    Raises ``IndexError`` if `dim` or `index` is out of range.

    >>> import pullback as torch
    >>> torch.arange(6).reshape(2, 3).select(1, -1)
    tensor([2, 5])
    """
    dim = axis if dim is None else dim
    try:
        shape = input._array.shape
    except AttributeError as error:
        raise wrong_type(select, (input,), {}, error) from None
    if not shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    position, place = wrap_dim(dim, len(shape)), as_index(index)
    if not -shape[position] <= place < shape[position]:
        raise IndexError(f"select(): index {place} out of range for tensor of size {list(shape)} at dimension {dim}")
    return _select(input, position, place)


@view(
    node="SliceBackward0",
    input=lambda grad, dim, start, end, step, input_shape: put(grad, at(dim, slice(start, end, step)), input_shape),
)
def slice_(input: V, dim: int, start: int | None, end: int | None, step: int = 1) -> V:
    """The positions ``start:end:step`` of axis `dim`; a view. `step` is positive."""
    return input[at(dim, slice(start, end, step))]


def slice_function(input: V, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> V:
    """The positions ``start:end:step`` of axis `dim`, bounds counted and clipped as Python does; a view."""
    shape = input._array.shape
    if not shape:
        raise RuntimeError("slice() cannot be applied to a 0-dim tensor.")
    axis = wrap_dim(dim, len(shape))
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    first, last, _ = slice(start, end, step).indices(shape[axis])
    return slice_(input, axis, first, max(first, last), step)


@asks_for_tensors
def narrow(input: V, dim: int, start: Any, length: int) -> V:
    """`length` positions of axis `dim` from `start` on; a view.

    Raises ``RuntimeError`` if they do not lie within the axis, ``IndexError`` if `start` is out of range.

    >>> import pullback as torch
    >>> torch.arange(5).narrow(0, 1, 3)
    tensor([1, 2, 3])
    """
    shape = input._array.shape
    if not shape:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if isinstance(start, TensorBase) and (start._array.ndim or start._array.dtype.kind not in "iu"):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    axis, first = wrap_dim(dim, len(shape)), as_index(start)
    size = shape[axis]
    if not -size <= first <= size:
        raise IndexError(f"start out of range (expected to be in range of [-{size}, {size}], but got {first})")
    first = first + size if first < 0 else first
    if first + length > size:
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({size}).")
    return slice_(input, axis, first, first + length, 1)


@view(
    node="UnfoldBackward0",
    input=lambda grad, dim, size, step, input_shape: overlap_add(grad, dim, size, step, input_shape),
)
def _unfold(input: V, dim: int, size: Count, step: Count) -> V:
    return windows(input, dim, size, step)


@linear(node="UnfoldBackwardBackward0", input=lambda grad, dim, size, step: windows(grad, dim, size, step))
def overlap_add_tensor(input: V, dim: int, size: int, step: int, shape: tuple[int, ...]) -> V:
    """Zeros of `shape` to which windows are added: the transpose of `unfold`."""
    return overlap_add(input, dim, size, step, shape)


def unfold(input: V, dimension: int, size: int, step: int) -> V:
    """Windows of `size` elements every `step` elements along `dimension`, as a last axis; a view.

    >>> import pullback as torch
    >>> torch.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    shape = input._array.shape
    axis = wrap_dim(dimension, len(shape))
    longest = shape[axis] if shape else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > longest:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {longest} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return _unfold(input, axis, size, step)


def _strided_rule(grad: V, size: Any, stride: Any, offset: Any, layout: Any, input_shape: Any) -> V:
    """Add the cotangent up in memory, then read it where the elements of the input lie.

    Elements of the input that share memory share its cotangent, divided among them.
    """
    strides, start, length = layout
    offset = offset or 0
    memory = spread(reshape(grad, (-1,)), [positions(size, stride, start + offset).reshape(-1)], (0,), (length,))
    places = positions(input_shape, strides, start)
    if _may_overlap(input_shape, strides):
        memory = memory * (1 / np.maximum(np.bincount(places.reshape(-1), minlength=length), 1))
    return pick(memory, [places], (0,))


def _may_overlap(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Whether two elements may share a place: some step does not clear what the narrower axes span."""
    last = 0
    for step, length in sorted((step, n) for step, n in zip(strides, shape) if n > 1):
        if step <= last:
            return True
        last += step * (length - 1)
    return False


@view(node="AsStridedBackward0", input=_strided_rule)
def _as_strided(input: V, size: Any, stride: Any, offset: int | None, layout: Any) -> V:
    strides, start, length = layout
    offset = offset or 0
    memory = behind(input)
    if hasattr(memory, "strides") and layout == layout_of(memory):
        return restrided(input, size, stride, offset)
    if hasattr(memory, "batch_size") and forward_mode.current_level() >= 0:
        _check_example(size, stride, start + offset, layout_of(memory))
    # A tangent, or an array without memory of its own: lay its elements out as those of the input lie.
    flat, places = reshape(input, (-1,)), positions(input.shape, strides, start).reshape(-1)
    memory = replaced_at(zeros_like(flat, (length,)), [places], (0,), flat)
    return pick(memory, [positions(size, stride, start + offset)], (0,))


def layout_of(array: Any) -> tuple[tuple[int, ...], int, int]:
    """Strides, place of the first element and length of the memory, in elements; of a batch those of an example."""
    if not isinstance(array, np.ndarray):
        start, steps = offset_in_memory(array), element_strides(array)
        return steps, start, start + 1 + sum([(n - 1) * step for n, step in zip(array.shape, steps)])
    return element_strides(array), offset_in_memory(array), memory_of(array).size


def _check_example(size: Any, stride: Any, start: int, layout: Any) -> None:
    """Raise if a window on an example of a batch reaches into another example."""
    end = start + 1 + sum([(n - 1) * step for n, step in zip(size, stride)])
    if 0 not in size and not layout[1] <= start <= end <= layout[2]:
        raise RuntimeError(
            f"result = tensor.as_strided({list(size)}, {list(stride)}, {start}) can access memory outside of `tensor`. "
            f"`result` can access some memory in range [{start}, {end}], but `tensor` can only access some memory in range "
            f"[{layout[1]}, {layout[2]}]. This is not supported inside of vmap, please try to rewrite the `as_strided` call "
            "as a sequence of PyTorch view operations"
        )


@asks_for_tensors
def as_strided(input: V, size: Shape, stride: Shape, storage_offset: int | None = None) -> V:
    """A window of `size` on the memory of the tensor with steps `stride`, both in elements.

    `storage_offset` counts from the start of the memory and is that of `input` by default. Raises ``RuntimeError``
    if the window reaches out of the memory.

    >>> import pullback as torch
    >>> torch.arange(9).as_strided((2, 2), (1, 2))
    tensor([[0, 2],
            [1, 3]])
    """
    lengths, steps = int_list((size,), "as_strided", "size"), int_list((stride,), "as_strided", "stride")
    if len(lengths) != len(steps):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(step < 0 for step in steps):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(steps)}")
    if any(length < 0 for length in lengths):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(lengths)} and strides={list(steps)}")
    if storage_offset is not None and storage_offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {storage_offset}")
    layout = layout_of(behind(solid(input)))
    offset = None if storage_offset is None else storage_offset - layout[1]
    if hasattr(input._array, "batch_size"):
        _check_example(lengths, steps, layout[1] + (offset or 0), layout)
    return _as_strided(input, lengths, steps, offset, layout)
