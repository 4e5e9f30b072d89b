"""Max pooling: windows of the last axes, each replaced by its largest element."""

from __future__ import annotations

from typing import Any

from pullback.arrays.maxima import max_windows, pick_places, spread_places
from pullback.arrays.vocabulary import zeros_like
from pullback.arrays.windows import Ints
from pullback.graph.operator import general, linear
from pullback.ops.formats import like
from pullback.ops.neural.pooling_arguments import check_kind, int_tuple, plan_of, pooled_sizes
from pullback.ops.shape.singletons import squeeze, unsqueeze
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


def _spread(grad: V, results: Any, kernel: Ints, input_shape: Ints) -> V:
    return spread_places(grad, results[1], input_shape[len(input_shape) - len(kernel) :])


@general(node="MaxPool2DWithIndicesBackward0", outputs=2, input=_spread, uses=(1,))
def _max_pool2d(input: V, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, counts: Ints) -> V:
    return max_windows(input, kernel, stride, padding, dilation, counts)


@general(node="MaxPool3DWithIndicesBackward0", outputs=2, input=_spread, uses=(1,))
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
    node="MaxPool2DWithIndicesBackwardBackward0",
    grad_output=lambda grad, indices: pick_places(grad, indices, 2),
    input=lambda grad: zeros_like(grad),
)
def max_pool2d_with_indices_backward(
    grad_output: V, input: V, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool, indices: V
) -> V:
    """The cotangent of `input` through `max_pool2d`, whose largest elements stand at `indices`."""
    return spread_places(grad_output, indices, input.shape[-2:])


@linear(
    node="GatherBackward0",
    input=lambda grad, places, rank, input_shape: spread_places(grad, places, input_shape[-rank:]),
)
def pick_at(input: V, places: V, rank: int) -> V:
    """`pick_places` on tensors."""
    return pick_places(input, places, rank)


def _max_pool(
    name: str, rank: int, input: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Any:
    plan = plan_of(name, rank, input, kernel, stride, padding, dilation, ceil_mode)
    check_kind(name, input._array, "fVui")
    run = _max_pool3d if rank == 3 else _max_pool2d
    return like(run(input, plan.kernel, plan.stride, plan.padding, plan.dilation, plan.counts), input)


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
        int_tuple("max_pool1d", name, value, 1)
        for name, value in (("kernel_size", kernel_size), ("padding", padding), ("dilation", dilation))
    )
    (step,) = (size,) if stride is None or stride in ([], ()) else int_tuple("max_pool1d", "stride", stride, 1)
    if not return_indices:
        _check_max_pool1d(shape[-1], size, step, around, spacing, ceil_mode)
        if not input.requires_grad:
            check_kind("max_pool1d_impl", input._array, "fV")
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
    (count,) = pooled_sizes((length,), (size,), (step,), (around,), (spacing,), ceil)
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


@asks_for_tensors
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


@asks_for_tensors
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
