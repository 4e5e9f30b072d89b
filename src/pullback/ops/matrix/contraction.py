"""Products that pair up chosen axes: outer, inner, over several axes, Kronecker's."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from pullback.arrays.strides import in_format, is_contiguous
from pullback.graph.out import store
from pullback.graph.tensor_base import TensorBase
from pullback.ops.dims import wrap_dim
from pullback.ops.matrix.products import dot, mm
from pullback.ops.pointwise.arithmetic import mul
from pullback.ops.reduction.sums import sum as sum_
from pullback.ops.shape.axes import permute
from pullback.ops.shape.reshape import _unsafe_view, reshape, view
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


def outer(input: V, vec2: V, *, out: V | None = None) -> V:
    """Every element of one vector times every element of another.

    Shapes: ``(n), (m) -> (n, m)``. Dtypes promote. Raises ``RuntimeError`` for what is not a vector.

    >>> import pullback as torch
    >>> torch.outer(torch.tensor([1, 2]), torch.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """
    for name, vector in (("self", input), ("vec2", vec2)):
        if not isinstance(vector, TensorBase):
            raise TypeError(
                f"outer(): argument '{name}' (position {1 + (vector is vec2)}) must be Tensor, not {type(vector).__name__}"
            )
        if vector._array.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {vector._array.ndim}-D")
    result = mul(view(input, (input._array.shape[0], 1)), vec2)
    return result if out is None else store("outer", out, result)


def ger(input: V, vec2: V, *, out: V | None = None) -> V:
    """`outer` under its BLAS name."""
    return outer(input, vec2, out=out)


@asks_for_tensors
def inner(input: V, other: V, *, out: V | None = None) -> V:
    """Sums of products over the last axis of both operands; a plain product if one has no axes.

    Shapes: ``(*a, n), (*b, n) -> (*a, *b)``. Both of one dtype. Raises ``RuntimeError`` where sizes do not fit.

    >>> import pullback as torch
    >>> torch.inner(torch.ones(2, 3), torch.ones(4, 3)).shape
    torch.Size([2, 4])
    """
    a, b = input._array.shape, other._array.shape
    if not a or not b:
        return mul(input, other, out=out)
    if a[-1] != b[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(a)} and {list(b)}"
        )
    result = _contract(input, other, (len(a) - 1,), (len(b) - 1,))
    return result if out is None else store("tensordot", out, result)


def tensordot(a: V, b: V, dims: Any = 2, out: V | None = None) -> V:
    """Sums of products over chosen axes of both operands.

    Args:
        dims: how many axes to sum, the last ones of `a` with the first ones of `b`; or two lists that name them.

    The result has the other axes of `a`, then those of `b`. Both of one dtype. Raises ``RuntimeError`` where sizes do not
    fit.

    >>> import pullback as torch
    >>> torch.tensordot(torch.ones(2, 3, 4), torch.ones(4, 3, 5), dims=([1, 2], [1, 0])).shape
    torch.Size([2, 5])
    """
    left, right = _dims(a, b, dims)
    result = _contract(a, b, left, right)
    return result if out is None else store("tensordot", out, result)


def _dims(a: Any, b: Any, dims: Any) -> tuple[Sequence[int], Sequence[int]]:
    if isinstance(dims, TensorBase):
        dims = dims.tolist()  # type: ignore[attr-defined]
    if isinstance(dims, (tuple, list)):
        left, right = dims
        return (left if isinstance(left, (tuple, list)) else [left]), (
            right if isinstance(right, (tuple, list)) else [right]
        )
    if not isinstance(dims, int):
        raise RuntimeError(
            "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] containing two lists, but "
            f"got dims={dims}"
        )
    if dims < 0:
        raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
    if dims > min(a._array.ndim, b._array.ndim):
        raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
    return list(range(-dims, 0)), list(range(dims))


def _contract(a: Any, b: Any, left: Sequence[int], right: Sequence[int]) -> Any:
    """Sum over the axes `left` of `a` and `right` of `b`, by one product of matrices."""
    if len(left) != len(right):
        raise RuntimeError("both dimension lists should have same length")
    if a._array.dtype != b._array.dtype:
        raise RuntimeError("both inputs should have same dtype")
    first = [wrap_dim(dim, a._array.ndim) for dim in left]
    second = [wrap_dim(dim, b._array.ndim) for dim in right]
    for n, m, i, j in zip(first, second, left, right):
        long, wide = a._array.shape[n], b._array.shape[m]
        if wide == 1 != long:
            a = sum_(a, n, keepdim=True)
        elif long == 1 != wide:
            b = sum_(b, m, keepdim=True)
        elif long != wide:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {long} in dim {i} and second has size "
                f"{wide} in dim {j}"
            )
    rows = [axis for axis in range(a._array.ndim) if axis not in first]
    columns = [axis for axis in range(b._array.ndim) if axis not in second]
    shape = [a._array.shape[axis] for axis in rows] + [b._array.shape[axis] for axis in columns]
    depth = prod(a._array.shape[axis] for axis in first)
    stood, lain = permute(a, [*rows, *first]), permute(b, [*second, *columns])
    if not rows and not columns:
        if len(first) != 1:
            stood, lain = reshape(stood, (depth,)), reshape(lain, (depth,))
        return view(dot(stood, lain), shape)
    size, width = prod(shape[: len(rows)]), prod(shape[len(rows) :])
    return view(mm(reshape(stood, (size, depth)), reshape(lain, (depth, width))), shape)


def _channels_last(*arrays: Any) -> bool:
    if any(each.__class__ is not np.ndarray for each in arrays) or all(each.flags.c_contiguous for each in arrays):
        return False
    return all(is_contiguous(each, "channels_last") for each in arrays)


@asks_for_tensors
def kron(input: V, other: V, *, out: V | None = None) -> V:
    """Kronecker product: every element of `input` replaced by itself times the whole of `other`.

    Shapes: ``(a1, a2, …), (b1, b2, …) -> (a1 b1, a2 b2, …)``, missing leading axes counting as length 1. Dtypes promote.

    >>> import pullback as torch
    >>> torch.kron(torch.tensor([1, 10]), torch.tensor([1, 2, 3]))
    tensor([ 1,  2,  3, 10, 20, 30])
    """
    if not isinstance(other, TensorBase):
        raise TypeError(f"kron(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}")
    rank = max(input._array.ndim, other._array.ndim)
    a = (1,) * (rank - input._array.ndim) + input._array.shape
    b = (1,) * (rank - other._array.ndim) + other._array.shape
    spread = tuple([size for n in a for size in (n, 1)])
    repeated = tuple([size for n in b for size in (1, n)])
    product = mul(_unsafe_view(input, spread), _unsafe_view(other, repeated))
    result = _unsafe_view(product, tuple([n * m for n, m in zip(a, b)]))
    if rank == 4 and _channels_last(input._array, other._array):
        result._array = in_format(result._array, "channels_last")
    return result if out is None else store("kron", out, result)
