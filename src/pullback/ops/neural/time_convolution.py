"""Convolution over time with the channels last, as sequence models lay them."""

from __future__ import annotations

from typing import Any

from pullback.arrays.correlation import Geometry, correlate, correlate_input, correlate_weight
from pullback.arrays.vocabulary import add_reduce, conj, transpose
from pullback.graph.operator import general
from pullback.ops.typing import V


def _geometry(pad: int) -> Geometry:
    return Geometry((1,), (pad,), (1,), 1)


def _first(image: Any) -> Any:
    """``(T, B, C)`` as ``(B, C, T)``."""
    return transpose(image, (1, 2, 0))


def _last(image: Any) -> Any:
    """``(B, C, T)`` as ``(T, B, C)``."""
    return transpose(image, (2, 0, 1))


def _on_weight(grad: V, input: V, weight_shape: Any, pad: int) -> V:
    found = correlate_weight(_first(grad), conj(_first(input)), weight_shape[:1], _geometry(pad))
    return transpose(found, (2, 1, 0))


@general(
    input=lambda grad, weight, pad, input_shape: _last(
        correlate_input(_first(grad), conj(transpose(weight, (2, 1, 0))), input_shape[:1], _geometry(pad))
    ),
    weight=_on_weight,
    bias=lambda grad: add_reduce(grad, (0, 1)),
)
def _conv_tbc(input: V, weight: V, bias: V, pad: int) -> V:
    count = input.shape[0] + 2 * pad - weight.shape[0] + 1
    result = correlate(_first(input), transpose(weight, (2, 1, 0)), (count,), _geometry(pad))
    return _last(result) + bias


def conv_tbc(input: V, weight: V, bias: V, pad: int = 0) -> V:
    """Convolution over the first axis: ``(T, B, in), (k, in, out), (out) -> (T + 2 pad - k + 1, B, out)``.

    Raises ``RuntimeError`` where shapes do not fit.
    """
    a, w, b = input._array.shape, weight._array.shape, bias._array.shape
    if len(a) != 3:
        raise RuntimeError("Input must have 3 dims: time, batch, in_channel")
    if len(w) != 3:
        raise RuntimeError("Weight tensor must have 3 dims: kernel_width, in_channels, out_channels.")
    if len(b) != 1:
        raise RuntimeError("Bias must be 1-D")
    if a[2] != w[1]:
        raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")
    if w[2] != b[0]:
        raise RuntimeError("Bias size must equal dim 2 in the weight tensor (output channels).")
    return _conv_tbc(input, weight, bias, pad)
