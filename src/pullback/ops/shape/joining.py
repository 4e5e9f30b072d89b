"""Several tensors made one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from pullback.arrays.promotion import default, meet
from pullback.arrays.scatter import replaced
from pullback.arrays.strides import in_format
from pullback.arrays.vocabulary import cast, zeros_like
from pullback.graph.operator import linear
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.dims import wrap_dim
from pullback.ops.formats import suggested_format
from pullback.ops.outputs import check_out
from pullback.ops.shape.reshape import reshape
from pullback.ops.shape.singletons import atleast_1d, atleast_2d, atleast_3d
from pullback.ops.shape.windows import at
from pullback.ops.typing import V


def _alike(arrays: Sequence[Any]) -> Sequence[Any]:
    """The arrays in the dtype in which they meet."""
    first = arrays[0].dtype
    for array in arrays:
        if array.dtype is not first and array.dtype != first:
            break
    else:
        return arrays
    dtype = reduce(meet, [array.dtype for array in arrays])
    return [cast(array, dtype) for array in arrays]


def _check_joined(arrays: Sequence[Any], places: list[int], axis: int) -> None:
    first = arrays[places[0]].shape
    for place in places[1:]:
        shape = arrays[place].shape
        if len(shape) != len(first):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}")
        for dim, (have, want) in enumerate(zip(shape, first)):
            if have != want and dim != axis:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {axis}. Expected size {want} but got size "
                    f"{have} for tensor number {place} in the list."
                )


def _cut(grad: V, dim: int, tensors_shape: Any) -> list[Any]:
    """The cotangent cut into pieces of the inputs' lengths; `None` for inputs that were passed over."""
    if grad.shape == (0,):
        return [zeros_like(grad) for _ in tensors_shape]
    axis = wrap_dim(dim, grad.ndim)
    pieces, start = [], 0
    for shape in tensors_shape:
        if tuple(shape) == (0,) and grad.ndim != 1:
            pieces.append(zeros_like(grad, (0,)))
            continue
        pieces.append(grad[at(axis, slice(start, start + shape[axis]))])
        start += shape[axis]
    return pieces


def joined(arrays: Sequence[Any], axis: int) -> Any:
    """`numpy.concatenate` with the result in C order, or with the channels last where they are in all arrays."""
    result = np.concatenate(arrays, axis=axis)
    if result.ndim > 3 and result.size and (kind := suggested_format(arrays[0])) != "contiguous_format":
        if all(suggested_format(array) == kind for array in arrays):
            return in_format(result, kind)
    if result.__class__ is np.ndarray and not result.flags.c_contiguous:
        return result.copy(order="C")
    return result


@linear(node="CatBackward0", tensors=_cut)
def _cat(tensors: Sequence[V], dim: int) -> V:
    arrays = _alike(tensors)
    ndim = arrays[0].ndim
    try:
        if ndim > 0 and (ndim > 1 or all(array.size for array in arrays)):
            return joined(arrays, wrap_dim(dim, ndim))
    except ValueError:
        pass
    return _cat_carefully(arrays, dim)


def _cat_carefully(arrays: Sequence[Any], dim: int) -> Any:
    """Join arrays some of which are passed over, or complain."""
    for place, array in enumerate(arrays):
        if not array.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {place}) cannot be concatenated")
    places = [place for place, array in enumerate(arrays) if tuple(array.shape) != (0,)]
    if not places:  # PyTorch does not look at the dimension then
        return joined(arrays, 0)
    axis = wrap_dim(dim, arrays[places[0]].ndim)
    _check_joined(arrays, places, axis)
    return joined([arrays[place] for place in places], axis)


def cat(tensors: Any, dim: int = 0, *, axis: int | None = None, out: Any = None) -> V:
    """The tensors one after the other along an axis they have.

    Dtypes promote. Raises ``RuntimeError`` if the shapes differ elsewhere, ``ValueError`` for an empty list. Matches
    https://docs.pytorch.org/docs/2.13/generated/torch.cat.html.

    >>> import pullback as torch
    >>> torch.cat([torch.tensor([1, 2]), torch.tensor([3.])])
    tensor([1., 2., 3.])
    """
    if not need_list(tensors, "cat"):
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    if out is not None:
        check_out(out, *[each for each in tensors if each._array.shape != (0,)])  # such are left out
    return _cat(tensors, dim if axis is None else axis, out=out)


@linear(tensors=lambda grad, dim, tensors_shape: [grad[at(dim, n)] for n in range(len(tensors_shape))])
def _stack(tensors: Sequence[V], dim: int) -> V:
    return joined([array[at(dim, None)] for array in _alike(tensors)], dim)


