"""Products: of everything or along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.cumulative import product_vjp
from pullback.arrays.reductions import INT64, is_half, widened
from pullback.arrays.vocabulary import cast, reshape
from pullback.graph.operator import general
from pullback.ops.dims import wrap_dim
from pullback.ops.reduction.names import MISSING, dtype_of_out, numpy_dtype, refuse, said, settle
from pullback.ops.reduction.selection import kept_at
from pullback.ops.typing import V


def _product(array: Any, axis: int | None, keepdim: bool, dtype: Any) -> Any:
    if dtype is not None:
        array = cast(array, dtype)
    elif array.dtype.kind in "biu":
        array = cast(array, INT64)
    if array.dtype.kind == "b":
        return np.logical_and.reduce(array, axis=axis, keepdims=keepdim)
    if is_half(array):
        return cast(np.multiply.reduce(widened(array), axis=axis, keepdims=keepdim), array.dtype)
    return np.multiply.reduce(array, axis=axis, keepdims=keepdim)


def _product_all_rule(grad: Any, input: Any, result: Any) -> Any:
    flat = reshape(input, (-1,))
    return reshape(product_vjp(reshape(grad, (1,)), flat, reshape(result, (1,)), 0), input.shape)


def _product_rule(grad: Any, input: Any, result: Any, dim: int, keepdim: bool) -> Any:
    shape = input.shape
    if not shape:
        return grad
    axis = wrap_dim(dim, len(shape))
    return product_vjp(kept_at(grad, shape, axis, keepdim), input, kept_at(result, shape, axis, keepdim), axis)


@general(node="ProdBackward0", input=_product_all_rule)
@said("prod")
def _prod_all(input: V, dtype: Any = None) -> V:
    return _product(input, None, False, dtype)


@general(node="ProdBackward1", input=_product_rule)
@said("prod")
def _prod_dim(input: V, dim: int, keepdim: bool = False, dtype: Any = None) -> V:
    axis = wrap_dim(dim, input.ndim)
    return _product(input, axis if input.ndim else None, keepdim, dtype)


def prod(input: V, dim: int = MISSING, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **names: Any) -> V:
    """Product of all elements, or along one `dim`. Integers and booleans multiply to int64; of nothing it is
    1.

    The derivative is exact where factors are zero.

    >>> import pullback as torch
    >>> torch.tensor([[1., 2.], [3., 4.]]).prod(0)
    tensor([3., 8.])
    """
    if names:
        dim, keepdim = settle("prod", names, dim, keepdim)
    if dtype is not None:
        dtype = numpy_dtype(dtype)
    if out is not None:
        dtype = dtype_of_out(dtype, out)
    if dim is MISSING:
        if keepdim:
            raise refuse("prod", keepdim=keepdim)
        return _prod_all(input, dtype, out=out)
    if not hasattr(dim, "__index__"):
        raise refuse("prod", dim=dim)
    if not isinstance(keepdim, (bool, np.bool_)):
        raise TypeError(f"prod(): argument 'keepdim' (position 2) must be bool, not {type(keepdim).__name__}")
    return _prod_dim(input, dim, keepdim, dtype, out=out)
