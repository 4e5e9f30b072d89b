"""One tensor cut along an axis into several views."""

from __future__ import annotations

import itertools
from operator import index
from typing import Any

import numpy as np

from pullback.graph.inplace import spoken
from pullback.graph.levels import example_by_example
from pullback.graph.operator import general, view
from pullback.graph.tensor_base import TensorBase
from pullback.ops.dims import wrap_dim
from pullback.ops.numpy_words import numpy_names
from pullback.ops.shape.joining import joined
from pullback.ops.shape.sizes import int_list
from pullback.ops.shape.windows import at, slice_
from pullback.ops.typing import Shape, V
from pullback.ops.wrong_types import asks_for_tensors


def _pieces(input: V, sizes: tuple[int, ...], dim: int) -> tuple[Any, ...]:
    pieces, start = [], 0
    for size in sizes:
        pieces.append(input[at(dim, slice(start, start + size))])
        start += size
    return tuple(pieces)


@view(node="SplitBackward0", outputs=-1, input=lambda grads, dim: joined(grads, dim))
def _split(input: V, sizes: tuple[int, ...], dim: int) -> Any:
    return _pieces(input, sizes, dim)


@view(node="SplitWithSizesBackward0", outputs=-1, input=lambda grads, dim: joined(grads, dim))
def _split_with_sizes(input: V, sizes: tuple[int, ...], dim: int) -> Any:
    return _pieces(input, sizes, dim)


@general(node="UnsafeSplitBackward0", outputs=-1, input=lambda grads, dim: joined(grads, dim))
def _unsafe_split(input: V, sizes: tuple[int, ...], dim: int) -> Any:
    return _pieces(input, sizes, dim)


@general(node="UnsafeSplitWithSizesBackward0", outputs=-1, input=lambda grads, dim: joined(grads, dim))
def _unsafe_split_with_sizes(input: V, sizes: tuple[int, ...], dim: int) -> Any:
    return _pieces(input, sizes, dim)


@view(
    node="UnbindBackward0",
    outputs=-1,
    input=lambda grads, dim: joined([grad[at(dim, None)] for grad in grads], dim),
)
def _unbind(input: V, dim: int) -> Any:
    return tuple([input[at(dim, place)] for place in range(input.shape[dim])])


def _axis(input: Any, dim: int, name: str) -> int:
    if not input._array.ndim:
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor")
    return wrap_dim(dim, input._array.ndim)


def _equal_parts(length: int, size: int) -> tuple[int, ...]:
    """`length` in parts of `size`, the last one shorter."""
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    if size == 0 and length:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {length}")
    if not length:
        return (0,)
    whole, rest = divmod(length, size)
    return (size,) * whole + ((rest,) if rest else ())


def _given_parts(input: Any, sizes: Shape, axis: int) -> tuple[int, ...]:
    parts = int_list((sizes,), "split_with_sizes", "split_sizes")
    length = input._array.shape[axis]
    if any(size < 0 for size in parts):
        raise RuntimeError(
            f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={list(parts)}"
        )
    if sum(parts) != length:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {length} (input tensor's size at dimension "
            f"{axis}), but got split_sizes={list(parts)}"
        )
    return parts


