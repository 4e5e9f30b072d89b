"""Views taken in place: `unsqueeze_`, `squeeze_`, `transpose_`, `t_` change how a tensor shows its memory, `set_` which."""

from __future__ import annotations

import warnings
from math import prod
from typing import Any

import numpy as np

from pullback.arrays.fresh import unwritten
from pullback.arrays.mirrored import behind, read_like
from pullback.arrays.strides import (
    AXES_LAST,
    check_size,
    contiguous_strides,
    element_strides,
    in_storage,
    memory_of,
    offset_in_memory,
)
from pullback.arrays.vocabulary import reshape, swapaxes
from pullback.graph import forward_mode
from pullback.graph.modes import FORWARD, INFERENCE, get_mode
from pullback.graph.node import maker_of
from pullback.graph.operator import linear, operator_of, view
from pullback.graph.record import run_forward
from pullback.graph.slices import rebase
from pullback.graph.tensor_base import TensorBase, solid, twin, wrap
from pullback.graph.versions import bump, counter_of
from pullback.graph.views import View
from pullback.graph.writable import ANYHOW, check_history, check_writable
from pullback.ops.dims import wrap_dim, wrap_dims
from pullback.ops.outputs import cpp_name
from pullback.ops.shape.reshape import reshape_function
from pullback.ops.shape.sizes import int_list
from pullback.ops.shape.windows import _as_strided, as_strided, layout_of
from pullback.ops.typing import Shape, V
from pullback.ops.wrong_types import asks_for_tensors


@view(node="UnsqueezeBackward1", input=lambda grad, input_shape: reshape(grad, input_shape))
def _unsqueezed(input: V, dim: int) -> V:
    return input[(slice(None),) * dim + (None, ...)]


def _only(input: V, axes: tuple[int, ...]) -> V:
    return input[tuple([0 if n == 1 and d in axes else slice(None) for d, n in enumerate(input.shape)]) + (...,)]


@view(node="SqueezeBackward3", input=lambda grad, input_shape: reshape(grad, input_shape))
def _squeezed(input: V) -> V:
    return _only(input, tuple(range(input.ndim)))


@view(node="SqueezeBackward4", input=lambda grad, input_shape: reshape(grad, input_shape))
def _squeezed_dim(input: V, dim: int) -> V:
    return _only(input, (dim,))


@view(node="SqueezeBackward5", input=lambda grad, input_shape: reshape(grad, input_shape))
def _squeezed_dims(input: V, dims: tuple[int, ...]) -> V:
    return _only(input, dims)


def _swap(array: V, dim0: int, dim1: int) -> V:
    return swapaxes(array, dim0, dim1) if array.ndim > 1 else array[...]


@view(node="TransposeBackward1", input=lambda grad, dim0, dim1: _swap(grad, dim0, dim1))
def _transposed(input: V, dim0: int, dim1: int) -> V:
    return _swap(input, dim0, dim1)


@view(node="TBackward1", input=lambda grad: _swap(grad, 0, 1))
def _t(input: V) -> V:
    return _swap(input, 0, 1)


@view(node="AsStridedBackward1", input=operator_of(_as_strided).rules["input"])
def _restrided(input: V, size: Any, stride: Any, offset: int, layout: Any) -> V:
    return run_forward(operator_of(_as_strided), input, size, stride, offset, layout)


def reseat(input: V, operator: Any, *arguments: Any) -> V:
    """Let `input` show its memory as `operator` does; its history goes through the operator."""
    check_writable(input, (), ANYHOW)
    bump(input)  # while its maker is known, which may have kept the result
    source = twin(input, solid(input))
    tangent = forward_mode.tangent_of(input) if get_mode() & FORWARD else None
    if tangent is not None:
        forward_mode.set_tangent(source, tangent)
    shown = operator(source, *arguments)
    if tangent is not None:
        forward_mode.set_tangent(input, forward_mode.tangent_of(shown))
    step = shown._view.steps[-1] if shown._view is not None else None
    input._array = shown._array
    old = input._view
    if old is not None:
        input._view = View(old.base, (*old.steps, step), old.counter, old.creation)
        if maker_of(shown) is None:
            input._view.seen = old.seen  # its history is taken anew when somebody asks
    if maker_of(shown) is not None:
        input._maker, input._output_nr = shown._maker, 0
    if input._inference:
        return input
    if old is None:
        input._reseated = counter_of(input).value, _by_place
    elif maker_of(shown) is not None:
        input._view.seen = input._view.counter.value
    return input


