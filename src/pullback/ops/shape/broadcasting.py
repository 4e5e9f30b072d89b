"""Axes repeated without a copy."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from pullback.arrays.mirrored import Mirrored
from pullback.arrays.vocabulary import expand as _expanded, strided
from pullback.graph.inplace import legacy_name
from pullback.graph.operator import view
from pullback.ops.shape.sizes import int_list
from pullback.ops.typing import Shape, V
from pullback.ops.wrong_types import asks_for_tensors
from pullback.size import Size

ndarray = np.ndarray


@view(node="ExpandBackward0", input=lambda grad: grad)  # the engine sums over the repeated axes
def _expand(input: V, size: tuple[int, ...]) -> V:
    if isinstance(input, Mirrored):
        return input.seen(_repeated(input.memory, size))
    return _repeated(input, size) if input.__class__ is ndarray else _expanded(input, size)


def _repeated(input: Any, size: tuple[int, ...]) -> Any:
    extra = len(size) - input.ndim
    steps = [s if n == m else 0 for s, n, m in zip(input.strides, input.shape, size[extra:])]
    return strided(input, size, (*(0,) * extra, *steps))


def expand(input: V, *sizes: Any, size: Shape | None = None, implicit: bool = False) -> V:
    """The tensor with axes of length 1 repeated to `sizes` (or `size`), without a copy; -1 keeps the length of an axis.

    New axes may come in front. Raises ``RuntimeError`` if an axis of another length would have to change. Matches
    https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.expand.html.

    >>> import pullback as torch
    >>> torch.tensor([[1], [2]]).expand(-1, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    if not sizes and size is None:
        raise TypeError('expand() missing 1 required positional arguments: "size"')
    wanted = int_list(sizes if size is None else (size,), "expand", "size")
    array = input._array
    extra = len(wanted) - array.ndim
    if extra < 0:
        raise RuntimeError(
            f"expand({legacy_name(array.dtype)}{{{list(array.shape)}}}, size={list(wanted)}): the number of sizes "
            f"provided ({len(wanted)}) must be greater or equal to the number of dimensions in the tensor "
            f"({array.ndim})"
        )
    shape = array.shape
    lengths = list(wanted)
    for axis, length in reversed(list(enumerate(wanted))):
        have = shape[axis - extra] if axis >= extra else None
        if length == have or (length >= 0 and (have is None or have == 1)):
            continue
        lengths[axis] = _length(axis, length, have, wanted, shape)
    return _expand(input, tuple(lengths))


def _length(axis: int, length: int, have: int | None, wanted: Shape, shape: Shape) -> int:
    """The length that an axis keeps for -1; PyTorch's error for any other that is wrong."""
    if length == -1 and have is not None:
        return have
    if have is None and length == -1:
        raise RuntimeError(
            f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {axis}"
        )
    if have is None or have == 1:
        raise RuntimeError(f"Trying to create tensor with negative dimension {length}: {list(wanted)}")
    raise RuntimeError(
        f"The expanded size of the tensor ({length}) must match the existing size ({have}) at non-singleton dimension "
        f"{axis}.  Target sizes: {list(wanted)}.  Tensor sizes: {list(shape)}"
    )


def expand_as(input: V, other: V) -> V:
    """`input` expanded to the shape of `other`."""
    return expand(input, other._array.shape)


@asks_for_tensors
def broadcast_to(input: V, *size: Any, **named: Any) -> V:
    """`expand` under NumPy's name."""
    return expand(input, *size, **named)


@asks_for_tensors
def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The tensors expanded to their common shape; one that has it already is returned itself.

    Raises ``RuntimeError`` if there is none.
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    shape = tensors[0]._array.shape if tensors else ()
    for tensor in tensors[1:]:
        shape = common_shape(shape, tensor._array.shape)
    return tuple(tensor if tensor._array.shape == shape else _expand(tensor, shape) for tensor in tensors)


def common_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that two shapes broadcast to; ``RuntimeError`` if they do not, for the last axis that differs."""
    ndim = max(len(a), len(b))
    padded = [(1,) * (ndim - len(shape)) + tuple(shape) for shape in (a, b)]
    for axis, (first, second) in reversed(list(enumerate(zip(*padded)))):
        if first != second and 1 not in (first, second):
            raise RuntimeError(
                f"The size of tensor a ({first}) must match the size of tensor b ({second}) at non-singleton "
                f"dimension {axis}"
            )
    return tuple(second if first == 1 else first for first, second in zip(*padded))


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of the given shapes broadcast to; an integer is a shape of one axis.

    Raises ``RuntimeError`` if they do not broadcast, ``ValueError`` for a negative length.

    >>> broadcast_shapes((3, 1), (2,))
    torch.Size([3, 2])
    """
    given = [tuple(map(index, s)) if isinstance(s, (tuple, list)) else (index(s),) for s in shapes]
    result = [1] * max(map(len, given), default=0)
    for number, shape in enumerate(given):
        for axis in range(-1, -len(shape) - 1, -1):
            length = shape[axis]
            if length < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            if length not in (1, result[axis]):
                if result[axis] != 1:
                    raise RuntimeError(
                        f"Attempting to broadcast a dimension of length {length} at {axis}! Mismatching argument at "
                        f"index {number} had {shape}; but expected shape should be broadcastable to {result}"
                    )
                result[axis] = length
    return Size(result)
