"""Normalisations that also tell the statistics they used: ``torch.native_layer_norm`` and its kin."""

from __future__ import annotations

from typing import Any

from pullback.arrays import dtypes
from pullback.graph.modes import NO_GRAD, switched
from pullback.ops.neural.batch_norm import batch_norm
from pullback.ops.neural.normalization import group_norm, layer_norm
from pullback.ops.typing import Shape, V


def _statistics(rows: Any, axes: Any, eps: float) -> tuple[Any, Any]:
    """Mean and reciprocal standard deviation over `axes`, which stay at length 1; without gradient."""
    with switched(on=NO_GRAD):
        wide = rows.float() if rows.dtype.itemsize == 2 else rows
        variance = wide.var(axes, correction=0, keepdim=True)
        return wide.mean(axes, keepdim=True).to(rows.dtype), (variance + eps).rsqrt().to(rows.dtype)


def native_layer_norm(
    input: V, normalized_shape: Shape, weight: V | None, bias: V | None, eps: float
) -> tuple[V, V, V]:
    """`layer_norm`, the means, and the reciprocal standard deviations, ``(*, 1, …)`` without gradient."""
    result = layer_norm(input, normalized_shape, weight, bias, eps)
    axes = tuple(range(input.ndim - len(normalized_shape), input.ndim))
    return result, *_statistics(input, axes, eps)


def native_group_norm(
    input: V, weight: V | None, bias: V | None, N: int, C: int, HxW: int, group: int, eps: float
) -> tuple[V, V, V]:
    """`group_norm` of ``(N, C, *)``, and of each group ``(N, G)`` mean and reciprocal standard deviation."""
    result = group_norm(input, group, weight, bias, eps)
    mean, rstd = _statistics(input.detach().reshape(N, group, C // group * HxW), (2,), eps)
    return result, mean.squeeze(2), rstd.squeeze(2)


def native_batch_norm(
    input: V,
    weight: V | None,
    bias: V | None,
    running_mean: V | None,
    running_var: V | None,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[V, V, V]:
    """`batch_norm`, and in training each channel's mean and reciprocal standard deviation ``(C)``, else nothing."""
    result = batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, False)
    if not training:
        nothing: Any = input.new_empty(0)
        return result, nothing, nothing.clone()
    axes = (0, *range(2, input.ndim))
    mean, rstd = _statistics(input.detach(), axes, eps)
    return result, mean.reshape(-1), rstd.reshape(-1)


def _native_batch_norm_legit(input: V, weight: V | None, bias: V | None, *options: Any) -> tuple[V, V, V]:
    """`native_batch_norm` with running statistics, or without: ``(training, momentum, eps)`` alone."""
    if len(options) == 3:
        options = (None, None, *options)
    return native_batch_norm(input, weight, bias, *options)


def _batch_norm_with_update(
    input: V, weight: V | None, bias: V | None, running_mean: V, running_var: V, momentum: float, eps: float
) -> tuple[V, V, V, V]:
    """`native_batch_norm` in training, which moves the running statistics, and an empty reserve of bytes."""
    found = native_batch_norm(input, weight, bias, running_mean, running_var, True, momentum, eps)
    return *found, input.new_empty(0, dtype=dtypes.uint8)
