"""Sums and softmax over the values that are there: what is not kept does not count."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.sparse import COO, unsupported
from pullback.graph.operator import general
from pullback.graph.tensor_base import TensorBase
from pullback.ops.dims import wrap_dims
from pullback.ops.reduction.sums import sum as dense_sum
from pullback.ops.typing import Dim, V
from pullback.sparse.parts import coalesce
from pullback.sparse.places import is_sparse, read, values_of


def _spread(grad: Any, input: Any, axes: tuple[int, ...]) -> Any:
    """Each place of `input` gets the cotangent of the place that it was added to."""
    _first_order("sparse.sum", grad)
    sparse = input.sparse_dim
    left = [axis for axis in range(sparse) if axis not in axes]
    inner = tuple(axis - sparse + 1 for axis in axes if axis >= sparse)
    if left:
        shape = tuple(n for axis, n in enumerate(input.shape) if axis not in axes)
        values = read(grad, COO(input.indices[left], input.values, shape))
    else:
        values = np.broadcast_to(grad, (input.nnz, *grad.shape))
    return input.like(np.broadcast_to(np.expand_dims(values, inner), input.values.shape).copy())


def _first_order(name: str, grad: Any) -> None:
    if isinstance(grad, TensorBase):
        raise NotImplementedError(f"the gradient of torch.{name} cannot be differentiated again (create_graph=True)")


@general(node="SparseSumBackward0", input=lambda grad, input, axes: _spread(grad, input, axes))
def _sparse_sum(input: V, axes: tuple[int, ...]) -> V:
    return np.add.reduce(input, axis=axes)


def sum(input: Any, dim: Dim = None, dtype: Any = None) -> Any:
    """The sum of all values, or over `dim`: sparse as long as a sparse axis is left. Its gradient is sparse.

    >>> import pullback as torch
    >>> torch.sparse.sum(torch.eye(2).to_sparse(), dim=0).to_dense()
    tensor([1., 1.])
    """
    if not is_sparse(input):
        raise unsupported("_indices", "strided")
    if dtype is not None:
        input = input.to(dtype)
    if dim is None:
        return dense_sum(values_of(coalesce(input) if input.layout.name == "sparse_coo" else input))
    axes = wrap_dims((dim,) if isinstance(dim, int) else dim, input._array.ndim)
    return _sparse_sum(input, axes) if len(axes) < input._array.ndim else sum(input)


def _pools(array: COO, axis: int) -> tuple[Any, int]:
    """For each value the number of the group that it shares a softmax with, and how many groups there are."""
    others = COO(np.delete(array.indices, axis, 0), array.values, array.shape[:axis] + array.shape[axis + 1 :])
    found, numbers = np.unique(others.keys(), return_inverse=True)
    return numbers.reshape(-1), len(found)


def _pooled(ufunc: Any, start: float, values: Any, pools: Any, count: int) -> Any:
    """`ufunc` over the values of each group, handed back to each value."""
    out = np.full((count, *values.shape[1:]), start, values.dtype)
    ufunc.at(out, pools, values)
    return out[pools]


def _over(array: COO, axis: int) -> Any:
    """A function that reduces values over `axis`, a sparse or a dense one: ``(ufunc, start, values)``."""
    if axis >= array.sparse_dim:
        dense = axis - array.sparse_dim + 1
        return lambda ufunc, start, values: ufunc.reduce(values, axis=dense, keepdims=True)
    pools, count = _pools(array, axis)
    return lambda ufunc, start, values: _pooled(ufunc, start, values, pools, count)


def _softmax_rule(grad: V, result: V, axis: int) -> V:
    _first_order("sparse.softmax", grad)
    y, g = result.values, read(grad, result)
    return result.like(y * (g - _over(result, axis)(np.add, 0, g * y)))


def _log_softmax_rule(grad: V, result: V, axis: int) -> V:
    _first_order("sparse.log_softmax", grad)
    g = read(grad, result)
    return result.like(g - np.exp(result.values) * _over(result, axis)(np.add, 0, g))


@general(node="SparseSoftmaxBackward0", input=_softmax_rule)
def _softmax(input: V, axis: int) -> V:
    array = input.unique()
    over = _over(array, axis)
    powers = np.exp(array.values - over(np.maximum, -np.inf, array.values))
    return array.like(powers / over(np.add, 0, powers))


@general(node="SparseLogSoftmaxBackward0", input=_log_softmax_rule)
def _log_softmax(input: V, axis: int) -> V:
    array = input.unique()
    over = _over(array, axis)
    shifted = array.values - over(np.maximum, -np.inf, array.values)
    return array.like(shifted - np.log(over(np.add, 0, np.exp(shifted))))


def _prepared(input: Any, dim: int, dtype: Any, name: str) -> tuple[Any, int]:
    if getattr(input._array, "layout", None) != "sparse_coo":
        raise unsupported(name, getattr(input._array, "layout", "strided"))
    return (input if dtype is None else input.to(dtype)), wrap_dims((dim,), input._array.ndim)[0]


def softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """Softmax along `dim` over the values that are kept; what is not counts as minus infinity, not as zero."""
    return _softmax(*_prepared(input, dim, dtype, "_sparse_softmax"))


def log_softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The logarithm of `softmax`."""
    return _log_softmax(*_prepared(input, dim, dtype, "_sparse_log_softmax"))
