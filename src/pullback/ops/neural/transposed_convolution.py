"""Transposed convolutions: every input element lays its copy of the weight into the result."""

from __future__ import annotations

from typing import Any

from pullback.ops.neural.convolution import convolve
from pullback.ops.typing import V


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
    return convolve("conv_transpose1d", True, input, weight, bias, stride, padding, dilation, output_padding, groups)


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
    return convolve("conv_transpose2d", True, input, weight, bias, stride, padding, dilation, output_padding, groups)


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
    return convolve("conv_transpose3d", True, input, weight, bias, stride, padding, dilation, output_padding, groups)
