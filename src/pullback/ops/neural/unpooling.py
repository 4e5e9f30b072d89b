"""The way back from max pooling: every value is put where it came from, everything else is zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.maxima import pick_places, put_places
from pullback.arrays.windows import Ints
from pullback.graph.inplace import spoken
from pullback.graph.levels import example_by_example
from pullback.graph.operator import linear
from pullback.ops.formats import like
from pullback.ops.matrix.checks import times
from pullback.ops.neural.pooling_arguments import int_tuple
from pullback.ops.shape.singletons import squeeze, unsqueeze
from pullback.ops.typing import V


def _rule(grad: V, indices: V, sizes: Ints) -> V:
    return pick_places(grad, indices, len(sizes))


@linear(node="MaxUnpool2DBackward0", input=_rule)
def _max_unpool2d(input: V, indices: V, sizes: Ints) -> V:
    return put_places(input, indices, sizes)


@linear(node="MaxUnpool3DBackward0", input=_rule)
def _max_unpool3d(input: V, indices: V, sizes: Ints) -> V:
    return put_places(input, indices, sizes)


def _sizes(shape: Ints, kernel: Ints, stride: Ints, padding: Ints, output_size: Any) -> Ints:
    """The sizes before pooling: what `output_size` says if the pooling could have come from it."""
    rank = len(kernel)
    usual = [(n - 1) * s + k - 2 * p for n, k, s, p in zip(shape[len(shape) - rank :], kernel, stride, padding)]
    if output_size is None:
        return tuple(usual)
    wanted = list(output_size)
    if len(wanted) == rank + 2:
        wanted = wanted[2:]
    if len(wanted) != rank:
        raise ValueError(
            f"output_size should be a sequence containing {rank} or {rank + 2} elements, but it has a length of "
            f"'{len(wanted)}'"
        )
    for axis, (each, size, step) in enumerate(zip(wanted, usual, stride)):
        if not size - step < each < size + step:
            raise ValueError(
                f'invalid output_size "{output_size}" (dim {axis} must be between {size - step} and {size + step})'
            )
    return tuple(wanted)


def _check(input: Any, indices: Any, rank: int, sizes: Ints) -> None:
    array, places = input._array, indices._array
    if places.dtype != np.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {spoken(places.dtype)}")
    if array.ndim not in (rank + 1, rank + 2):
        raise RuntimeError(
            f"Input to max_unpooling{rank}d should be a {rank + 1}d or {rank + 2}d Tensor, but got a tensor with "
            f"{array.ndim} dimensions."
        )
    if array.shape != places.shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(array.shape)}) but got indices "
            f"tensor with shape: {list(places.shape)}"
        )
    limit = int(np.prod(sizes))
    if places.size and (wrong := places[(places < 0) | (places >= limit)]).size:
        raise RuntimeError(f"Found an invalid max index: {int(wrong[0])} (output volumes are of size {times(sizes)})")


@example_by_example
def _unpool(rank: int, input: Any, indices: Any, kernel: Any, stride: Any, padding: Any, output_size: Any) -> Any:
    name = f"max_unpool{rank}d"
    size = int_tuple(name, "kernel_size", kernel, rank)
    step = size if stride is None else int_tuple(name, "stride", stride, rank)
    around = int_tuple(name, "padding", padding, rank)
    if rank == 3 and min(step) <= 0:
        raise RuntimeError(f"strides should be greater than zero, but got stride: {list(step)}")
    sizes = _sizes(input._array.shape, size, step, around, output_size)
    if rank == 1:
        input, indices, sizes = unsqueeze(input, -1), unsqueeze(indices, -1), (*sizes, 1)
        _check(input, indices, 2, sizes)
        return squeeze(_max_unpool2d(input, indices, sizes), -1)
    _check(input, indices, rank, sizes)
    return like((_max_unpool3d if rank == 3 else _max_unpool2d)(input, indices, sizes), input)


def max_unpool1d(
    input: V, indices: V, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> V:
    """What `max_pool1d` returned, back in place; everything else is zero.

    Args:
        input: ``(N, C, L)`` or ``(C, L)``.
        indices: what `max_pool1d` returned as indices.
        kernel_size, stride, padding: those of the pooling.
        output_size: the length before, which the pooling does not fully determine.

    Raises ``ValueError`` for a length that the pooling could not have come from, ``RuntimeError`` for wrong indices.
    """
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: V, indices: V, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> V:
    """What `max_pool2d` returned, back in place: ``(N, C, H, W)`` or ``(C, H, W)``; see `max_unpool1d`."""
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: V, indices: V, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> V:
    """What `max_pool3d` returned, back in place: ``(N, C, D, H, W)`` or ``(C, D, H, W)``; see `max_unpool1d`."""
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)
