"""Copies side by side: whole tensors, or elements one by one."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from pullback.arrays.vocabulary import add_reduce, expand as _expanded, reshape as _reshaped
from pullback.graph.inplace import spoken
from pullback.graph.levels import example_by_example
from pullback.graph.operator import linear
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.dims import wrap_dim
from pullback.ops.shape.broadcasting import expand
from pullback.ops.shape.memory import clone, copied
from pullback.ops.shape.reshape import flatten, view
from pullback.ops.shape.singletons import unsqueeze
from pullback.ops.shape.sizes import int_list
from pullback.ops.typing import Shape, V
from pullback.ops.wrong_types import asks_for_tensors


def _interleaved(repeats: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Each repeat before the axis it repeats: ``(r0, n0, r1, n1, …)``."""
    padded = (1,) * (len(repeats) - len(shape)) + tuple(shape)
    return tuple(length for pair in zip(repeats, padded) for length in pair)


def _repeat_rule(grad: V, repeats: tuple[int, ...], input_shape: tuple[int, ...]) -> V:
    split = _reshaped(grad, _interleaved(repeats, input_shape))
    return _reshaped(add_reduce(split, tuple(range(0, 2 * len(repeats), 2))), input_shape)


@linear(node="RepeatBackward0", input=_repeat_rule)
def _repeat(input: V, repeats: tuple[int, ...]) -> V:
    shape = (1,) * (len(repeats) - input.ndim) + tuple(input.shape)
    spread = _reshaped(input, tuple(length for n in shape for length in (1, n)))
    full = copied(_expanded(spread, _interleaved(repeats, shape)), "contiguous_format")
    return _reshaped(full, tuple(times * length for times, length in zip(repeats, shape)))


def repeat(input: V, *times: Any, repeats: Shape | None = None) -> V:
    """The tensor laid out so many `times` (or `repeats`) along each axis; new axes may come in front. A copy.

    Raises ``RuntimeError`` for fewer repeats than axes. Matches
    https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.repeat.html.

    >>> import pullback as torch
    >>> torch.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    if repeats is not None:
        times = (repeats,)
    if not times:
        raise TypeError('repeat() missing 1 required positional arguments: "repeats"')
    times = int_list(times, "repeat", "repeats")
    shape = input._array.shape
    if len(times) < len(shape):
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    if any(n < 0 for n in times):
        padded = (1,) * (len(times) - len(shape)) + shape
        lengths = [n * length for n, length in zip(times, padded)]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(lengths)}: {lengths}")
    return _repeat(input, times)


def tile(input: V, *repeats: Any, dims: Shape | None = None) -> V:
    """`repeat` as NumPy has it: missing repeats count as 1 in front.

    >>> import pullback as torch
    >>> torch.tensor([[1], [2]]).tile(2)
    tensor([[1, 1],
            [2, 2]])
    """
    times = int_list(repeats if dims is None else (dims,), "tile", "dims")
    return repeat(input, (1,) * (input._array.ndim - len(times)) + times)


@asks_for_tensors
def tile_function(input: V, dims: Shape) -> V:
    """`Tensor.tile` as a function: the repeats are one sequence."""
    return tile(input, dims)


tile_function.__name__ = "tile"


@example_by_example
@asks_for_tensors
def repeat_interleave(
    input: V,
    repeats: Any = None,
    dim: int | None = None,
    *,
    axis: int | None = None,
    output_size: int | None = None,
) -> V:
    """Each element (each slice along `dim`) repeated, one number of times for all or one for each; a copy.

    Without `repeats`, `input` itself is the list of repeats and the result holds each position that often. Without
    `dim` the tensor is flattened. Raises ``RuntimeError`` for negative repeats and for as many repeats as do not fit.

    >>> import pullback as torch
    >>> torch.tensor([1, 2]).repeat_interleave(2)
    tensor([1, 1, 2, 2])
    >>> torch.tensor([1, 2]).repeat_interleave(torch.tensor([1, 2]))
    tensor([1, 2, 2])
    """
    dim = axis if dim is None else dim
    if repeats is None:
        return _positions(input, output_size)
    if dim is None:
        input, dim = flatten(input), 0
    if isinstance(repeats, TensorBase):
        return _by_tensor(input, repeats, dim, output_size)
    if isinstance(repeats, (list, tuple)):
        raise TypeError(
            "repeat_interleave() received an invalid combination of arguments - got "
            f"({type(repeats).__name__}, int), but expected one of:\n * (Tensor repeats, int dim = None, *, int "
            "output_size = None)\n * (int repeats, int dim = None, *, int output_size = None)\n"
        )
    times = index(repeats)
    if not input._array.ndim:
        wrap_dim(dim, 0)
        input = flatten(input)
    position = wrap_dim(dim, input._array.ndim)
    if times < 0:
        raise RuntimeError("Repeats must be non-negative")
    shape = input._array.shape
    if output_size is not None and output_size != shape[position] * times:
        raise RuntimeError("repeat_interleave: Invalid output_size")
    wide = expand(unsqueeze(input, position + 1), *shape[: position + 1], times, *shape[position + 1 :])
    return flatten_pair(clone(wide, memory_format="contiguous_format"), position)


def flatten_pair(input: V, axis: int) -> V:
    """A contiguous tensor with the axes `axis` and `axis + 1` made one."""
    shape = input._array.shape
    return view(input, *shape[:axis], shape[axis] * shape[axis + 1], *shape[axis + 2 :])


def _positions(repeats: Any, output_size: int | None) -> Any:
    array = repeats._array
    if array.dtype not in (np.int64, np.int32):
        raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{spoken(array.dtype)}'")
    if array.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if np.any(array < 0):
        raise RuntimeError("repeats can not be negative")
    if output_size is not None and output_size != array.sum():
        raise RuntimeError("allocated size does not match required size")
    return wrap(np.repeat(np.arange(len(array), dtype=array.dtype), array))


def _by_tensor(input: V, repeats: Any, dim: int, output_size: int | None) -> V:
    position = wrap_dim(dim, input._array.ndim)
    length = input._array.shape[position] if input._array.ndim else 1
    if repeats._array.ndim == 0 or repeats._array.shape == (1,):
        repeats = wrap(np.broadcast_to(repeats._array, (length,)))
    elif repeats._array.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    elif len(repeats._array) != length:
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{len(repeats._array)} and input.size({position}) = {length}"
        )
    return input.index_select(position, _positions(repeats, output_size))