def stack(tensors: Any, dim: int = 0, *, axis: int | None = None, out: Any = None) -> V:
    """The tensors, all of one shape, along a new axis at `dim`.

    Raises ``RuntimeError`` if shapes differ or there is no tensor, ``IndexError`` if `dim` is out of range.

    >>> import pullback as torch
    >>> torch.stack([torch.tensor([1, 2]), torch.tensor([3, 4])], dim=1)
    tensor([[1, 3],
            [2, 4]])
    """
    if not need_list(tensors, "stack"):
        raise RuntimeError("stack expects a non-empty TensorList")
    shape = _shape(tensors[0])
    position = wrap_dim(dim if axis is None else axis, len(shape) + 1)
    for place, tensor in enumerate(tensors):
        if _shape(tensor) != shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and "
                f"{list(_shape(tensor))} at entry {place}"
            )
    return _stack(tensors, position, out=out)


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(value._array.shape if hasattr(value, "_array") else np.shape(value))


def need_list(tensors: Any, name: str) -> Sequence[Any]:
    """A list or tuple of tensors; ``TypeError`` for anything else."""
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(
            f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type(tensors).__name__}"
        )
    return tensors


def _need_some(tensors: Any, name: str) -> Sequence[Any]:
    if not need_list(tensors, name):
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return tensors


def concat(tensors: Any, dim: int = 0, *, axis: int | None = None, out: Any = None) -> V:
    """`cat` under another name."""
    return cat(tensors, dim, axis=axis, out=out)


def concatenate(tensors: Any, dim: int = 0, *, axis: int | None = None, out: Any = None) -> V:
    """`cat` under NumPy's name."""
    return cat(tensors, dim, axis=axis, out=out)


def hstack(tensors: Any, *, out: Any = None) -> V:
    """The tensors side by side: along axis 0 if they have one axis, else along axis 1."""
    joined = atleast_1d(list(_need_some(tensors, "hstack")))
    return cat(joined, 0 if joined[0]._array.ndim == 1 else 1, out=out)


def vstack(tensors: Any, *, out: Any = None) -> V:
    """The tensors, each with two axes at least, below one another."""
    return cat(atleast_2d(list(_need_some(tensors, "vstack"))), 0, out=out)


def row_stack(tensors: Any, *, out: Any = None) -> V:
    """`vstack` under another name."""
    return vstack(tensors, out=out)


def dstack(tensors: Any, *, out: Any = None) -> V:
    """The tensors, each with three axes at least, along the third."""
    return cat(atleast_3d(list(_need_some(tensors, "dstack"))), 2, out=out)


def column_stack(tensors: Any, *, out: Any = None) -> V:
    """1-d tensors as columns, others as they are, side by side."""
    columns = [
        reshape(tensor, (tensor._array.size, 1)) if tensor._array.ndim <= 1 else tensor
        for tensor in _need_some(tensors, "column_stack")
    ]
    return hstack(columns, out=out)


def _blocks(shapes: Sequence[tuple[int, ...]]) -> list[tuple[slice, slice]]:
    """Where each block lies on the diagonal."""
    places, row, column = [], 0, 0
    for shape in shapes:
        height, width = _matrix_shape(shape)
        places.append((slice(row, row + height), slice(column, column + width)))
        row, column = row + height, column + width
    return places


def _matrix_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    return ((1,) * (2 - len(shape)) + tuple(shape))[:2]  # type: ignore[return-value]


def check_tensors(tensors: Sequence[Any]) -> None:
    """Raise ``TypeError`` for the first that is no tensor."""
    for place, each in enumerate(tensors):
        if not isinstance(each, TensorBase):
            raise TypeError(f"expected Tensor as element {place} in argument 0, but got {type(each).__name__}")


@linear(tensors=lambda grad, tensors_shape: [grad[place] for place in _blocks(tensors_shape)])
def _block_diag(tensors: Sequence[V]) -> V:
    arrays = _alike(tensors)
    places = _blocks([array.shape for array in arrays])
    result = zeros_like(arrays[0], (places[-1][0].stop, places[-1][1].stop))
    for array, place in zip(arrays, places):
        result = replaced(result, place, array)
    return result


def block_diag(*tensors: Any) -> V:
    """Matrices along the diagonal of a matrix of zeros; 1-d tensors count as rows, 0-d ones as 1 by 1.

    >>> import pullback as torch
    >>> torch.block_diag(torch.tensor([[1, 2]]), torch.tensor(3))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """
    check_tensors(tensors)
    for place, tensor in enumerate(tensors):
        if tensor._array.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {place} has "
                f"{tensor._array.ndim} dimensions"
            )
    return _block_diag(list(tensors)) if tensors else wrap(np.empty((1, 0), default.real))
