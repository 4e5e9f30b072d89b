"""Rounding to the values that a quantized tensor could hold, with the identity's derivative where they reach."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.masks import keep
from pullback.arrays.vocabulary import cast
from pullback.graph.operator import elementwise
from pullback.ops.dims import wrap_dim
from pullback.ops.pointwise.kinds import SINGLE, unsupported, wide
from pullback.ops.typing import V


def _steps(input: Any, scale: Any, zero_point: Any) -> Any:
    """The whole number that stands for each element."""
    return np.rint(wide(input) * (np.ones((), SINGLE) / scale)) + zero_point


def _rule(grad: Any, input: Any, scale: Any, zero_point: Any, quant_min: int, quant_max: int) -> Any:
    steps = _steps(input, scale, zero_point)
    return keep(grad, (steps >= quant_min) & (steps <= quant_max))


def _fake(input: Any, scale: Any, zero_point: Any, quant_min: int, quant_max: int) -> Any:
    if input.dtype.kind not in "fV":
        raise unsupported("fake_quantize_tensor_cachemask_kernel_type_handling", input.dtype)
    steps = np.fmin(np.fmax(_steps(input, scale, zero_point), quant_min), quant_max)
    return cast(cast(steps - zero_point, SINGLE) * scale, input.dtype)


def _operator(node: str) -> Any:
    @elementwise(node=f"FakeQuantize{node}Backward0", promotes=(), input=_rule)
    def fake_quantize(input: V, scale: Any, zero_point: Any, quant_min: int, quant_max: int) -> V:
        return _fake(input, scale, zero_point, quant_min, quant_max)

    return fake_quantize


_of_numbers, _of_tensors, _of_channels = (
    _operator(node)
    for node in ("PerTensorAffineCachemask", "PerTensorAffineCachemaskTensorQparams", "PerChannelAffineCachemask")
)


def fake_quantize_per_tensor_affine(
    input: V, scale: float | V, zero_point: int | V, quant_min: int, quant_max: int
) -> V:
    """`input` rounded to multiples of `scale`: ``(clamp(rint(input / scale) + zero_point, min, max) - zero_point) * scale``.

    The derivative is 1 where the rounded number lies between `quant_min` and `quant_max`, 0 elsewhere. Scale and zero
    point may be tensors of one element. ``RuntimeError`` where ``quant_min > quant_max``, or the zero point is beyond.

    >>> import pullback as torch
    >>> torch.fake_quantize_per_tensor_affine(torch.tensor([0.26, 9.]), 0.1, 0, -8, 7)
    tensor([0.3000, 0.7000])
    """
    operator = _of_tensors if hasattr(scale, "_array") else _of_numbers
    number, shift = (each._array.reshape(()) if hasattr(each, "_array") else each for each in (scale, zero_point))
    _check_limits(np.asarray(shift), quant_min, quant_max, operator is _of_numbers)
    return operator(input, np.asarray(number, SINGLE), np.asarray(shift, SINGLE), quant_min, quant_max)


def fake_quantize_per_channel_affine(input: V, scale: V, zero_point: V, axis: int, quant_min: int, quant_max: int) -> V:
    """`fake_quantize_per_tensor_affine` with a scale and a zero point for each index of `axis`.

    >>> import pullback as torch
    >>> zeros = torch.zeros(2, dtype=torch.int32)
    >>> torch.fake_quantize_per_channel_affine(torch.tensor([[0.26, 0.26]]), torch.tensor([0.1, 0.5]), zeros, 1, -8, 7)
    tensor([[0.3000, 0.5000]])
    """
    if zero_point.dtype.name not in ("int32", "float32", "float16"):
        name = {"int64": "Long"}.get(zero_point.dtype.name, zero_point.dtype.name.capitalize())
        raise RuntimeError(f"Zero-point must be Int32, Float or Half, found {name}")
    if scale.shape != zero_point.shape:
        raise RuntimeError("scale and zero-point need to have the same dimensions")
    axis = wrap_dim(axis, input.ndim)
    if scale.shape[0] != input.shape[axis]:
        raise RuntimeError("dimensions of scale and zero-point are not consistent with input tensor")
    _check_limits(np.asarray(zero_point._array), quant_min, quant_max, zero_point.dtype.name == "int32")
    shape = (-1,) + (1,) * (input.ndim - 1 - axis)
    scales, shifts = (np.asarray(each._array, SINGLE).reshape(shape) for each in (scale, zero_point))
    return _of_channels(input, scales, shifts, quant_min, quant_max)


def _check_limits(zero_point: np.ndarray, quant_min: int, quant_max: int, bounded: bool) -> None:
    if quant_min > quant_max:
        raise RuntimeError("`quant_min` should be less than or         equal to `quant_max`.")
    if bounded and not (np.all(zero_point >= quant_min) and np.all(zero_point <= quant_max)):
        raise RuntimeError("`zero_point` must be between `quant_min` and `quant_max`.")