def _by_place(view: Any, base: Any) -> Any:
    """The steps to a view from a base that shows its memory in another way since: one, by the places in memory."""
    array, layout = behind(solid(view)), layout_of(behind(solid(base)))
    if array.dtype != base._array.dtype:
        raise RuntimeError("a view as another dtype was made of a tensor whose axes were changed in place since")
    arguments = (array.shape, element_strides(array), offset_in_memory(array) - layout[1], layout)
    return ((operator_of(_as_strided), arguments, None),)


def unsqueeze_(input: V, dim: int) -> V:
    """`unsqueeze` in place."""
    check_history(input)
    return reseat(input, _unsqueezed, wrap_dim(dim, input._array.ndim + 1))


def squeeze_(input: V, dim: Any = None) -> V:
    """`squeeze` in place."""
    check_history(input)
    ndim = input._array.ndim
    if dim is None:
        return reseat(input, _squeezed)
    if isinstance(dim, (tuple, list)):
        return reseat(input, _squeezed_dims, wrap_dims(dim, ndim))
    return reseat(input, _squeezed_dim, wrap_dim(dim, ndim))


def transpose_(input: V, dim0: int, dim1: int) -> V:
    """`transpose` in place."""
    check_history(input)
    ndim = input._array.ndim
    return reseat(input, _transposed, wrap_dim(dim0, ndim), wrap_dim(dim1, ndim))


def swapaxes_(input: V, axis0: int, axis1: int) -> V:
    """`transpose_` under NumPy's name."""
    return transpose_(input, axis0, axis1)


def swapdims_(input: V, dim0: int, dim1: int) -> V:
    """`transpose_` under another name."""
    return transpose_(input, dim0, dim1)


def as_strided_(input: V, size: Any, stride: Any, storage_offset: int | None = None) -> V:
    """`as_strided` in place."""
    check_history(input)
    shown = as_strided(input.detach(), size, stride, storage_offset)
    _, arguments, _ = shown._view.steps[-1]
    return reseat(input, _restrided, *arguments)


def t_(input: V) -> V:
    """`t` in place."""
    check_history(input)
    if input._array.ndim > 2:
        raise RuntimeError(f"t_() expects a tensor with <= 2 dimensions, but self is {input._array.ndim}D")
    return reseat(input, _t)


def resize_(input: V, *sizes: Any, size: Shape | None = None, memory_format: Any = None) -> V:
    """Give the tensor another size (`sizes` or `size`) in its memory, which grows if it is too small; new elements are uninitialised.

    Elements keep their place in memory, which `memory_format` lays out. Raises ``RuntimeError`` if the tensor requires
    grad.
    """
    shape = int_list(sizes if size is None else (size,), "resize_", "size")
    if input.requires_grad and not get_mode() & INFERENCE:
        raise RuntimeError("cannot resize variables that require grad")
    if any(length < 0 for length in shape) or prod(shape) >= 2**63:
        raise RuntimeError("numel: integer multiplication overflow")
    axes = _axes_of(memory_format, len(shape))
    if shape == tuple(input._array.shape) and axes is None:
        return input
    bump(input)
    array = solid(input)
    memory, start = memory_of(array), offset_in_memory(array) if array.size else 0
    check_size(shape, memory.itemsize)
    missing = start + prod(shape) - memory.size
    if missing > 0:
        memory = np.concatenate([memory, unwritten(np.empty(missing, memory.dtype))])
    memory = memory[start : start + prod(shape)]
    if axes is None:
        shown = memory.reshape(shape)
    else:
        shown = memory.reshape([shape[axis] for axis in axes]).transpose(np.argsort(axes))
    input._array = read_like(array, shown)
    return input


