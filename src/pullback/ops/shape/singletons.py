"""Axes of length 1: added, removed, made up to a number of axes."""

from __future__ import annotations

from typing import Any

from pullback.arrays.vocabulary import reshape
from pullback.graph.operator import view
from pullback.ops.dims import wrap_dim, wrap_dims
from pullback.ops.shape.reshape import reshape as reshape_tensor
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


@view(node="UnsqueezeBackward0", input=lambda grad, input_shape: reshape(grad, input_shape))
def _unsqueeze(input: V, dim: int) -> V:
    return input[(slice(None),) * wrap_dim(dim, input.ndim + 1) + (None, ...)]


def unsqueeze(input: V, dim: Any = None, *, axis: Any = None) -> V:
    """The tensor with an axis of length 1 at `dim`, as a view.

    Raises ``IndexError`` if `dim` is not in ``[-ndim - 1, ndim]``.

    >>> import pullback as torch
    >>> torch.zeros(2, 3).unsqueeze(-1).shape
    torch.Size([2, 3, 1])
    """
    if dim is None:
        dim = axis
        if dim is None:
            raise TypeError('unsqueeze() missing 1 required positional arguments: "dim"')
    return _unsqueeze(input, dim)


@view(node="SqueezeBackward0", input=lambda grad, input_shape: reshape(grad, input_shape))
def _squeeze_all(input: V) -> V:
    return input[tuple([0 if length == 1 else slice(None) for length in input.shape]) + (...,)]


@view(node="SqueezeBackward1", input=lambda grad, input_shape: reshape(grad, input_shape))
def _squeeze_dim(input: V, dim: int) -> V:
    axis = wrap_dim(dim, input.ndim)
    if not input.ndim or input.shape[axis] != 1:
        return input[...]
    return input[(slice(None),) * axis + (0, ...)]


@view(node="SqueezeBackward2", input=lambda grad, input_shape: reshape(grad, input_shape))
def _squeeze_dims(input: V, dims: tuple[int, ...]) -> V:
    axes = wrap_dims(dims, input.ndim)
    return input[tuple([0 if n == 1 and d in axes else slice(None) for d, n in enumerate(input.shape)]) + (...,)]


def squeeze(input: V, dim: Any = None, *, axis: Any = None) -> V:
    """The tensor without its axes of length 1, or only without those that `dim` names; a view.

    Axes of another length stay. Raises ``IndexError`` if `dim` is out of range.

    >>> import pullback as torch
    >>> torch.zeros(1, 2, 1).squeeze().shape, torch.zeros(1, 2, 1).squeeze(0).shape
    (torch.Size([2]), torch.Size([2, 1]))
    """
    dim = axis if dim is None else dim
    if dim is None:
        return _squeeze_all(input)
    if isinstance(dim, (tuple, list)):
        return _squeeze_dims(input, tuple(dim))
    return _squeeze_dim(input, dim)


def _each(tensors: tuple[Any, ...], one: Any) -> Any:
    """`one` applied to a tensor, to several, or to a list of them."""
    if len(tensors) == 1:
        if not isinstance(tensors[0], (tuple, list)):
            return one(tensors[0])
        tensors = tuple(tensors[0])
    return tuple(one(tensor) for tensor in tensors)


def _at_least_1d(tensor: Any) -> Any:
    return tensor if tensor._array.ndim else reshape_tensor(tensor, (1,))


def _at_least_2d(tensor: Any) -> Any:
    ndim = tensor._array.ndim
    if ndim == 0:
        return reshape_tensor(tensor, (1, 1))
    return unsqueeze(tensor, 0) if ndim == 1 else tensor


def _at_least_3d(tensor: Any) -> Any:
    ndim = tensor._array.ndim
    if ndim == 0:
        return reshape_tensor(tensor, (1, 1, 1))
    if ndim == 1:
        return unsqueeze(unsqueeze(tensor, 0), -1)
    return unsqueeze(tensor, -1) if ndim == 2 else tensor


@asks_for_tensors
def atleast_1d(*tensors: Any) -> Any:
    """Each tensor with one axis at least. Takes one tensor, several, or a list of them (a tuple comes back)."""
    return _each(tensors, _at_least_1d)


@asks_for_tensors
def atleast_2d(*tensors: Any) -> Any:
    """Each tensor with two axes at least: ``()`` becomes ``(1, 1)``, ``(N)`` becomes ``(1, N)``."""
    return _each(tensors, _at_least_2d)


@asks_for_tensors
def atleast_3d(*tensors: Any) -> Any:
    """Each tensor with three axes at least: ``(N)`` becomes ``(1, N, 1)``, ``(M, N)`` becomes ``(M, N, 1)``."""
    return _each(tensors, _at_least_3d)
