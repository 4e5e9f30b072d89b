"""Running sums, products, extremes and sums of exponentials along one axis."""

from __future__ import annotations

from functools import wraps
from typing import Any

import numpy as np

from pullback.arrays import cumulative
from pullback.arrays.along import pick_along, spread_along
from pullback.arrays.cumulative import accumulator, delayed
from pullback.arrays.dtypes import from_numpy
from pullback.arrays.vocabulary import conj
from pullback.graph.inplace import spoken
from pullback.graph.operator import general, linear
from pullback.graph.tensor_base import TensorBase
from pullback.ops.dims import wrap_dim
from pullback.ops.numpy_words import numpy_names
from pullback.ops.reduction.names import numpy_dtype
from pullback.ops.typing import V
from pullback.return_types import return_type

CUMMAX, CUMMAX_OUT = (
    return_type("cummax", "values", "indices"),
    return_type("cummax_out", "values", "indices"),
)
CUMMIN, CUMMIN_OUT = (
    return_type("cummin", "values", "indices"),
    return_type("cummin_out", "values", "indices"),
)


def _operand(array: Any, dtype: Any) -> Any:
    return accumulator(array, None if dtype is None else numpy_dtype(dtype))


def _in_the_dtype_of_out(function: Any) -> Any:
    """Let a running sum or product be taken in the dtype of ``out=``, unless `dtype` says otherwise."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        out = kwargs.get("out")
        if isinstance(out, TensorBase) and kwargs.get("dtype") is None:
            kwargs["dtype"] = from_numpy(out._array.dtype)
        return function(*args, **kwargs)

    return call


@numpy_names
@_in_the_dtype_of_out
@linear(input=lambda grad, dim: cumulative.running_sum_from_end(grad, wrap_dim(dim, grad.ndim)))
def cumsum(input: V, dim: int, *, dtype: Any = None) -> V:
    """Sum of the elements up to each one along `dim`.

    Shapes: ``(*) -> (*)``. Integers and booleans sum to int64; with `dtype` the elements are converted first.

    >>> import pullback as torch
    >>> torch.tensor([1., 2., 3.]).cumsum(0)
    tensor([1., 3., 6.])
    """
    return cumulative.running_sum(_operand(input, dtype), wrap_dim(dim, input.ndim))


def _cumprod_rule(grad: Any, input: Any, result: Any, dim: int) -> Any:
    return cumulative.running_product_vjp(grad, input, result, wrap_dim(dim, grad.ndim)) if grad.ndim else grad


@numpy_names
@_in_the_dtype_of_out
@general(input=_cumprod_rule)
def cumprod(input: V, dim: int, *, dtype: Any = None) -> V:
    """Product of the elements up to each one along `dim`; dtypes as `cumsum`. The derivative is exact at
    zeros.

    >>> import pullback as torch
    >>> torch.tensor([1., 2., 3.]).cumprod(0)
    tensor([1., 2., 6.])
    """
    return cumulative.running_product(_operand(input, dtype), wrap_dim(dim, input.ndim))


def _log_sum_exp_rule(grad: Any, input: Any, result: Any, dim: int) -> Any:
    """Weights ``exp(input[j] - result[i])``, i >= j, as a recurrence: each ``exp`` is of a number below 0."""
    if not grad.ndim:
        return grad
    axis = wrap_dim(dim, grad.ndim)
    before = delayed(result, axis)
    factors = np.where(np.isinf(before), 0, np.exp(before - result))
    share = np.where(np.isinf(result), 0, np.exp(input - result))
    return conj(share) * cumulative.recurrence_from_end(conj(factors), grad, axis)


@numpy_names
@general(input=_log_sum_exp_rule)
def logcumsumexp(input: V, dim: int) -> V:
    """Logarithm of the running sum of exponentials along `dim`, without overflow. Floating and complex
    dtypes.

    >>> import pullback as torch
    >>> torch.tensor([1000., 1000.]).logcumsumexp(0)
    tensor([1000.0000, 1000.6932])
    """
    if input.dtype.kind in "biu":
        raise NotImplementedError(f"\"logcumsumexp_out_cpu\" not implemented for '{spoken(input.dtype)}'")
    return cumulative.running_log_sum_exp(input, wrap_dim(dim, input.ndim))


def _extreme_rule(grad: Any, results: Any, dim: int) -> Any:
    if not grad.ndim:
        return grad
    axis = wrap_dim(dim, grad.ndim)
    return spread_along(grad, results[1], axis, grad.shape)


def _extreme_tangent(d_input: Any, results: Any, dim: int) -> Any:
    if not d_input.ndim:
        return d_input, None
    return pick_along(d_input, results[1], wrap_dim(dim, d_input.ndim)), None


def _extreme(array: Any, dim: int, name: str) -> Any:
    if array.dtype.kind == "c":
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{spoken(array.dtype)}'")
    return cumulative.running_extreme(array, wrap_dim(dim, array.ndim), name == "cummin")


@general(outputs=2, input=_extreme_rule, jvp=_extreme_tangent, uses=(1,))
def _cummax(input: V, dim: int) -> tuple[V, V]:
    return _extreme(input, dim, "cummax")


@general(outputs=2, input=_extreme_rule, jvp=_extreme_tangent, uses=(1,))
def _cummin(input: V, dim: int) -> tuple[V, V]:
    return _extreme(input, dim, "cummin")


@numpy_names
def cummax(input: V, dim: int, *, out: Any = None) -> Any:
    """The largest element up to each one along `dim`, and its index (the latest of equals): ``(values,
    indices)``.

    >>> import pullback as torch
    >>> torch.tensor([1., 3., 2.]).cummax(0).values
    tensor([1., 3., 3.])
    """
    return CUMMAX(*_cummax(input, dim)) if out is None else CUMMAX_OUT(*_cummax(input, dim, out=out))


@numpy_names
def cummin(input: V, dim: int, *, out: Any = None) -> Any:
    """The smallest element up to each one along `dim`, and its index (the latest of equals), as `cummax`.

    >>> import pullback as torch
    >>> torch.tensor([3., 1., 2.]).cummin(0).indices
    tensor([0, 1, 1])
    """
    return CUMMIN(*_cummin(input, dim)) if out is None else CUMMIN_OUT(*_cummin(input, dim, out=out))
