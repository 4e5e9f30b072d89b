"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.diagonals import diagonal as _seen, on_diagonal, replaced_diagonal
from pullback.arrays.vocabulary import add_reduce, cast, expand, reshape as _reshaped
from pullback.graph.inplace import in_place, spoken
from pullback.graph.operator import general, linear, view
from pullback.graph.tensor_base import wrap
from pullback.graph.writable import ANYHOW
from pullback.ops.dims import wrap_dim
from pullback.ops.shape.memory import copied
from pullback.ops.shape.reshape import reshape
from pullback.ops.typing import Count, V
from pullback.ops.wrong_types import asks_for_tensors

_ZERO = np.zeros((), bool)


@view(
    node="DiagonalBackward0",
    input=lambda grad, offset, dim1, dim2, input_shape: on_diagonal(grad, offset, dim1, dim2, input_shape),
)
def _diagonal(input: V, offset: Count, dim1: int, dim2: int) -> V:
    return _seen(input, offset, dim1, dim2)


def _two_dims(dim1: int, dim2: int, ndim: int) -> tuple[int, int]:
    first, second = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return first, second


@asks_for_tensors
def diagonal(input: V, offset: int = 0, dim1: int = 0, dim2: int = 1) -> V:
    """The diagonal of the axes `dim1` and `dim2`, `offset` places above the main one, as the last axis; a view.

    Matches https://docs.pytorch.org/docs/2.13/generated/torch.diagonal.html.

    >>> import pullback as torch
    >>> torch.arange(6).reshape(2, 3).diagonal(1)
    tensor([1, 5])
    """
    first, second = _two_dims(dim1, dim2, input._array.ndim)
    return _diagonal(input, offset, first, second)


@linear(
    node="DiagonalBackward0_copy",
    input=lambda grad, offset, dim1, dim2, input_shape: on_diagonal(grad, offset, dim1, dim2, input_shape),
)
def _diagonal_copy(input: V, offset: Count, dim1: int, dim2: int) -> V:
    return copied(_seen(input, offset, dim1, dim2), "contiguous_format")


@asks_for_tensors
def diagonal_copy(input: V, offset: int = 0, dim1: int = 0, dim2: int = 1, *, out: Any = None) -> V:
    """`diagonal` as a copy."""
    first, second = _two_dims(dim1, dim2, input._array.ndim)
    return _diagonal_copy(input, offset, first, second, out=out)


@linear(node="DiagEmbedBackward0", input=lambda grad, offset, dim1, dim2: _seen(grad, offset, dim1, dim2))
def _diag_embed(input: V, offset: Count, dim1: int, dim2: int) -> V:
    length = input.shape[-1] + abs(offset)
    shape = list(input.shape[:-1])
    for dim in sorted((dim1, dim2)):
        shape.insert(dim, length)
    return on_diagonal(input, offset, dim1, dim2, tuple(shape))


