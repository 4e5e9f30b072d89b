"""Transposed convolutions: every input element lays its copy of the weight into the result."""

from __future__ import annotations

from typing import Any

from pullback.ops.neural import convolution_arguments as arguments
from pullback.ops.neural.convolution import _run
from pullback.ops.shape.singletons import squeeze, unsqueeze
from pullback.ops.typing import V


def _convolve(
    name: str,
    rank: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    extra: Any,
    groups: Any,
    dilation: Any,
) -> Any:
    arguments.check_types(
        name,
        True,
        input,
        weight,
        bias,
        stride=stride,
        padding=padding,
        output_padding=extra,
        groups=groups,
        dilation=dilation,
    )
    arguments.check_rank(name, input._array.shape, rank)
    rank = min(rank, weight._array.ndim - 2) if weight._array.ndim > 2 else rank
    steps, spacing = arguments.int_tuple(stride, rank, "stride"), arguments.int_tuple(dilation, rank, "dilation")
    around, beyond = arguments.int_tuple(padding, rank, "padding"), arguments.int_tuple(extra, rank, "output_padding")
    if input._array.ndim == rank + 1:
        return squeeze(_run(unsqueeze(input, 0), weight, bias, steps, around, spacing, True, beyond, groups), 0)
    return _run(input, weight, bias, steps, around, spacing, True, beyond, groups)


def conv_transpose1d(
    input: V,
    weight: V,
    bias: V | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> V:
    """Transposed convolution over one axis: what `conv1d` with the same weight does to a gradient.

    Args:
        input: ``(N, in, L)``, or ``(in, L)`` without a batch.
        weight: ``(in, out / groups, k)``.
        bias: ``(out)``, added to every position.
        stride: step at which the copies of the weight are laid.
        padding: elements cut off at both ends.
        output_padding: elements added at the end, to choose among the lengths that `conv1d` maps to L.
        groups: channels are split into this many groups that do not see each other.
        dilation: spacing of the elements of the weight.

    Returns ``(N, out, (L - 1) stride - 2 padding + dilation (k - 1) + output_padding + 1)``.
    Raises ``RuntimeError`` where shapes, dtypes or parameters do not fit.

    >>> import pullback as torch
    >>> torch.nn.functional.conv_transpose1d(torch.ones(1, 1, 2), torch.ones(1, 1, 3))
    tensor([[[1., 2., 2., 1.]]])
    """
    return _convolve("conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: V,
    weight: V,
    bias: V | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> V:
    """Transposed convolution over two axes: ``(N, in, H, W), (in, out / groups, kH, kW) -> (N, out, H', W')``.

    Parameters as those of `conv_transpose1d`, one number or one for each axis.
    """
    return _convolve("conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: V,
    weight: V,
    bias: V | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> V:
    """Transposed convolution over three axes: ``(N, in, D, H, W), (in, out / groups, kD, kH, kW)`` to five axes.

    Parameters as those of `conv_transpose1d`, one number or one for each axis.
    """
    return _convolve("conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation)
