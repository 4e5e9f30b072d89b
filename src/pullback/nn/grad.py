"""Gradients of convolutions, as functions of the gradient of the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pullback
from pullback.autograd import grad as gradient
from pullback.nn import functional as F
from pullback.tensor import Tensor

Sizes = int | Sequence[int]


def _of_input(convolve: Callable[..., Tensor], size: Sequence[int], weight: Tensor, grad: Tensor, *how: Any) -> Tensor:
    """A convolution is linear in its input, so any input of the right size serves."""
    record = pullback.is_grad_enabled()
    with pullback.enable_grad():
        input = pullback.zeros(tuple(size), dtype=weight.dtype, requires_grad=True)
        found = convolve(input, weight, None, *how)
    return gradient(found, input, grad, create_graph=record)[0]


def _of_weight(convolve: Callable[..., Tensor], input: Tensor, size: Sequence[int], grad: Tensor, *how: Any) -> Tensor:
    record = pullback.is_grad_enabled()
    with pullback.enable_grad():
        weight = pullback.zeros(tuple(size), dtype=input.dtype, requires_grad=True)
        found = convolve(input, weight, None, *how)
    return gradient(found, weight, grad, create_graph=record)[0]


def conv1d_input(
    input_size: Sequence[int],
    weight: Tensor,
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Gradient of `conv1d` in its input, of size `input_size`.

    >>> import pullback as torch
    >>> conv1d_input((1, 1, 3), torch.ones(1, 1, 2), torch.ones(1, 1, 2))
    tensor([[[1., 2., 1.]]])
    """
    return _of_input(F.conv1d, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv1d_weight(
    input: Tensor,
    weight_size: Sequence[int],
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Gradient of `conv1d` in its weight, of size `weight_size`."""
    return _of_weight(F.conv1d, input, weight_size, grad_output, stride, padding, dilation, groups)


def conv2d_input(
    input_size: Sequence[int],
    weight: Tensor,
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Gradient of `conv2d` in its input, of size `input_size`."""
    return _of_input(F.conv2d, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv2d_weight(
    input: Tensor,
    weight_size: Sequence[int],
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Gradient of `conv2d` in its weight, of size `weight_size`."""
    return _of_weight(F.conv2d, input, weight_size, grad_output, stride, padding, dilation, groups)


def conv3d_input(
    input_size: Sequence[int],
    weight: Tensor,
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Gradient of `conv3d` in its input, of size `input_size`."""
    return _of_input(F.conv3d, input_size, weight, grad_output, stride, padding, dilation, groups)


def conv3d_weight(
    input: Tensor,
    weight_size: Sequence[int],
    grad_output: Tensor,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Gradient of `conv3d` in its weight, of size `weight_size`."""
    return _of_weight(F.conv3d, input, weight_size, grad_output, stride, padding, dilation, groups)
