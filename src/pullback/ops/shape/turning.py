"""Elements in another order along axes: reversed, rotated, rolled."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import reshape, swapaxes
from pullback.graph.operator import linear
from pullback.ops.dims import wrap_dim, wrap_dims
from pullback.ops.shape.joining import joined
from pullback.ops.shape.memory import copied
from pullback.ops.shape.sizes import int_list
from pullback.ops.shape.windows import at
from pullback.ops.typing import Shape, V
from pullback.ops.wrong_types import asks_for_tensors


def _turned(array: V, dims: tuple[int, ...]) -> V:
    return np.flip(array, dims) if dims else array


@linear(node="FlipBackward0", input=lambda grad, dims: _turned(grad, dims))
def _flip(input: V, dims: tuple[int, ...]) -> V:
    return copied(_turned(input, dims), "preserve_format")


def flip(input: V, *axes: Any, dims: Shape | None = None) -> V:
    """The elements in reverse order along each of the `axes` (or `dims`); a copy.

    >>> import pullback as torch
    >>> torch.tensor([[1, 2], [3, 4]]).flip(0)
    tensor([[3, 4],
            [1, 2]])
    """
    shape = input._array.shape
    turned = wrap_dims(int_list(axes or (dims,), "flip", "dims"), len(shape))
    return _flip(input, tuple([dim for dim in turned if shape and shape[dim] != 1]))  # one element keeps its stride


@asks_for_tensors
def flip_function(input: V, dims: Shape) -> V:
    """`Tensor.flip` as a function: the dimensions are one sequence."""
    if not isinstance(dims, (tuple, list)):
        raise TypeError(f"flip(): argument 'dims' (position 2) must be tuple of ints, not {type(dims).__name__}")
    return flip(input, dims)


flip_function.__name__ = "flip"


@asks_for_tensors
def fliplr(input: V) -> V:
    """The columns in reverse order. Raises ``RuntimeError`` for fewer than two axes."""
    if input._array.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return _flip(input, (1,))


@asks_for_tensors
def flipud(input: V) -> V:
    """The rows in reverse order. Raises ``RuntimeError`` for a 0-d tensor."""
    if not input._array.ndim:
        raise RuntimeError("Input must be >= 1-d.")
    return _flip(input, (0,))


def _rolled(array: V, shifts: tuple[int, ...], dims: tuple[int, ...]) -> V:
    if not dims:
        if not array.ndim:
            return copied(array, "contiguous_format")
        return reshape(_rolled(reshape(array, (-1,)), shifts, (0,)), array.shape)
    for shift, dim in zip(shifts, dims):
        length = array.shape[dim]
        cut = -shift % length if length else 0
        array = joined([array[at(dim, slice(cut, None))], array[at(dim, slice(0, cut))]], dim)
    return array


@linear(node="RollBackward0", input=lambda grad, shifts, dims: _rolled(grad, tuple([-shift for shift in shifts]), dims))
def _roll(input: V, shifts: tuple[int, ...], dims: tuple[int, ...]) -> V:
    return _rolled(input, shifts, dims)


@asks_for_tensors
def roll(input: V, shifts: Any, dims: Any = ()) -> V:
    """The elements shifted along `dims`, those pushed out at the end coming in at the start; a copy.

    Without `dims` the flattened tensor is shifted.

    >>> import pullback as torch
    >>> torch.tensor([1, 2, 3, 4]).roll(1)
    tensor([4, 1, 2, 3])
    """
    steps = int_list((shifts,), "roll", "shifts")
    axes = int_list((() if dims is None else dims,), "roll", "dims")
    if not steps:
        raise RuntimeError("`shifts` required")
    if len(axes) != len(steps) and not (not axes and len(steps) == 1):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(steps)}, dims:{len(axes)}")
    ndim = input._array.ndim
    if axes and not ndim:
        raise IndexError(f"Dimension specified as {axes[0]} but tensor has no dimensions")
    if not input._array.size:
        return _roll(input, (0,), ())  # PyTorch does not look at axes where there is nothing to shift
    return _roll(input, steps, tuple([wrap_dim(dim, ndim) for dim in axes]))


def _rotated(array: V, k: int, dims: tuple[int, int]) -> V:
    quarter = k % 4
    if quarter == 0:
        return copied(array, "contiguous_format")
    if quarter == 2:
        return _copied_turn(array, dims)
    return swapaxes(_copied_turn(array, (dims[1] if quarter == 1 else dims[0],)), *dims)


def _copied_turn(array: V, dims: tuple[int, ...]) -> V:
    return copied(np.flip(array, dims), "preserve_format")


@linear(node="Rot90Backward0", input=lambda grad, k, dims: _rotated(grad, -k, dims))
def _rot90(input: V, k: int, dims: tuple[int, int]) -> V:
    return _rotated(input, k, dims)


@asks_for_tensors
def rot90(input: V, k: int = 1, dims: Shape = (0, 1)) -> V:
    """The plane of two axes turned by `k` quarters, from the first axis towards the second; a copy.

    >>> import pullback as torch
    >>> torch.tensor([[1, 2], [3, 4]]).rot90()
    tensor([[2, 4],
            [1, 3]])
    """
    axes, ndim = int_list((dims,), "rot90", "dims"), input._array.ndim
    if len(axes) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(axes)}")
    if ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {ndim}")
    if axes[0] == axes[1] or abs(axes[0] - axes[1]) == ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {axes[0]} and dim1 = {axes[1]}")
    return _rot90(input, k, (wrap_dim(axes[0], ndim), wrap_dim(axes[1], ndim)))
