"""Pooling: windows of the last axes, each replaced by its largest element or its mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.maxima import max_windows, pick_places, spread_places
from pullback.arrays.products import is_half
from pullback.arrays.vocabulary import cast
from pullback.arrays.windows import Ints, crop, pad, spread_windows, sum_windows
from pullback.graph.operator import general, linear
from pullback.graph.out import store
from pullback.graph.tensor_base import wrap
from pullback.ops.neural import pooling_arguments as arguments
from pullback.ops.shape.singletons import squeeze, unsqueeze
from pullback.ops.typing import Scalar, V

_SINGLE = np.dtype("f4")


def _spread(grad: V, results: Any, kernel: Ints, input_shape: Ints) -> V:
    return spread_places(grad, results[1], input_shape[len(input_shape) - len(kernel) :])


@general(node="MaxPool2DWithIndicesBackward0", outputs=2, input=_spread)
def _max_pool2d(input: V, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, counts: Ints) -> V:
    return max_windows(input, kernel, stride, padding, dilation, counts)


@general(node="MaxPool3DWithIndicesBackward0", outputs=2, input=_spread)
def _max_pool3d(input: V, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, counts: Ints) -> V:
    return max_windows(input, kernel, stride, padding, dilation, counts)


@linear(
    node="MaxPool2DWithIndicesBackwardBackward0",
    input=lambda grad, places, sizes: pick_places(grad, places, len(sizes)),
)
def spread_at(input: V, places: V, sizes: Ints) -> V:
    """`spread_places` on tensors: what a backward pass that records runs."""
    return spread_places(input, places, sizes)


@linear(
    node="GatherBackward0",
    input=lambda grad, places, rank, input_shape: spread_places(grad, places, input_shape[-rank:]),
)
def pick_at(input: V, places: V, rank: int) -> V:
    """`pick_places` on tensors."""
    return pick_places(input, places, rank)


def _max_pool(
    name: str, rank: int, input: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil: bool
) -> Any:
    size = arguments.int_tuple(name, "kernel_size", kernel, rank)
    step = size if stride is None or stride == [] or stride == () else arguments.int_tuple(name, "stride", stride, rank)
    around = arguments.int_tuple(name, "padding", padding, rank)
    spacing = arguments.int_tuple(name, "dilation", dilation, rank)
    shape = input._array.shape
    arguments.check_pool(name, size, step, around, spacing)
    arguments.check_input(shape, rank)
    counts = arguments.pooled_sizes(shape[-rank:], size, step, around, spacing, ceil)
    arguments.check_counts(shape[-rank - 1], shape[-rank:], counts)
    arguments.check_kind(name, input._array, "fVui")
    return (_max_pool3d if rank == 3 else _max_pool2d)(input, size, step, around, spacing, counts)


def max_pool1d_with_indices(
    input: V,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> Any:
    """`max_pool1d` and the index of each largest element along the last axis."""
    shape = input._array.shape
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            f"max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(shape)}"
        )
    (size,), (around,), (spacing,) = (
        arguments.int_tuple("max_pool1d", name, value, 1)
        for name, value in (("kernel_size", kernel_size), ("padding", padding), ("dilation", dilation))
    )
    (step,) = (
        (size,) if stride is None or stride in ([], ()) else arguments.int_tuple("max_pool1d", "stride", stride, 1)
    )
    if not return_indices and not input.requires_grad:
        _check_max_pool1d(shape[-1], size, step, around, spacing, ceil_mode)
        arguments.check_kind("max_pool1d_impl", input._array, "fV")
    values, indices = _max_pool(
        "max_pool1d", 2, unsqueeze(input, -2), (1, size), (1, step), (0, around), (1, spacing), ceil_mode
    )
    return squeeze(values, -2), squeeze(indices, -2)


def _check_max_pool1d(length: int, size: int, step: int, around: int, spacing: int, ceil: bool) -> None:
    for name, value in (("kernel_size", size), ("stride", step), ("dilation", spacing)):
        if value <= 0:
            raise RuntimeError(f"max_pool1d() {name} must be greater than zero, but got {value}")
    if around < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {around}")
    if around > (spacing * (size - 1) + 1) // 2:
        raise RuntimeError(
            f"max_pool1d() padding should be at most half of kernel size, but got padding={around} and kernel_size={size}"
        )
    (count,) = arguments.pooled_sizes((length,), (size,), (step,), (around,), (spacing,), ceil)
    if count <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {count}")


def max_pool2d_with_indices(
    input: V,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool2d` and the position of each largest element in its flattened plane."""
    return _max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool3d_with_indices(
    input: V,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool3d` and the position of each largest element in its flattened volume."""
    return _max_pool("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool1d(
    input: V,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window along the last axis of ``(N, C, L)`` or ``(C, L)``.

    Args:
        kernel_size: length of a window.
        stride: step between windows; the window's length by default.
        padding: elements lower than everything that are added at both ends.
        dilation: spacing of the elements inside a window.
        ceil_mode: whether a last window may reach beyond the end.
        return_indices: return a pair of the values and their indices instead.

    The derivative goes to the first of equal elements. Raises ``RuntimeError`` for sizes that do not fit.

    >>> import pullback as torch
    >>> torch.nn.functional.max_pool1d(torch.tensor([[1., 3., 2., 5.]]), 2)
    tensor([[3., 5.]])
    """
    values, indices = max_pool1d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)
    return (values, indices) if return_indices else values


def max_pool2d(
    input: V,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of the last two axes of ``(N, C, H, W)`` or ``(C, H, W)``.

    Parameters as those of `max_pool1d`, one number or one for each axis; indices count through the flattened plane.

    >>> import pullback as torch
    >>> torch.nn.functional.max_pool2d(torch.arange(16.).reshape(1, 4, 4), 2)
    tensor([[[ 5.,  7.],
             [13., 15.]]])
    """
    values, indices = max_pool2d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
    return (values, indices) if return_indices else values


def max_pool3d(
    input: V,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window of the last three axes of ``(N, C, D, H, W)`` or ``(C, D, H, W)``.

    Parameters as those of `max_pool1d`, one number or one for each axis; indices count through the flattened volume.
    """
    values, indices = max_pool3d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
    return (values, indices) if return_indices else values


# --------------------------------------------------------------------------------------------------- means


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
    ceil: bool,
    include_pad: bool,
    divisor: Any,
) -> Any:
    size = arguments.int_tuple(name, "kernel_size", kernel, rank)
    step = size if stride is None or stride == [] or stride == () else arguments.int_tuple(name, "stride", stride, rank)
    around = arguments.int_tuple(name, "padding", padding, rank)
    ones = (1,) * rank
    if divisor == 0 and divisor is not None:
        raise RuntimeError("divisor must be not zero")
    shape = input._array.shape
    if rank == 2 and len(shape) < 3:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-max(len(shape), 1)}, {max(len(shape), 1) - 1}], but got -3)"
        )
    arguments.check_pool(name, size, step, around, ones)
    arguments.check_input(shape, rank)
    sizes = shape[-rank:]
    counts = arguments.pooled_sizes(sizes, size, step, around, ones, ceil)
    arguments.check_counts(shape[-rank - 1], sizes, counts)
    if input._array.dtype != np.int64:
        arguments.check_kind(name, input._array, "fV")
    after = tuple([max(0, (n - 1) * s + k - p - m) for n, s, k, p, m in zip(counts, step, size, around, sizes)])
    by = divisor if divisor is not None else _divisor(sizes, counts, size, step, around, include_pad)
    if isinstance(by, np.ndarray):
        kind = input._array.dtype
        by = wrap(by.astype(_SINGLE if is_half(input._array) else kind))
    return (_avg_pool3d if rank == 3 else _avg_pool2d)(input, by, size, step, around, after)


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
    (size,) = arguments.int_tuple("avg_pool1d", "kernel_size", kernel_size, 1)
    (step,) = (
        (size,) if stride is None or stride in ([], ()) else arguments.int_tuple("avg_pool1d", "stride", stride, 1)
    )
    (around,) = arguments.int_tuple("avg_pool1d", "padding", padding, 1)
    result = _avg_pool(
        "avg_pool2d", 2, unsqueeze(input, -2), (1, size), (1, step), (0, around), ceil_mode, count_include_pad, None
    )
    return squeeze(result, -2)


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
