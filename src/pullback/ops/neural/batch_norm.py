"""Batch and instance normalisation: each channel by the statistics of the batch, or by running ones."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.channels import channel_products, channel_sums, fixed, moments, standardized, standardized_vjp
from pullback.arrays.reductions import widened
from pullback.arrays.vocabulary import reshape
from pullback.graph.inplace import write_array
from pullback.graph.levels import check_batches
from pullback.graph.operator import general
from pullback.graph.tensor_base import solid, wrap
from pullback.ops.dims import wrap_dim
from pullback.ops.neural.checks import need_floats, no_gradient
from pullback.ops.neural.loss import in_dtype
from pullback.ops.neural.normalization import check_mixed
from pullback.ops.typing import V


def _channels(array: Any) -> Any:
    """``(N, C, *)`` as ``(N, C, S)``, half precision in single."""
    return reshape(widened(array), (*array.shape[:2], prod(array.shape[2:])))


def _each(vector: Any) -> Any:
    """A vector of one number for each channel, to combine with ``(N, C, S)``."""
    return reshape(widened(vector), (1, -1, 1))


def _batch_norm_vjp(
    grad: Any,
    input: Any,
    weight: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    eps: float,
    mean: Any,
    rstd: Any,
    needs: Any,
) -> Any:
    x, g = _channels(input), _channels(grad)
    scale = None if weight is None else _each(weight)
    if mean is None:
        mean, variance = moments(x)[1:] if training else (_each(running_mean), _each(running_var))
        rstd = 1 / np.sqrt(variance + eps)
    if training:
        of_input, of_weight, total = standardized_vjp(g, x, scale, mean, rstd, needs)
    else:
        of_input = g * (rstd if scale is None else rstd * scale) if needs[0] else None
        of_weight = channel_products(g, x - mean) * rstd if needs[1] else None
        total = channel_sums(g) if needs[2] else None
    return (
        None if of_input is None else reshape(of_input, grad.shape),
        reshape(of_weight, (-1,)) if needs[1] else None,
        reshape(total, (-1,)) if needs[2] else None,
    )


@general(
    node="NativeBatchNormBackward0",
    outputs=3,
    over=("input", "weight", "bias"),
    keeps=("mean", "rstd"),
    joint=_batch_norm_vjp,
)
def native_batch_norm(
    input: V,
    weight: V | None,
    bias: V | None,
    running_mean: V | None,
    running_var: V | None,
    training: bool,
    eps: float,
) -> V:
    """The operator behind `batch_norm`: the result, and mean and variance of each channel, which carry no gradient."""
    x = _channels(input)
    scale, shift = None if weight is None else _each(weight), None if bias is None else _each(bias)
    if training:
        found, mean, variance, rstd = standardized(x, scale, shift, eps)
    else:
        mean, variance = _each(running_mean), _each(running_var)
        found, rstd = fixed(x, scale, shift, mean, variance, eps)
    result = in_dtype(reshape(found, input.shape), input.dtype)
    return (result, reshape(mean, (-1,)), reshape(variance, (-1,))), mean, rstd  # type: ignore[return-value]


def _check(input: Any, training: bool, **vectors: Any) -> None:
    """Raise unless every vector has one number for each channel; statistics are needed out of training."""
    channels = input.shape[1] if input.ndim > 1 else 0
    if input.ndim < 2 and input.size and all(vector is None for vector in vectors.values()):
        wrap_dim(1, input.ndim)
    for name, vector in vectors.items():
        if vector is None:
            if name.startswith("running") and not training:
                raise RuntimeError(f"{name} must be defined in evaluation mode")
        elif vector.size != channels:
            raise RuntimeError(f"{name} should contain {channels} elements not {vector.size}")
    if (vectors["running_mean"] is None) != (vectors["running_var"] is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    need_floats("batch_norm", input)
    check_mixed(input, *vectors.values())


def batch_norm(
    input: V,
    weight: V | None,
    bias: V | None,
    running_mean: V | None,
    running_var: V | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> V:
    """Normalise each channel over the batch, or by running statistics if not `training`: ``(N, C, *)``
    (Ioffe and Szegedy, 2015).

    All vectors are ``(C,)``. In training `running_mean` and `running_var`, if given, move by `momentum` towards the
    batch's mean and unbiased variance, in place. Floating dtypes; half precision is computed in single.
    `cudnn_enabled` has no effect. Raises ``RuntimeError`` where shapes do not fit.
    """
    vectors = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    no_gradient("native_batch_norm", running_mean=running_mean, running_var=running_var)
    _check(input._array, training, **{n: None if v is None else v._array for n, v in vectors.items()})
    if not input._array.size:
        return _of_nothing(input, weight, bias)  # type: ignore[no-any-return]
    result, mean, variance = native_batch_norm(input, weight, bias, running_mean, running_var, training, eps)
    if training and running_mean is not None:
        count = input._array.size // input._array.shape[1]
        _move(running_mean, mean._array, momentum)
        _move(running_var, variance._array * (count / max(count - 1, 1)), momentum)
    return result


def _of_nothing(input: Any, weight: Any, bias: Any) -> Any:
    """The result where there are no elements: empty, and at an end of the graph that reaches every argument."""
    result = input.clone()
    if weight is not None:
        result = result * weight.select(0, 0)
    return result if bias is None else result + bias.select(0, 0)


def _move(running: Any, found: Any, momentum: float) -> None:
    """``(1 - momentum) * running + momentum * found``, written into `running`; like PyTorch without a new version."""
    check_batches(running, [wrap(found)], "NORM")
    memory = solid(running)
    write_array(memory, (1 - momentum) * widened(memory) + momentum * found)


def instance_norm(
    input: V,
    weight: V | None,
    bias: V | None,
    running_mean: V | None,
    running_var: V | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> V:
    """Normalise each channel of each sample: `batch_norm` of the samples side by side, ``(1, N C, *)``.

    Running statistics, if given, move towards the mean over samples of the samples' statistics. Out of training
    (`use_input_stats` false) they are what is used. `cudnn_enabled` has no effect.
    """
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    samples, channels = input.shape[:2]

    def for_each(vector: Any) -> Any:
        return None if vector is None else vector.repeat(samples)

    statistics = for_each(running_mean), for_each(running_var)
    side_by_side = input.contiguous().view(1, samples * channels, *input.shape[2:])
    result = batch_norm(
        side_by_side, for_each(weight), for_each(bias), *statistics, use_input_stats, momentum, eps, cudnn_enabled
    )
    if use_input_stats:
        for running, repeated in zip((running_mean, running_var), statistics):
            if running is not None:
                running.copy_(repeated.view(samples, channels).mean(0))
    return result.view(input.shape)
