"""Convolutions: a small weight slides over the last axes and sums over the channels.

The arithmetic and its two gradients are three functions of `pullback.arrays.correlation`, each other's derivatives; a
transposed convolution is the gradient of an ordinary one, run forward.
"""

from __future__ import annotations

import warnings
from functools import cache, reduce
from operator import add
from typing import Any

import numpy as np

from pullback.arrays.correlation import Geometry, correlate, correlate_input, correlate_weight
from pullback.arrays.vocabulary import add_reduce, conj, reshape
from pullback.arrays.windows import Ints, window_counts
from pullback.graph.once import outside
from pullback.graph.operator import general
from pullback.ops.formats import like
from pullback.ops.neural import convolution_arguments as arguments
from pullback.ops.shape.padding import constant_pad_nd
from pullback.ops.shape.singletons import squeeze, unsqueeze
from pullback.ops.typing import V


def _input_rule(
    grad: V, weight: V, stride: Ints, padding: Ints, dilation: Ints, transposed: bool, groups: int, input_shape: Ints
) -> V:
    geometry = Geometry(stride, padding, dilation, groups)
    if transposed:
        return correlate(grad, conj(weight), input_shape[2:], geometry)
    return correlate_input(grad, conj(weight), input_shape[2:], geometry)


def _weight_rule(
    grad: V, input: V, stride: Ints, padding: Ints, dilation: Ints, transposed: bool, groups: int, weight_shape: Ints
) -> V:
    geometry = Geometry(stride, padding, dilation, groups)
    if transposed:
        return correlate_weight(conj(input), grad, weight_shape[2:], geometry)
    return correlate_weight(grad, conj(input), weight_shape[2:], geometry)


def _push(
    d_input: Any, d_weight: Any, d_bias: Any, input: Any, weight: Any, stride: Any, padding: Any, dilation: Any,
    transposed: Any, output_padding: Any, groups: Any,
) -> Any:  # fmt: skip
    """A convolution is linear in its input and in its weight."""
    rest = (stride, padding, dilation, transposed, output_padding, groups)
    pairs = ((d_input, weight), (input, d_weight))
    terms = [_convolution(x, w, None, *rest) for x, w in pairs if x is not None and w is not None]
    if d_bias is not None:
        terms.append(d_bias.reshape(-1, *[1] * (input.ndim - 2)))
    return reduce(add, terms)


@general(
    input=_input_rule,
    weight=_weight_rule,
    bias=lambda grad: add_reduce(grad, (0, *range(2, grad.ndim))),
    jvp=_push,
)
def _convolution(
    input: V,
    weight: V,
    bias: V | None,
    stride: Ints,
    padding: Ints,
    dilation: Ints,
    transposed: bool,
    output_padding: Ints,
    groups: int,
) -> V:
    """Any convolution of a batch, its arguments already checked: one number per spatial axis."""
    geometry = Geometry(stride, padding, dilation, groups)
    if transposed:
        sizes = transposed_sizes(input.shape[2:], weight.shape[2:], geometry, output_padding)
        result = correlate_input(input, weight, sizes, geometry)
    else:
        counts = window_counts(
            [n + 2 * p for n, p in zip(input.shape[2:], padding)], weight.shape[2:], stride, dilation
        )
        result = correlate(input, weight, counts, geometry)
    return result if bias is None else _plus(result, reshape(bias, (-1, *(1,) * len(stride))))


def _plus(result: Any, bias: Any) -> Any:
    """The sum, in the memory of `result` where that is a fresh NumPy array."""
    if result.__class__ is np.ndarray and bias.__class__ is np.ndarray:
        return np.add(result, bias, out=result)
    return result + bias


@general(
    node="ConvolutionBackwardBackward0",
    y=lambda grad, w, geometry, y_shape: correlate(grad, conj(w), y_shape[2:], geometry),
    w=lambda grad, y, geometry, w_shape: correlate_weight(conj(y), grad, w_shape[2:], geometry),
)
def input_gradient(y: V, w: V, sizes: Ints, geometry: Geometry) -> V:
    """`correlate_input` on tensors: what a backward pass that records runs."""
    return correlate_input(y, w, sizes, geometry)


@general(
    node="ConvolutionBackwardBackward0",
    y=lambda grad, x, geometry, y_shape: correlate(conj(x), grad, y_shape[2:], geometry),
    x=lambda grad, y, geometry, x_shape: correlate_input(conj(y), grad, x_shape[2:], geometry),
)
def weight_gradient(y: V, x: V, kernel: Ints, geometry: Geometry) -> V:
    """`correlate_weight` on tensors: what a backward pass that records runs."""
    return correlate_weight(y, x, kernel, geometry)


@general(
    node="ConvolutionBackwardBackward0",
    x=lambda grad, w, geometry, x_shape: correlate_input(grad, conj(w), x_shape[2:], geometry),
    w=lambda grad, x, geometry, w_shape: correlate_weight(grad, conj(x), w_shape[2:], geometry),
)
def output_gradient(x: V, w: V, counts: Ints, geometry: Geometry) -> V:
    """`correlate` on tensors: what a backward pass that records runs."""
    return correlate(x, w, counts, geometry)


def transposed_sizes(sizes: Ints, kernel: Ints, geometry: Geometry, output_padding: Ints) -> Ints:
    """The spatial sizes of a transposed convolution's result."""
    return tuple(
        [
            (n - 1) * s - 2 * p + d * (k - 1) + o + 1
            for n, k, s, p, d, o in zip(
                sizes, kernel, geometry.stride, geometry.padding, geometry.dilation, output_padding
            )
        ]
    )


