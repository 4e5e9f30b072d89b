"""Normalisations that also tell the statistics they used: ``torch.native_layer_norm`` and its kin."""

from __future__ import annotations

from typing import Any

from pullback.arrays import dtypes
from pullback.arrays.reductions import widened
from pullback.arrays.vocabulary import reshape
from pullback.graph.modes import NO_GRAD, switched
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.ops.neural.batch_norm import batch_norm
from pullback.ops.neural.loss import in_dtype
from pullback.ops.neural.normalization import group_norm_vjp, layer_norm, native_group_norm as normalized
from pullback.ops.typing import Shape, V
from pullback.ops.wrong_types import asks_for_tensors


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


def _groups_vjp(grads: Any, input: Any, weight: Any, N: int, group: int, eps: float, results: Any, needs: Any) -> Any:
    """As `group_norm`; a row's mean has derivative ``1 / n``, its rstd ``-rstd³ (x - mean) / n``."""
    mean, rstd, of_mean, of_rstd = (reshape(widened(each), (N * group, 1)) for each in (*results[1:], *grads[1:]))
    of_input, *others = group_norm_vjp(grads[0], input, group, weight, eps, mean, rstd, needs)
    if needs[0] and N:
        rows = reshape(widened(input), (N * group, -1))
        through = (of_mean - of_rstd * rstd**3 * (rows - mean)) / rows.shape[1]
        of_input = of_input + reshape(through, input.shape)
    return of_input, *others


@general(outputs=3, over=("input", "weight", "bias"), joint=_groups_vjp, uses=(1, 2))
def native_group_norm(
    input: V, weight: V | None, bias: V | None, N: int, C: int, HxW: int, group: int, eps: float
) -> tuple[V, V, V]:
    """`group_norm` of ``(N, C, *)``, and of each group ``(N, G)`` mean and reciprocal standard deviation."""
    found, mean, rstd = normalized.operator.forward(input, group, weight, bias, eps)  # type: ignore[attr-defined]
    return found, *(in_dtype(reshape(each, (N, group)), input.dtype) for each in (mean, rstd))  # type: ignore[return-value]


@asks_for_tensors
def native_batch_norm(
    input: V,
    weight: V | None,
    bias: V | None,
    running_mean: V | None,
    running_var: V | None,
    training: bool,
    momentum: float,
    eps: float,
    *,
    out: Any = None,
) -> tuple[V, V, V]:
    """`batch_norm`, and in training each channel's mean and reciprocal standard deviation ``(C)``, else nothing."""
    for each in () if out is None or training else out[1:]:
        if each.ndim != 1:
            raise RuntimeError(f"TensorAccessor expected 1 dims but tensor has {each.ndim}")
    found = _batch_normalized(input, weight, bias, running_mean, running_var, training, momentum, eps)
    return found if out is None else store("native_batch_norm", out, found)  # type: ignore[no-any-return]


def _batch_normalized(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool, momentum: float, eps: float
) -> Any:
    result = batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, False)
    if not training:
        nothing: Any = input.new_empty(0)
        return result, nothing, nothing.clone()
    axes = (0, *range(2, input.ndim))
    mean, rstd = _statistics(input.detach(), axes, eps)
    return result, mean.reshape(-1), rstd.reshape(-1)


@asks_for_tensors
def _native_batch_norm_legit(
    input: V, weight: V | None, bias: V | None, *options: Any, out: Any = None
) -> tuple[V, V, V]:
    """`native_batch_norm` with running statistics, or without: ``(training, momentum, eps)`` alone."""
    if len(options) == 3:
        options = (None, None, *options)
    return native_batch_norm(input, weight, bias, *options, out=out)


def _batch_norm_with_update(
    input: V, weight: V | None, bias: V | None, running_mean: V, running_var: V, momentum: float, eps: float
) -> tuple[V, V, V, V]:
    """`native_batch_norm` in training, which moves the running statistics, and an empty reserve of bytes."""
    found = native_batch_norm(input, weight, bias, running_mean, running_var, True, momentum, eps)
    return *found, input.new_empty(0, dtype=dtypes.uint8)