def split(input: V, split_size_or_sections: Any = None, dim: int = 0, *, split_size: Any = None) -> tuple[V, ...]:
    """The tensor cut along `dim` in parts of one size (the last may be shorter) or of given sizes; views.

    Raises ``RuntimeError`` if given sizes do not sum to the length of the axis. Matches
    https://docs.pytorch.org/docs/2.13/generated/torch.split.html.

    >>> import pullback as torch
    >>> torch.arange(5).split(2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    size = split_size if split_size_or_sections is None else split_size_or_sections
    if isinstance(size, (list, tuple)):
        return split_with_sizes(input, size, dim)
    if isinstance(size, float):
        raise TypeError("split_with_sizes(): argument 'split_sizes' (position 2) must be tuple of ints, not float")
    axis = _axis(input, dim, "split")
    return _split(input, _equal_parts(input._array.shape[axis], index(size)), axis)


def split_function(tensor: V, split_size_or_sections: Any, dim: int = 0) -> tuple[V, ...]:
    """`Tensor.split` as a function, whose first parameter is called `tensor`."""
    return split(tensor, split_size_or_sections, dim)


split_function.__name__ = "split"


@numpy_names
def split_with_sizes(input: V, split_sizes: Shape, dim: int = 0) -> tuple[V, ...]:
    """The tensor cut along `dim` in parts of the given sizes; views."""
    axis = _axis(input, dim, "split_with_sizes")
    return _split_with_sizes(input, _given_parts(input, split_sizes, axis), axis)


@numpy_names
def unsafe_split(input: V, split_size: int, dim: int = 0) -> tuple[V, ...]:
    """`split` whose parts autograd does not treat as views."""
    axis = _axis(input, dim, "split")
    return _unsafe_split(input, _equal_parts(input._array.shape[axis], index(split_size)), axis)


def unsafe_split_with_sizes(input: V, split_sizes: Shape, dim: int = 0) -> tuple[V, ...]:
    """`split_with_sizes` whose parts autograd does not treat as views."""
    axis = _axis(input, dim, "split_with_sizes")
    return _unsafe_split_with_sizes(input, _given_parts(input, split_sizes, axis), axis)


def _chunk_parts(input: Any, chunks: int, axis: int) -> tuple[int, ...]:
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    length = input._array.shape[axis]
    return (0,) * chunks if not length else _equal_parts(length, -(-length // chunks))


@asks_for_tensors
def chunk(input: V, chunks: int, dim: int = 0, *, axis: int | None = None) -> tuple[V, ...]:
    """The tensor cut along `dim` in at most `chunks` parts of equal size, the last one shorter; views.

    >>> import pullback as torch
    >>> [part.tolist() for part in torch.arange(5).chunk(3)]
    [[0, 1], [2, 3], [4]]
    """
    position = _axis(input, dim if axis is None else axis, "chunk")
    parts = _chunk_parts(input, index(chunks), position)
    empty = not input._array.shape[position]
    return (_split_with_sizes if empty else _split)(input, parts, position)


@numpy_names
def unsafe_chunk(input: V, chunks: int, dim: int = 0) -> tuple[V, ...]:
    """`chunk` whose parts autograd does not treat as views."""
    axis = _axis(input, dim, "chunk")
    return _unsafe_split(input, _chunk_parts(input, chunks, axis), axis)


@asks_for_tensors
def unbind(input: V, dim: int = 0, *, axis: int | None = None) -> tuple[V, ...]:
    """The slices along `dim`, which goes; views.

    >>> import pullback as torch
    >>> torch.tensor([[1, 2], [3, 4]]).unbind(1)
    (tensor([1, 3]), tensor([2, 4]))
    """
    position = wrap_dim(dim if axis is None else axis, input._array.ndim)
    if not input._array.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return _unbind(input, position)


@example_by_example
@numpy_names
def tensor_split(
    input: V, indices_or_sections: Any = None, dim: int = 0, *, indices: Any = None, sections: Any = None
) -> tuple[V, ...]:
    """The tensor cut along `dim` in a number of parts as equal as can be, or before the given positions; views.

    >>> import pullback as torch
    >>> [part.tolist() for part in torch.arange(5).tensor_split(3)]
    [[0, 1], [2, 3], [4]]
    >>> [part.tolist() for part in torch.arange(5).tensor_split((1, 3))]
    [[0], [1, 2], [3, 4]]
    """
    given = next((v for v in (indices_or_sections, indices, sections) if v is not None), None)
    if not input._array.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    axis = wrap_dim(dim, input._array.ndim)
    length = input._array.shape[axis]
    if isinstance(given, TensorBase):
        given = _split_tensor(given)
    if isinstance(given, (list, tuple)):
        cuts: list[Any] = [0, *map(index, given), None]
    else:
        count = index(given)
        if count <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {count}")
        size, longer = divmod(length, count)
        cuts = [part * size + min(part, longer) for part in range(count + 1)]
    return tuple(slice_(input, axis, start, end, 1) for start, end in itertools.pairwise(cuts))


def _split_tensor(given: Any) -> Any:
    array = given._array
    if array.dtype != np.int64:
        raise RuntimeError(
            f"tensor_split expected tensor_indices_or_sections to have dtype of long, but got {spoken(array.dtype)}"
        )
    if array.ndim > 1:
        raise RuntimeError(
            "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but "
            f"got a tensor with {array.ndim} dims"
        )
    return array.tolist()


def _along(input: V, given: Any, dim: int, least: int, name: str) -> tuple[V, ...]:
    ndim = input._array.ndim
    if ndim < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {ndim} dimensions!"
        )
    if not isinstance(given, (list, tuple)):
        if not hasattr(given, "__index__"):
            raise TypeError(
                f"{name}() received an invalid combination of arguments - got (Tensor, {type(given).__name__}), but "
                "expected one of:\n * (Tensor input, int sections)\n * (Tensor input, tuple of ints indices)\n"
            )
        length = input._array.shape[dim]
        if index(given) <= 0 or length % index(given):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {length} is not "
                f"divisible by the split_size {given}!"
            )
    return tensor_split(input, given, dim)


@asks_for_tensors
def hsplit(input: V, indices_or_sections: Any = None, *, indices: Any = None, sections: Any = None) -> tuple[V, ...]:
    """`tensor_split` along axis 1 (axis 0 of a 1-d tensor); a number of sections must divide the length."""
    given = next((v for v in (indices_or_sections, indices, sections) if v is not None), None)
    return _along(input, given, 0 if input._array.ndim <= 1 else 1, 1, "hsplit")


@asks_for_tensors
def vsplit(input: V, indices_or_sections: Any = None, *, indices: Any = None, sections: Any = None) -> tuple[V, ...]:
    """`tensor_split` along axis 0 of a tensor of two axes at least; a number of sections must divide the length."""
    given = next((v for v in (indices_or_sections, indices, sections) if v is not None), None)
    return _along(input, given, 0, 2, "vsplit")


@asks_for_tensors
def dsplit(input: V, indices_or_sections: Any = None, *, indices: Any = None, sections: Any = None) -> tuple[V, ...]:
    """`tensor_split` along axis 2 of a tensor of three axes at least; a number of sections must divide the length."""
    given = next((v for v in (indices_or_sections, indices, sections) if v is not None), None)
    return _along(input, given, 2, 3, "dsplit")