def convolve(
    name: str,
    transposed: bool,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    output_padding: Any,
    groups: Any,
) -> Any:
    """What all convolutions do: find the plan, add the batch axis and the padding that it asks for, run."""
    sizes = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": output_padding}
    try:
        plan = arguments.plan(
            name,
            transposed,
            input._array.shape,
            weight._array.shape,
            None if bias is None else bias._array.shape,
            *map(arguments.frozen, sizes.values()),
            groups,
        )
    except (AttributeError, TypeError):
        arguments.check_types(name, transposed, input, weight, bias, **sizes, groups=groups)
        raise
    arguments.check_dtypes(input._array, weight._array, None if bias is None else bias._array)
    if plan.single:
        input = unsqueeze(input, 0)
    if plan.longer:
        _warn_uneven()
        input = constant_pad_nd(input, plan.longer)
    result = _convolution(
        input, weight, bias, plan.stride, plan.padding, plan.dilation, transposed, plan.output_padding, groups
    )
    result = like(result, input, weight)
    return squeeze(result, 0) if plan.single else result


@cache
def _warn_uneven() -> None:
    """Once: the copy can be avoided by a kernel of odd length."""
    warnings.warn(
        "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the input be "
        "created",
        UserWarning,
        stacklevel=outside(),
    )


def convolution(
    input: V,
    weight: V,
    bias: V | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> V:
    """Any convolution of a batch: `conv1d`, `conv2d`, `conv3d` and, with `transposed`, their transposes."""
    rank = input._array.ndim - 2
    steps, around, spacing, extra = (
        arguments.int_tuple(value, rank, name)
        for name, value in (
            ("stride", stride),
            ("padding", padding),
            ("dilation", dilation),
            ("output_padding", output_padding),
        )
    )
    bias_shape = None if bias is None else bias._array.shape
    arguments.check_shapes(
        transposed, input._array.shape, weight._array.shape, bias_shape, steps, around, spacing, extra, groups
    )
    arguments.check_dtypes(input._array, weight._array, None if bias is None else bias._array)
    result = _convolution(input, weight, bias, steps, around, spacing, transposed, extra, groups)
    return like(result, input, weight)  # type: ignore[no-any-return]


def convolution_backward(
    grad_output: V, input: V, weight: V, bias_sizes: Any, stride: Any, padding: Any, dilation: Any, transposed: bool,
    output_padding: Any, groups: int, output_mask: Any,
) -> tuple[V | None, V | None, V | None]:  # fmt: skip
    """The cotangents of a convolution's input, weight and bias, `None` for those that `output_mask` leaves out."""
    rank = input._array.ndim - 2
    geometry = Geometry(*[arguments.int_tuple(each, rank, "size") for each in (stride, padding, dilation)], groups)
    to_input = output_gradient if transposed else input_gradient
    factors = (conj(input), grad_output) if transposed else (grad_output, conj(input))
    return (
        to_input(grad_output, conj(weight), tuple(input._array.shape[2:]), geometry) if output_mask[0] else None,
        weight_gradient(*factors, tuple(weight._array.shape[2:]), geometry) if output_mask[1] else None,
        add_reduce(grad_output, (0, *range(2, rank + 2))) if output_mask[2] else None,
    )


def conv1d(
    input: V, weight: V, bias: V | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> V:
    """Convolution over one axis.

    Args:
        input: ``(N, in, L)``, or ``(in, L)`` without a batch.
        weight: ``(out, in / groups, k)``.
        bias: ``(out)``, added to every position.
        stride: step of the windows.
        padding: zeros added at both ends, or ``"valid"`` (none), or ``"same"`` (the result keeps the length).
        dilation: spacing of the elements inside a window.
        groups: channels are split into this many groups that do not see each other.

    Returns ``(N, out, (L + 2 padding - dilation (k - 1) - 1) // stride + 1)``, in the dtype of the operands.
    Raises ``RuntimeError`` where shapes, dtypes or parameters do not fit.

    >>> import pullback as torch
    >>> torch.nn.functional.conv1d(torch.ones(1, 1, 4), torch.ones(1, 1, 3))
    tensor([[[3., 3.]]])
    """
    return convolve("conv1d", False, input, weight, bias, stride, padding, dilation, 0, groups)


def conv2d(
    input: V, weight: V, bias: V | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> V:
    """Convolution over two axes: ``(N, in, H, W), (out, in / groups, kH, kW), (out) -> (N, out, H', W')``.

    Parameters as those of `conv1d`, one number or one for each axis.

    >>> import pullback as torch
    >>> torch.nn.functional.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3), padding=1)
    tensor([[[[4., 6., 4.],
              [6., 9., 6.],
              [4., 6., 4.]]]])
    """
    return convolve("conv2d", False, input, weight, bias, stride, padding, dilation, 0, groups)


def conv3d(
    input: V, weight: V, bias: V | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> V:
    """Convolution over three axes: ``(N, in, D, H, W), (out, in / groups, kD, kH, kW), (out) -> (N, out, D', H', W')``.

    Parameters as those of `conv1d`, one number or one for each axis.
    """
    return convolve("conv3d", False, input, weight, bias, stride, padding, dilation, 0, groups)
