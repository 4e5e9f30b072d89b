"""Sums of exponentials: logsumexp, softmax, log_softmax."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import exponential
from pullback.arrays.reductions import add_over, kept
from pullback.arrays.vocabulary import add_reduce, cast
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.ops.dims import wrap_dim
from pullback.ops.numpy_words import numpy_names
from pullback.ops.reduction.names import axes_of, numpy_dtype
from pullback.ops.typing import Dim, V


def _log_sum_exp_rule(grad: Any, input: Any, result: Any, dim: Dim, keepdim: bool) -> Any:
    axes = axes_of(dim, input.ndim)
    shape = input.shape
    return exponential.log_sum_exp_vjp(kept(grad, shape, axes, keepdim), input, kept(result, shape, axes, keepdim))


@numpy_names
@general(promotes=True, floats=True, input=_log_sum_exp_rule)
def logsumexp(input: V, dim: Dim, keepdim: bool = False) -> V:
    """Logarithm of the sum of exponentials over `dim`, computed without overflow.

    Shapes: the axes `dim` go, or stay at length 1 with `keepdim`. Integers become the default dtype.

    >>> import pullback as torch
    >>> torch.tensor([1000., 1000.]).logsumexp(0)
    tensor(1000.6932)
    """
    if dim is None:
        raise TypeError("logsumexp(): argument 'dim' (position 2) must be tuple of ints, not NoneType")
    return exponential.log_sum_exp(input, axes_of(dim, input.ndim), keepdim)


def _axis(dim: int, ndim: int, name: str) -> tuple[int, ...] | None:
    if not hasattr(dim, "__index__"):
        raise TypeError(f"{name}(): argument 'dim' (position 2) must be int, not {type(dim).__name__}")
    return (wrap_dim(dim, ndim),) if ndim else axes_of((dim,), 0)


def _floating(array: Any, dtype: Any, axis: tuple[int, ...] | None, name: str) -> Any:
    """The operand in `dtype`; ``NotImplementedError``, as PyTorch names its kernels, if it is not floating then."""
    if dtype is not None:
        array = cast(array, numpy_dtype(dtype))
    if array.dtype.kind in "biuc":
        where = "" if axis and axis[0] < array.ndim - 1 else "lastdim_"
        raise NotImplementedError(f"\"{name}_{where}kernel_impl\" not implemented for '{spoken(array.dtype)}'")
    if array.__class__ is np.ndarray and not array.flags.c_contiguous:
        return array.copy(order="C")  # the result lies in C order too, whatever the order of the input
    return array


def _softmax_vjp_rule(grad: Any, grad_output: Any, output: Any, dim: int) -> Any:
    axis = _axis(dim, output.ndim, "softmax")
    along, across = add_over(grad_output * output, axis, True), add_over(grad * output, axis, True)
    return grad * grad_output - grad * along - grad_output * across


@general(
    node="SoftmaxBackwardDataBackward0",
    grad_output=lambda grad, output, dim: exponential.softmax_vjp(grad, output, _axis(dim, output.ndim, "softmax")),
    output=_softmax_vjp_rule,
)
def _softmax_backward_data(grad_output: V, output: V, dim: int, input_dtype: Any) -> V:
    """The cotangent through `softmax`, from that of its `output`."""
    return exponential.softmax_vjp(grad_output, output, _axis(dim, output.ndim, "softmax"))


def _softmax_rule(grad: Any, result: Any, dim: int) -> Any:
    return exponential.softmax_vjp(grad, result, _axis(dim, result.ndim, "softmax"))


def _log_softmax_push(d_input: Any, result: Any, dim: int) -> Any:
    axis = _axis(dim, result.ndim, "log_softmax")
    return d_input - add_reduce(np.exp(result) * d_input, axis, True)


@numpy_names
@general(
    input=_softmax_rule, jvp=lambda d_input, result, dim: _softmax_rule(d_input, result, dim)
)  # a symmetric matrix
def softmax(input: V, dim: int, dtype: Any = None) -> V:
    """Exponentials along `dim`, divided by their sum: positive numbers that add to 1.

    Shapes: ``(*) -> (*)``. Floating dtypes, or those converted to `dtype` first; a row of -inf gives NaN.
    Raises ``IndexError`` for an axis out of range, ``NotImplementedError`` for integers.

    >>> import pullback as torch
    >>> torch.tensor([0., 0., 0., 0.]).softmax(0)
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    axis = _axis(dim, input.ndim, "softmax")
    return exponential.softmax(_floating(input, dtype, axis, "softmax"), axis)


@numpy_names
@general(
    input=lambda grad, result, dim: exponential.log_softmax_vjp(grad, result, _axis(dim, result.ndim, "log_softmax")),
    jvp=_log_softmax_push,
)
def log_softmax(input: V, dim: int, dtype: Any = None) -> V:
    """Logarithm of `softmax`, in the form that keeps small probabilities exact.

    >>> import pullback as torch
    >>> torch.tensor([0., 100.]).log_softmax(0)
    tensor([-100.,    0.])
    """
    axis = _axis(dim, input.ndim, "log_softmax")
    return exponential.log_softmax(_floating(input, dtype, axis, "log_softmax"), axis)
