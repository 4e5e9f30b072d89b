"""Mean pooling: windows of the last axes, each replaced by its mean."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from pullback.arrays.products import is_half
from pullback.arrays.vocabulary import cast
from pullback.arrays.windows import Ints, crop, pad, spread_windows, sum_windows
from pullback.graph.operator import general, linear
from pullback.graph.out import store
from pullback.graph.tensor_base import wrap
from pullback.ops.formats import like
from pullback.ops.neural.pooling_arguments import check_kind, int_tuple, plan_of
from pullback.ops.shape.singletons import squeeze, unsqueeze
from pullback.ops.typing import Scalar, V
from pullback.ops.wrong_types import asks_for_tensors

_SINGLE = np.dtype("f4")


def _mean(input: Any, divisor: Any, kernel: Ints, stride: Ints, padding: Ints, after: Ints) -> Any:
    dtype = input.dtype
    if is_half(input):
        input = cast(input, _SINGLE)
    total = sum_windows(pad(input, padding, after), kernel, stride)
    if dtype.kind in "iu":
        return np.trunc(total / divisor).astype(dtype)
    total = total / divisor
    return total if total.dtype == dtype else cast(total, dtype)


def _mean_rule(grad: V, divisor: V, kernel: Ints, stride: Ints, padding: Ints, after: Ints, input_shape: Ints) -> V:
    sizes = input_shape[len(input_shape) - len(kernel) :]
    padded = tuple([p + n + a for p, n, a in zip(padding, sizes, after)])
    return crop(spread_windows(grad / divisor, padded, kernel, stride), padding, sizes)


@linear(
    node="AvgPool2DBackward0",
    input=lambda grad, kernel, stride, input_shape: spread_windows(grad, input_shape[-len(kernel) :], kernel, stride),
)
def add_windows(input: V, kernel: Ints, stride: Ints) -> V:
    """`sum_windows` on tensors."""
    return sum_windows(input, kernel, stride)


@linear(node="AvgPool2DBackwardBackward0", input=lambda grad, kernel, stride: sum_windows(grad, kernel, stride))
def spread_over_windows(input: V, sizes: Ints, kernel: Ints, stride: Ints) -> V:
    """`spread_windows` on tensors: what a backward pass that records runs."""
    return spread_windows(input, sizes, kernel, stride)


@general(node="AvgPool2DBackward0", input=_mean_rule)
def _avg_pool2d(input: V, divisor: V | Scalar, kernel: Ints, stride: Ints, padding: Ints, after: Ints) -> V:
    return _mean(input, divisor, kernel, stride, padding, after)


@general(node="AvgPool3DBackward0", input=_mean_rule)
def _avg_pool3d(input: V, divisor: V | Scalar, kernel: Ints, stride: Ints, padding: Ints, after: Ints) -> V:
    return _mean(input, divisor, kernel, stride, padding, after)


def _avg_pool(
    name: str,
    rank: int,
    input: Any,
    kernel: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    include_pad: bool,
    divisor: Any,
) -> Any:
    if divisor is not None and divisor == 0:
        raise RuntimeError("divisor must be not zero")
    shape = input._array.shape
    if rank == 2 and len(shape) < 3:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-max(len(shape), 1)}, {max(len(shape), 1) - 1}], but "
            "got -3)"
        )
    plan = plan_of(name, rank, input, kernel, stride, padding, 1, ceil_mode)
    if input._array.dtype != np.int64:
        check_kind(name, input._array, "fV")
    by = divisor
    if divisor is None:
        by = _divisor(shape[-rank:], plan.counts, plan.kernel, plan.stride, plan.padding, include_pad)
    if isinstance(by, np.ndarray):
        by = wrap(by.astype(_SINGLE if is_half(input._array) else input._array.dtype))
    run = _avg_pool3d if rank == 3 else _avg_pool2d
    return like(run(input, by, plan.kernel, plan.stride, plan.padding, plan.after), input)


@lru_cache(maxsize=256)
def _divisor(sizes: Ints, counts: Ints, kernel: Ints, stride: Ints, padding: Ints, include_pad: bool) -> Any:
    """By how many elements each window's sum is divided: a number if all are alike, else an array over the windows."""
    lengths: Any = 1
    for size, count, k, s, p in zip(sizes, counts, kernel, stride, padding):
        start = np.arange(count) * s - p
        end = np.minimum(start + k, size + p)
        if not include_pad:
            start, end = np.maximum(start, 0), np.minimum(end, size)
        lengths = np.multiply.outer(lengths, end - start)
    first = int(lengths.flat[0])
    return first if (lengths == first).all() else lengths


@asks_for_tensors
def avg_pool1d(
    input: V,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> V:
    """The mean of each window along the last axis of ``(N, C, L)`` or ``(C, L)``.

    Args:
        kernel_size: length of a window.
        stride: step between windows; the window's length by default.
        padding: zeros added at both ends.
        ceil_mode: whether a last window may reach beyond the end.
        count_include_pad: whether padding counts as elements in the mean.

    Raises ``RuntimeError`` for sizes that do not fit.

    >>> import pullback as torch
    >>> torch.nn.functional.avg_pool1d(torch.tensor([[1., 3., 2., 6.]]), 2)
    tensor([[2., 4.]])
    """
    ndim = input._array.ndim
    if ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {ndim}-dimensional tensor for argument #1 'self' (while checking "
            "arguments for avg_pool1d)"
        )
    (size,) = int_tuple("avg_pool1d", "kernel_size", kernel_size, 1)
    (step,) = (size,) if stride is None or stride in ([], ()) else int_tuple("avg_pool1d", "stride", stride, 1)
    (around,) = int_tuple("avg_pool1d", "padding", padding, 1)
    result = _avg_pool(
        "avg_pool2d", 2, unsqueeze(input, -2), (1, size), (1, step), (0, around), ceil_mode, count_include_pad, None
    )
    return squeeze(result, -2)


@asks_for_tensors
def avg_pool2d(
    input: V,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    out: V | None = None,
) -> V:
    """The mean of each window of the last two axes of ``(N, C, H, W)`` or ``(C, H, W)``.

    Parameters as those of `avg_pool1d`, one number or one for each axis; `divisor_override` divides the sums instead of
    the number of elements.

    >>> import pullback as torch
    >>> torch.nn.functional.avg_pool2d(torch.ones(1, 2, 2), 2)
    tensor([[[1.]]])
    """
    result = _avg_pool(
        "avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    return result if out is None else store("avg_pool2d", out, result)


@asks_for_tensors
def avg_pool3d(
    input: V,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    out: V | None = None,
) -> V:
    """The mean of each window of the last three axes of ``(N, C, D, H, W)`` or ``(C, D, H, W)``; see `avg_pool2d`."""
    result = _avg_pool(
        "avg_pool3d", 3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
    return result if out is None else store("avg_pool3d", out, result)
