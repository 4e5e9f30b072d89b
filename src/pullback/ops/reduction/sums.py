"""Sums and means, plain and without the NaNs."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.reductions import DIRECT, add_over, count_over, is_half, spread, widened
from pullback.arrays.vocabulary import cast
from pullback.graph.inplace import spoken
from pullback.graph.operator import general, linear, operator_of
from pullback.graph.out import store
from pullback.graph.record import LARGE
from pullback.later import later
from pullback.ops.reduction.names import MISSING, axes_of, dtype_of_out, kind_of, numpy_dtype, refuse, said, settle
from pullback.ops.shape.sizes import int_list
from pullback.ops.typing import Dim, Shape, V
from pullback.ops.wrong_types import asks_for_tensors

(totals,) = later("pullback.arrays", "totals")


def _spread(grad: Any, shape: tuple[int, ...], dim: Dim, keepdim: bool) -> Any:
    return spread(grad, shape, axes_of(dim, len(shape)), keepdim)


@linear(node="SumBackward0", input=lambda grad: grad)
@said("sum")
def _sum_all(input: V, dtype: Any = None) -> V:
    if dtype is None and input.dtype in DIRECT:
        return np.add.reduce(input, axis=None)
    return add_over(input, None, False, dtype)


def _sum_large(input: V, dtype: Any = None) -> V:
    found = totals.sum_all(input) if input.size > LARGE and dtype is None else None
    return operator_of(_sum_all).forward(input, dtype) if found is None else found  # type: ignore[no-any-return]


operator_of(_sum_all).large = _sum_large


@linear(
    node="SumBackward1",
    input=lambda grad, input_shape, dim, keepdim: _spread(grad, input_shape, dim, keepdim),
)
@said("sum")
def _sum_dim(input: V, dim: Dim, keepdim: bool = False, dtype: Any = None) -> V:
    return add_over(input, axes_of(dim, input.ndim, "sum"), keepdim, dtype)


def sum(input: V, dim: Dim = MISSING, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **names: Any) -> V:
    """Sum of all elements, or over `dim`.

    Shapes: ``(*) -> ()``; with `dim` those axes go, or stay at length 1 with `keepdim`. Integers and booleans
    sum to int64; half precision accumulates in single; with `dtype` the elements are converted first. The sum
    of nothing is 0. Raises ``IndexError`` for an axis out of range, ``RuntimeError`` for one named twice.

    >>> import pullback as torch
    >>> torch.tensor([[1., 2.], [3., 4.]]).sum(0)
    tensor([4., 6.])
    """
    if names:
        dim, keepdim = settle("sum", names, dim, keepdim)
    if dtype is not None:
        dtype = numpy_dtype(dtype)
    if out is not None:
        dtype = dtype_of_out(dtype, out)
    if dim is MISSING:
        if keepdim:
            raise refuse("sum", keepdim=keepdim)
        return _sum_all(input, dtype, out=out)
    return _sum_dim(input, dim, keepdim, dtype, out=out)


def _mean(array: Any, axes: tuple[int, ...] | None, keepdim: bool, dtype: Any) -> Any:
    if dtype is not None:
        array = cast(array, dtype)
    count = count_over(array.shape, axes)
    if is_half(array):  # divided before it is rounded
        return cast(np.add.reduce(widened(array), axis=axes, keepdims=keepdim) / count, array.dtype)
    if array.dtype.kind not in "fc":
        which = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"mean(): could not infer output dtype. {which} dtype must be either a floating point or complex "
            f"dtype. Got: {spoken(array.dtype)}"
        )
    return np.add.reduce(array, axis=axes, keepdims=keepdim) / count


@linear(node="MeanBackward0", input=lambda grad, input_shape: grad / prod(input_shape))
@said("mean")
def _mean_all(input: V, dtype: Any = None) -> V:
    if dtype is None and input.dtype in DIRECT:
        return np.add.reduce(input, axis=None) / prod(input.shape)
    return _mean(input, None, False, dtype)


def _mean_rule(grad: Any, input_shape: tuple[int, ...], dim: Dim, keepdim: bool) -> Any:
    axes = axes_of(dim, len(input_shape))
    return spread(grad / count_over(input_shape, axes), input_shape, axes, keepdim)


@linear(node="MeanBackward1", input=_mean_rule)
@said("mean")
def _mean_dim(input: V, dim: Dim, keepdim: bool = False, dtype: Any = None) -> V:
    return _mean(input, axes_of(dim, input.ndim, "mean"), keepdim, dtype)


def mean(input: V, dim: Dim = MISSING, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **names: Any) -> V:
    """Mean of all elements, or over `dim`. Floating and complex dtypes (or give `dtype`); shapes as `sum`.

    The mean of nothing is NaN. Raises ``RuntimeError`` for integers and booleans.

    >>> import pullback as torch
    >>> torch.tensor([[1., 2.], [3., 4.]]).mean(1, keepdim=True)
    tensor([[1.5000],
            [3.5000]])
    """
    if names:
        dim, keepdim = settle("mean", names, dim, keepdim)
    if dtype is not None:
        dtype = numpy_dtype(dtype)
        if out is not None:
            dtype = dtype_of_out(dtype, out)
    if dim is MISSING:
        if keepdim:
            raise refuse("mean", keepdim=keepdim)
        return _mean_all(input, dtype, out=out)
    return _mean_dim(input, dim, keepdim, dtype, out=out)


@general(
    node="NansumBackward0",
    input=lambda grad, input, input_shape, dim, keepdim: _spread(grad, input_shape, dim, keepdim) * ~np.isnan(input),
)
def _nansum(input: V, dim: Dim = None, keepdim: bool = False, dtype: Any = None) -> V:
    if input.dtype.kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    axes = axes_of(dim, input.ndim, "nansum")
    if input.dtype.kind in "biu":
        return add_over(input, axes, keepdim, dtype)
    return add_over(np.where(np.isnan(input), 0, input), axes, keepdim, dtype)


def nansum(input: V, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **names: Any) -> V:
    """`sum` that counts NaN as zero; its cotangent does not reach a NaN. Real dtypes.

    >>> import pullback as torch
    >>> torch.tensor([1., float("nan"), 2.]).nansum()
    tensor(3.)
    """
    if names:
        dim, keepdim = settle("nansum", names, dim, keepdim)
    dtype = None if dtype is None else numpy_dtype(dtype)
    if out is not None:
        if input.dtype.kind in "biu":
            return _sum_dim(input, dim, keepdim, dtype_of_out(dtype, out), out=out)
        wanted = dtype_of_out(dtype, out, "nansum: provided dtype must match dtype of result. Got {have} and {want}.")
        dtype = wanted if wanted is not None and wanted.kind not in "biuc" else dtype
    return _nansum(input, dim, keepdim, dtype, out=out)


@asks_for_tensors
def nanmean(input: V, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None, **names: Any) -> V:
    """Mean of the elements that are not NaN; NaN where there are none. Shapes and dtypes as `mean`.

    >>> import pullback as torch
    >>> torch.tensor([[1., float("nan")], [2., 3.]]).nanmean(1)
    tensor([1.0000, 2.5000])
    """
    if names:
        dim, keepdim = settle("nanmean", names, dim, keepdim)
    if out is not None:
        if input.dtype.kind in "biu":
            kinds = "integral types and 'Bool' are not supported for nanmean, even for empty tensors."
            raise RuntimeError(f"nanmean(): {kinds}")
        dtype = getattr(out, "dtype", None) if dtype is None and out._array.dtype.kind not in "biuc" else dtype
    if input.dtype.kind in "biu":
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {kind_of(input)}"
        )
    count = _sum_dim(~np.isnan(input), dim, keepdim)
    result = nansum(input, dim, keepdim, dtype=dtype) / count
    return result if out is None else store("nanmean", out, result)


def sum_to_size(input: V, *sizes: Any, size: Shape | None = None) -> V:
    """The sum over the axes along which `sizes` (or `size`) would be broadcast to the shape of `input`: the inverse
    of `expand`.

    >>> import pullback as torch
    >>> torch.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    shape = int_list(sizes if size is None else (size,), "sum_to_size", "size")
    extra = input.ndim - len(shape)
    if extra < 0 or any(want not in (1, have) for want, have in zip(shape, input.shape[extra:])):
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(input.shape)}}}.")
    if not shape:
        return sum(input)
    if tuple(input.shape) == shape:
        return input
    axes = [n for n in range(input.ndim) if n < extra or shape[n - extra] != input.shape[n]]
    found = sum(input, axes, True)
    return found.view(shape) if extra else found