@asks_for_tensors
def diag_embed(input: V, offset: int = 0, dim1: int = -2, dim2: int = -1) -> V:
    """The last axis laid on a diagonal of two new axes `dim1` and `dim2`, zeros elsewhere.

    >>> import pullback as torch
    >>> torch.diag_embed(torch.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    ndim = input._array.ndim
    if not ndim:
        wrap_dim(dim1, 0)
    first, second = _two_dims(dim1, dim2, ndim + 1)
    return _diag_embed(input, offset, first, second)


@asks_for_tensors
def diag(input: V, diagonal: int = 0, *, out: Any = None) -> V:
    """A vector laid on a diagonal of a square matrix, or a diagonal of a matrix, copied.

    Raises ``RuntimeError`` for other numbers of axes.

    >>> import pullback as torch
    >>> torch.diag(torch.tensor([1, 2])), torch.diag(torch.tensor([[1, 2], [3, 4]]), 1)
    (tensor([[1, 0],
            [0, 2]]), tensor([2]))
    """
    ndim = input._array.ndim
    if ndim == 1:
        return _diag_embed(input, diagonal, 0, 1, out=out)
    if ndim == 2:
        return _diagonal_copy(input, diagonal, 0, 1, out=out)
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {ndim}D")


@asks_for_tensors
def diagflat(input: V, offset: int = 0) -> V:
    """All elements laid on a diagonal of a square matrix."""
    return _diag_embed(reshape(input, -1), offset, 0, 1)


@linear(
    node="DiagonalScatterBackward0",
    input=lambda grad, offset, dim1, dim2: replaced_diagonal(grad, _ZERO, offset, dim1, dim2),
    src=lambda grad, offset, dim1, dim2: _seen(grad, offset, dim1, dim2),
)
def _diagonal_scatter(input: V, src: V, offset: int, dim1: int, dim2: int) -> V:
    return replaced_diagonal(input, src, offset, dim1, dim2)


@asks_for_tensors
def diagonal_scatter(input: V, src: V, offset: int = 0, dim1: int = 0, dim2: int = 1) -> V:
    """A copy of `input` with `src` on a diagonal. Raises ``RuntimeError`` if the shapes do not fit."""
    first, second = _two_dims(dim1, dim2, input._array.ndim)
    wanted = _seen(np.broadcast_to(_ZERO, input._array.shape), offset, first, second).shape
    if src._array.shape != wanted:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src._array.shape)}, slice size = {list(wanted)}"
        )
    return _diagonal_scatter(input, src, offset, first, second)


@general(
    node="TraceBackward0",
    input=lambda grad, input_shape: on_diagonal(
        expand(_reshaped(grad, (1,)), (min(input_shape),)), 0, 0, 1, input_shape
    ),
    jvp=lambda d_input: trace(d_input),
)
def _trace(input: V) -> V:
    total = add_reduce(_seen(input, 0, 0, 1), None)
    return cast(total, dtypes.int64.numpy) if total.dtype.kind == "u" else total


@asks_for_tensors
def trace(input: V) -> V:
    """The sum of the main diagonal of a matrix; int64 for integers.

    >>> import pullback as torch
    >>> torch.trace(torch.tensor([[1, 2], [3, 4]]))
    tensor(5)
    """
    if input._array.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input._array.ndim}")
    if input._array.dtype.kind == "b":
        raise NotImplementedError(f"\"trace\" not implemented for '{spoken(input._array.dtype)}'")
    return _trace(input)


@linear(node="TriuBackward0", input=lambda grad, diagonal: np.triu(grad, diagonal))
def triu(input: V, diagonal: int = 0) -> V:
    """The upper triangle of each matrix, from diagonal `diagonal` on; zeros below.

    >>> import pullback as torch
    >>> torch.ones(2, 2).triu()
    tensor([[1., 1.],
            [0., 1.]])
    """
    if input.ndim < 2:
        raise RuntimeError("triu: input tensor must have at least 2 dimensions")
    return np.triu(input, diagonal)


@linear(node="TrilBackward0", input=lambda grad, diagonal: np.tril(grad, diagonal))
def tril(input: V, diagonal: int = 0) -> V:
    """The lower triangle of each matrix, up to diagonal `diagonal`; zeros above.

    >>> import pullback as torch
    >>> torch.ones(2, 2).tril()
    tensor([[1., 0.],
            [1., 1.]])
    """
    if input.ndim < 2:
        raise RuntimeError("tril: input tensor must have at least 2 dimensions")
    return np.tril(input, diagonal)


triu_, tril_ = in_place(triu, sharing=ANYHOW), in_place(tril, sharing=ANYHOW)


def _triangle(name: str, row: int, col: int, offset: int, dtype: Any) -> Any:
    for what, value in (("row", row), ("col", col)):
        if value < 0:
            raise RuntimeError(f"{what} must be non-negative, got{value}")
    kind = dtypes.int64.numpy if dtype is None else dtype.numpy
    if kind not in (np.int64, np.int32):
        raise NotImplementedError(f"\"{name}\" not implemented for '{spoken(kind)}'")
    return wrap(np.array(getattr(np, name)(row, offset, col), kind))


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None
) -> Any:
    """The row and column positions of the lower triangle of a matrix, shape ``(2, n)``, int64 by default.

    >>> tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return _triangle("tril_indices", row, col, offset, dtype)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None
) -> Any:
    """The row and column positions of the upper triangle of a matrix, shape ``(2, n)``, int64 by default."""
    return _triangle("triu_indices", row, col, offset, dtype)


@linear(node="DiagonalBackwardBackward0", input=lambda grad, offset, dim1, dim2: _seen(grad, offset, dim1, dim2))
def on_diagonal_tensor(input: V, offset: int, dim1: int, dim2: int, shape: tuple[int, ...]) -> V:
    """Zeros of `shape` with `input` on a diagonal."""
    return on_diagonal(input, offset, dim1, dim2, shape)


def replaced_diagonal_tensor(input: V, values: Any, offset: int, dim1: int, dim2: int) -> V:
    """A copy of `input` with `values`, a tensor or an array, on a diagonal."""
    values = values if hasattr(values, "_array") else wrap(values.astype(input._array.dtype))
    return _diagonal_scatter(input, values, offset, dim1, dim2)
