"""The same elements in another shape: a view where the strides allow it, else a copy."""

from __future__ import annotations

from typing import Any

from pullback.arrays import dtypes
from pullback.arrays.strides import NOT_A_VIEW, inferred_shape, is_contiguous, is_viewable, seen_as
from pullback.arrays.vocabulary import reshape as _reshaped
from pullback.graph.operator import linear, view as view_operator
from pullback.graph.tensor_base import TensorBase
from pullback.ops.dims import wrap_dim
from pullback.ops.numpy_words import numpy_names
from pullback.ops.shape.bits import view_dtype
from pullback.ops.shape.memory import clone, contiguous
from pullback.ops.shape.sizes import int_list
from pullback.ops.typing import Shape, V
from pullback.ops.wrong_types import asks_for_tensors, wrong_type


@view_operator(node="ViewBackward0", input=lambda grad, input_shape: _reshaped(grad, input_shape))
def _view(input: V, shape: tuple[int, ...]) -> V:
    return seen_as(input, shape)  # type: ignore[no-any-return]


@view_operator(node="ReshapeAliasBackward0", input=lambda grad, input_shape: _reshaped(grad, input_shape))
def _reshape_alias(input: V, shape: tuple[int, ...]) -> V:
    return seen_as(input, shape)  # type: ignore[no-any-return]


@linear(node="UnsafeViewBackward0", input=lambda grad, input_shape: _reshaped(grad, input_shape))
def _unsafe_view(input: V, shape: tuple[int, ...]) -> V:
    return _reshaped(input, shape)


@view_operator(node="AliasBackward0", input=lambda grad: grad)
def alias(input: V) -> V:
    """The same tensor seen once more."""
    return input[...]


def view(input: V, *shape: Any, size: Shape | None = None, dtype: Any = None) -> V:
    """The same memory in another shape, or with its bits read as another dtype.

    Args:
        shape: lengths, one of which may be -1; or a dtype.

    Raises ``RuntimeError`` if the lengths do not fit, or if the strides do not allow it: then `reshape` copies.
    Matches https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.view.html.

    >>> import pullback as torch
    >>> torch.arange(6).view(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    if size is not None:
        shape = (size,)
    if dtype is not None:
        return view_dtype(input, dtype)
    if len(shape) == 1 and isinstance(shape[0], dtypes.dtype):
        return view_dtype(input, shape[0])
    if not shape or isinstance(shape[0], float):
        raise TypeError(_invalid("view", shape))
    wanted = int_list(shape, "view", "size")
    array = input._array
    if -1 in wanted or array.size != _product(wanted):
        wanted = inferred_shape(wanted, array.size)
    if not is_viewable(array, wanted):
        raise RuntimeError(NOT_A_VIEW)
    return _view(input, wanted)


def reshape(input: V, *lengths: Any, shape: Shape | None = None) -> V:
    """The elements in C order in another shape, one length of which may be -1: a view where possible, else a copy.

    The shape is given as `lengths` or as `shape`.

    Raises ``RuntimeError`` if the lengths do not fit. Matches
    https://docs.pytorch.org/docs/2.13/generated/torch.reshape.html.

    >>> import pullback as torch
    >>> torch.arange(6).reshape(3, 2).T.reshape(-1)
    tensor([0, 2, 4, 1, 3, 5])
    """
    wanted = int_list(lengths if shape is None else (shape,), "reshape", "shape")
    try:
        array = input._array
    except AttributeError as error:
        raise wrong_type(reshape, (input,), {}, error) from None
    if -1 in wanted or array.size != _product(wanted):
        wanted = inferred_shape(wanted, array.size)
    if is_contiguous(array):
        return _view(input, wanted)
    if is_viewable(array, wanted):
        return _reshape_alias(input, wanted)
    return _unsafe_view(clone(input, memory_format="contiguous_format"), wanted)


def reshape_function(input: V, shape: Shape) -> V:
    """`Tensor.reshape` as a function: the shape is one sequence."""
    if not isinstance(shape, (tuple, list)):
        raise TypeError(f"reshape(): argument 'shape' (position 2) must be tuple of ints, not {type(shape).__name__}")
    return reshape(input, shape)


reshape_function.__name__ = "reshape"


def view_as(input: V, other: V) -> V:
    """`input` seen with the shape of `other`."""
    if not isinstance(other, TensorBase):
        raise TypeError(f"view_as(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}")
    return view(input, other._array.shape)


def reshape_as(input: V, other: V) -> V:
    """`input` reshaped to the shape of `other`."""
    return reshape(input, other._array.shape)


@asks_for_tensors
def ravel(input: V) -> V:
    """All elements along one axis, in C order; a view if the tensor is contiguous."""
    return view(contiguous(input), -1)


@asks_for_tensors
def flatten(input: V, start_dim: int = 0, end_dim: int = -1) -> V:
    """The axes from `start_dim` to `end_dim` (inclusive) made one; a 0-d tensor becomes 1-d.

    Raises ``RuntimeError`` if `start_dim` comes after `end_dim`.

    >>> import pullback as torch
    >>> torch.zeros(2, 3, 4).flatten(1).shape
    torch.Size([2, 12])
    """
    shape = input._array.shape
    start, end = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return reshape(input, (1,))
    if start == end:
        return input
    return reshape(input, (*shape[:start], _product(shape[start : end + 1]), *shape[end + 1 :]))


@numpy_names
def unflatten(input: V, dim: int, sizes: Shape) -> V:
    """Axis `dim` split into axes of `sizes`, one of which may be -1.

    Raises ``RuntimeError`` if the sizes do not multiply to the length of the axis.

    >>> import pullback as torch
    >>> torch.zeros(2, 12).unflatten(1, (3, -1)).shape
    torch.Size([2, 3, 4])
    """
    shape = input._array.shape
    axis = wrap_dim(dim, len(shape))
    lengths = int_list((sizes,), "unflatten", "sizes")
    if not lengths:
        raise RuntimeError("unflatten: sizes must be non-empty")
    if not shape:
        shape = (1,)
    try:
        lengths = inferred_shape(lengths, shape[axis])
    except RuntimeError as error:
        raise _unflatten_error(error, lengths, dim, shape[axis]) from None
    return view(input, (*shape[:axis], *lengths, *shape[axis + 1 :]))


def _unflatten_error(error: RuntimeError, sizes: tuple[int, ...], dim: int, length: int) -> RuntimeError:
    if "is invalid for input of size" not in str(error):
        return RuntimeError(f"unflatten got an unexpected error:\n{error}")
    return RuntimeError(
        f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({length}) in the input "
        "tensor"
    )


def _product(shape: tuple[int, ...]) -> int:
    product = 1
    for length in shape:
        product *= length
    return product


def _invalid(name: str, given: tuple[Any, ...]) -> str:
    types = ", ".join(type(value).__name__ for value in given)
    return (
        f"{name}() received an invalid combination of arguments - got ({types}), but expected one of:\n"
        " * (torch.dtype dtype)\n * (tuple of ints size)\n"
    )
