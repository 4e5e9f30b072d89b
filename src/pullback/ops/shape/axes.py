"""The order of axes: permutations, all of them views."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pullback.arrays.scatter import inverse_permutation
from pullback.arrays.vocabulary import swapaxes as _swapped, transpose as _permuted
from pullback.graph.once import warn_once
from pullback.graph.operator import view
from pullback.ops.dims import wrap_dim, wrap_dims
from pullback.ops.shape.reshape import alias
from pullback.ops.shape.sizes import int_list
from pullback.ops.typing import Shape, V
from pullback.ops.wrong_types import asks_for_tensors, wrong_type


def _swap(array: V, dim0: int, dim1: int) -> V:
    return _swapped(array, dim0, dim1) if array.ndim else array


@view(input=lambda grad, dim0, dim1: _swap(grad, dim0, dim1))
def transpose(input: V, dim0: int, dim1: int) -> V:
    """The tensor with two axes exchanged, as a view.

    Raises ``IndexError`` if a dimension is out of range. Matches
    https://docs.pytorch.org/docs/2.13/generated/torch.transpose.html.

    >>> import pullback as torch
    >>> torch.zeros(2, 3, 4).transpose(0, -1).shape
    torch.Size([4, 3, 2])
    """
    first, second = wrap_dim(dim0, input.ndim), wrap_dim(dim1, input.ndim)
    return _swapped(input, first, second) if input.ndim else input[...]


def swapaxes(input: V, axis0: int, axis1: int) -> V:
    """`transpose` under NumPy's name."""
    return transpose(input, axis0, axis1)


def swapdims(input: V, dim0: int, dim1: int) -> V:
    """`transpose` under another name."""
    return transpose(input, dim0, dim1)


@view(node="TBackward0", input=lambda grad: _swap(grad, 0, -1))
def _t(input: V) -> V:
    return _swapped(input, 0, 1) if input.ndim == 2 else input[...]


def t(input: V) -> V:
    """A matrix transposed; a tensor of fewer axes as it is. Raises ``RuntimeError`` for more than two axes."""
    try:
        ndim = input._array.ndim
    except AttributeError as error:
        raise wrong_type(t, (input,), {}, error) from None
    if ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {ndim}D")
    return _t(input)


@view(node="PermuteBackward0", input=lambda grad, dims: _permuted(grad, inverse_permutation(dims)))
def _permute(input: V, dims: tuple[int, ...]) -> V:
    return _permuted(input, dims)


def permute(input: V, *order: Any, dims: Shape | None = None) -> V:
    """The axes in the given `order` (or `dims`), as a view.

    Raises ``RuntimeError`` if that does not name every axis once, ``IndexError`` if one is out of range.

    >>> import pullback as torch
    >>> torch.zeros(2, 3, 4).permute(2, 0, 1).shape
    torch.Size([4, 2, 3])
    """
    wanted = int_list(order if dims is None else (dims,), "permute", "dims")
    try:
        ndim = input._array.ndim
    except AttributeError as error:
        raise wrong_type(permute, (input,), {}, error) from None
    if len(wanted) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(wanted)}"
        )
    axes = tuple([wrap_dim(dim, ndim) for dim in wanted])
    if len(set(axes)) != ndim:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return _permute(input, axes)


def permute_function(input: V, dims: Shape) -> V:
    """`Tensor.permute` as a function: the dimensions are one sequence."""
    return permute(input, dims)


permute_function.__name__ = "permute"


@asks_for_tensors
def movedim(input: V, source: int | Shape, destination: int | Shape) -> V:
    """Axes `source` moved to `destination`; the others keep their order.

    >>> import pullback as torch
    >>> torch.zeros(2, 3, 4).movedim(0, -1).shape
    torch.Size([3, 4, 2])
    """
    ndim = input._array.ndim
    if _length(source) != _length(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({_listed(source)} dims) should contain the same "
            f"number of dims as destination ({_listed(destination)} dims)"
        )
    moved = _unique(source, ndim, "source")
    places = _unique(destination, ndim, "destination")
    if not ndim:
        return alias(input)
    rest = iter(axis for axis in range(ndim) if axis not in moved)
    target = dict(zip(places, moved))
    return _permute(input, tuple([target[place] if place in target else next(rest) for place in range(ndim)]))


def moveaxis(input: V, source: int | Shape, destination: int | Shape) -> V:
    """`movedim` under NumPy's name."""
    return movedim(input, source, destination)


def _one(dims: Any) -> bool:
    return not isinstance(dims, Iterable) or getattr(dims, "ndim", 1) == 0  # a tensor without axes


def _length(dims: int | Shape) -> int:
    return 1 if _one(dims) else len(tuple(dims))  # type: ignore[arg-type]


def _listed(dims: int | Shape) -> str:
    return str([dims] if _one(dims) else list(dims))  # type: ignore[arg-type]


def _unique(dims: int | Shape, ndim: int, role: str) -> tuple[int, ...]:
    try:
        return wrap_dims(dims, ndim)
    except RuntimeError:
        raise RuntimeError(f"movedim: repeated dim in `{role}` ({_listed(dims)})") from None


def numpy_T(input: V) -> V:
    """All axes reversed: ``x.T``. A matrix or a vector is what it is for: for others PyTorch's warning comes."""
    ndim = input._array.ndim
    if ndim > 2:
        warn_once(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw "
            "an error in a future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange("
            "x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor."
        )
    elif not ndim:
        warn_once("Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.")
    return _permute(input, tuple(range(input._array.ndim - 1, -1, -1)))


def mT(input: V) -> V:
    """The last two axes exchanged: ``x.mT``. Raises ``RuntimeError`` for one axis."""
    if _is_number(input, "mT"):
        return input
    return transpose(input, -2, -1)


def adjoint(input: V) -> V:
    """The last two axes exchanged and the elements conjugated."""
    if _is_number(input, "adjoint()"):
        return conj_of(input)
    return conj_of(transpose(input, -2, -1))


def mH(input: V) -> V:
    """`adjoint`, as an attribute: ``x.mH``."""
    if _is_number(input, "mH"):
        return conj_of(input)
    return conj_of(transpose(input, -2, -1))


def matrix_H(input: V) -> V:
    """The conjugate transpose of a matrix: ``x.H``; a 0-d tensor as it is."""
    if input._array.ndim not in (0, 2):
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {input._array.ndim}-D tensor."
            + (" For batches of matrices, consider using tensor.mH" if input._array.ndim > 2 else "")
        )
    if not input._array.ndim:
        warn_once("Tensor.H is deprecated on 0-D tensors. Consider using x.conj().")
        return conj_of(input)
    return conj_of(transpose(input, 0, 1))


def conj_of(input: V) -> V:
    """The complex conjugate; a real tensor as it is."""
    return input.conj() if input._array.dtype.kind in "cW" else input


def _is_number(input: Any, name: str) -> bool:
    """Whether `input` has no axes, with a warning; ``RuntimeError`` if it has one, as two are needed to exchange."""
    if not input._array.ndim:
        way = "This function is the identity in these cases." if name == "mT" else "Consider using x.conj()."
        warn_once(f"{'' if name[-1] == ')' else 'Tensor.'}{name} is deprecated on 0-D tensors. {way}")
        return True
    if input._array.ndim == 1:
        raise RuntimeError(
            f"tensor.{name} is only supported on matrices or batches of matrices. Got {input._array.ndim}-D tensor."
        )
    return False