def _axes_of(memory_format: Any, ndim: int) -> tuple[int, ...] | None:
    """The axes from outermost to innermost in memory; `None` for C order. Raises where the format wants other axes."""
    name = str(memory_format).rpartition(".")[2]
    if name == "preserve_format":
        raise RuntimeError("Unsupported memory formatPreserve")
    axes = AXES_LAST.get(name)
    if axes is not None and len(axes) != ndim:
        raise RuntimeError(f"required rank {len(axes)} tensor to use {name} format")
    return axes


def resize(input: V, *sizes: Any) -> V:
    """Deprecated: `input` in another shape of as many elements."""
    warnings.warn("non-inplace resize is deprecated", stacklevel=2)
    shape = int_list(sizes, "resize", "size")
    held = input._array
    if prod(shape) != held.size:
        raise RuntimeError(
            f"requested resize to {'x'.join(map(str, shape))} ({prod(shape)} elements in total), but the given tensor has a "
            f"size of {'x'.join(map(str, held.shape))} ({held.size} elements). autograd's resize can only change the shape "
            "of a given tensor, while preserving the number of elements. "
        )
    return reshape_function(input, shape)


def resize_as(input: V, tensor: V) -> V:
    """Deprecated: `resize` to the shape of another tensor."""
    warnings.warn("non-inplace resize_as is deprecated", stacklevel=2)
    return reshape_function(input, tensor._array.shape)


@asks_for_tensors
def resize_as_(input: V, the_template: V, *, memory_format: Any = None) -> V:
    """`resize_` to the size of another tensor; of a sparse one, `sparse_resize_`."""
    like: Any = the_template
    if like.is_sparse:
        return input.sparse_resize_(like.shape, like.sparse_dim(), like.dense_dim())  # type: ignore[attr-defined,no-any-return]
    shape = tuple(the_template._array.shape)
    if str(memory_format).endswith("preserve_format"):
        steps = element_strides(behind(the_template._array))
        memory_format = next((name for name in AXES_LAST if _strides_in(name, shape) == steps), None)
    return resize_(input, shape, memory_format=memory_format)


def _strides_in(memory_format: str, shape: Shape) -> tuple[int, ...] | None:
    axes = AXES_LAST[memory_format]
    if len(axes) != len(shape):
        return None
    steps = contiguous_strides([shape[axis] for axis in axes])
    return tuple([steps[axes.index(axis)] for axis in range(len(shape))])


def _refuse_set(grad: V) -> V:
    raise RuntimeError("derivative for set_ is not implemented")


@linear(node="NotImplemented", input=_refuse_set, source=_refuse_set)
def _set(input: V, source: V) -> V:
    return source[...]


def set_(input: V, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> V:
    """Let the tensor show the memory of `source`, a tensor or a storage, from now on; without one it becomes empty.

    `size`, `stride` and `storage_offset` are for a storage. Raises ``RuntimeError`` for another dtype. No gradient flows
    through this.
    """
    if source is None:
        source = wrap(np.empty(0, input._array.dtype))
    elif not isinstance(source, TensorBase):
        kind = input._array.dtype
        memory = wrap(in_storage(source, kind, cpp_name(kind), " for argument 1 'storage'"))
        if size is None:
            source = memory[storage_offset:]
        else:
            size = tuple(size)
            source = as_strided(memory, size, contiguous_strides(size) if stride is None else stride, storage_offset)
    if source._array.dtype != input._array.dtype:
        found, wanted = cpp_name(source._array.dtype), cpp_name(input._array.dtype)
        raise RuntimeError(f"Could not set tensor of type {found} to a tensor of type {wanted}")
    check_writable(input, (source,), ANYHOW)
    node = _set(twin(input, input._array), source)._maker
    bump(input)
    input._array = read_like(input._array, behind(solid(source)))  # how the source reads it stays with the source
    if node is not None:
        rebase(input, node)
    return input
