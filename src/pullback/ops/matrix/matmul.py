"""`matmul`: one name for every product of vectors, matrices and stacks of matrices.

The rank of the operands chooses among `dot`, `mv`, `mm` and `bmm`; what stands around them are views. A stack times one
matrix is folded into one large product, ``(b, n, m) @ (m, p)`` as ``(b n, m) @ (m, p)``; two stacks are expanded to the
same batch shape and flattened to three axes for `bmm`.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.strides import element_strides, is_contiguous
from pullback.graph.operator import linear
from pullback.graph.out import resize_memory, store
from pullback.graph.tensor_base import TensorBase
from pullback.ops.matrix.checks import broadcast
from pullback.ops.matrix.products import _mm_turned, bmm, dot, mm, mv
from pullback.ops.shape.axes import t, transpose
from pullback.ops.shape.broadcasting import _expand as expand
from pullback.ops.shape.memory import contiguous
from pullback.ops.shape.reshape import _unsafe_view as unsafe_view, reshape
from pullback.ops.shape.singletons import squeeze, unsqueeze
from pullback.ops.typing import V

ndarray = np.ndarray


def matmul(input: V, other: V, *, out: V | None = None) -> V:
    """Matrix product, ``input @ other``.

    Shapes: ``(n), (n) -> ()``; ``(n, m), (m) -> (n)``; ``(n), (n, m) -> (m)``; ``(n, m), (m, p) -> (n, p)``;
    ``(*, n, m), (*, m, p) -> (*, n, p)`` where the axes before the last two broadcast. Both of one dtype, which is
    kept. Raises ``RuntimeError`` where sizes or dtypes do not fit or an operand has no axes.

    >>> import pullback as torch
    >>> torch.matmul(torch.ones(5, 2, 3), torch.ones(3)).shape
    torch.Size([5, 2])
    """
    result = _matmul(input, other)
    return result if out is None else store_product("matmul", out, result, input, other)


def store_product(name: str, out: Any, result: Any, input: Any, other: Any) -> Any:
    """`store`, but for a row times a matrix PyTorch lays an `out` with gaps out anew, and warns."""
    if (input._array.ndim, other._array.ndim) == (1, 2) and isinstance(out, TensorBase):
        if out._array.dtype == result._array.dtype and not is_contiguous(out._array):
            resize_memory(out, result._array.shape)
    return store(name, out, result)


def _matmul(input: Any, other: Any) -> Any:
    try:
        ranks = (input._array.ndim, other._array.ndim)
    except AttributeError:
        return _of_arrays(input, other)
    if ranks == (2, 2):
        return matrices(input, other)
    if ranks == (2, 1):
        return mv(input, other)
    if ranks == (1, 1):
        return dot(input, other)
    if ranks == (1, 2):
        return _squeeze_first(mm(unsqueeze(input, 0), other))
    if 0 in ranks:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {ranks[0]}D and {ranks[1]}D")
    return _stacks(input, other, *ranks)


def _of_arrays(input: Any, other: Any) -> Any:
    """Arrays in, an array out; anything that is neither array nor tensor is refused."""
    for position, (name, value) in enumerate((("input", input), ("other", other)), 1):
        if not isinstance(value, TensorBase) and not hasattr(value, "__array_function__"):
            raise TypeError(
                f"matmul(): argument '{name}' (position {position}) must be Tensor, not {type(value).__name__}"
            )
    return np.matmul(input, other)


def matrices(input: Any, other: Any) -> Any:
    """`mm` in the form whose cotangents have the layout of the operands."""
    turned = other._requires_grad and is_turned(other._array)
    return _mm_turned(input, other) if turned else mm(input, other)


def is_turned(array: Any) -> bool:
    """Whether a matrix lies in memory column by column, as the transpose of a contiguous one does."""
    return array.__class__ is np.ndarray and array.ndim == 2 and array.strides[0] < array.strides[1]


@linear(node="SqueezeBackward4", input=lambda grad: grad[None])
def _squeeze_first(input: V) -> V:
    return input[0]


def _stacks(input: Any, other: Any, rank: int, other_rank: int) -> Any:
    """A product in which an operand has three or more axes: folded where that makes no copy that `bmm` would not.

    If the small operand needs a gradient, folding is worth a copy: its gradient is then one product, not a stack of
    products to be summed.
    """
    turned = rank < other_rank or (rank == other_rank == 3 and input._array.shape[0] == 1 != other._array.shape[0])
    large, small = (other, input) if turned else (input, other)
    if rank == other_rank == 3 and small._array.shape[0] == 1 != large._array.shape[0] and small.requires_grad:
        small = squeeze(small, 0)
    if small._array.ndim > 2:
        return _expand(input, other)
    if turned and small._array.ndim == 2:  # the folded result comes transposed
        if small.requires_grad or large._array.size == 0:
            return contiguous(transpose(_fold(transpose(large, -1, -2), t(small)), -1, -2))
        return _expand(input, other)
    large = transpose(large, -1, -2) if turned else large
    if small.requires_grad or large._array.size == 0 or _folds(large._array):
        return _fold(large, small)
    return _expand(input, other)


def _fold(large: Any, small: Any) -> Any:
    """The stack as one tall matrix, times a matrix or vector."""
    *rows, columns = large._array.shape
    tall = reshape(large, (prod(rows), columns))
    if small._array.ndim == 1:
        return unsafe_view(mv(tall, small), tuple(rows))
    return unsafe_view(matrices(tall, small), (*rows, small._array.shape[1]))


def _folds(array: Any) -> bool:
    """Whether the axes before the last lie in memory as one, so that folding makes no copy."""
    if not isinstance(array, np.ndarray):
        return False
    strides = element_strides(array)
    return all(strides[axis] == strides[axis + 1] * array.shape[axis + 1] for axis in range(array.ndim - 2))


def _expand(input: Any, other: Any) -> Any:
    """Both operands with all batch axes, flattened to one, for `bmm`."""
    a, b = input._array.shape, other._array.shape
    rows, inner = a[-2:] if len(a) > 1 else (1, a[0])
    depth, columns = b[-2:] if len(b) > 1 else (b[0], 1)
    batch = broadcast(a[:-2], b[:-2])
    count = prod(batch)
    left = reshape(expand(input, (*batch, rows, inner)), (count, rows, inner))
    if len(b) == 1:
        other = unsqueeze(other, 1)
    right = reshape(expand(other, (*batch, depth, columns)), (count, depth, columns))
    result = bmm(left, right)
    if len(b) == 1:
        result = squeeze(result, -1)
    return unsafe_view(result, (*batch, *((rows,) if len(a) > 1 else ()), *((columns,) if len(b) > 1 else ())))


def matmul_operator(input: Any, other: Any) -> Any:
    """``input @ other``; what is neither tensor nor array is left to the other operand."""
    if isinstance(other, TensorBase):
        array = other._array
        if input._array.ndim == 2:
            if array.ndim == 2:
                if other._requires_grad and array.__class__ is ndarray and array.strides[0] < array.strides[1]:
                    return _mm_turned(input, other)
                return mm(input, other)
            if array.ndim == 1:
                return mv(input, other)
        return _matmul(input, other)
    return NotImplemented


def matmul_reversed(input: Any, other: Any) -> Any:
    """``other @ input`` where `other` does not know tensors."""
    if isinstance(other, TensorBase):
        return _matmul(other, input)
    return NotImplemented
