"""Layer, group and batch normalisation: subtract a mean, divide by a standard deviation, scale and shift.

All three are one idea over different axes. With x̂ = (x - mean) / sqrt(var + eps) and g the cotangent of x̂, ::

    cotangent of x = (g - mean(g) - x̂ mean(g x̂)) / sqrt(var + eps)

with the same means as in the forward pass.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import add_reduce, cast, reshape
from pullback.graph.operator import general
from pullback.ops.typing import Shape, V

_SINGLE = np.dtype(np.float32)


def _wide(array: Any) -> Any:
    """Half precision computes in single."""
    return cast(array, _SINGLE) if array is not None and array.dtype.itemsize == 2 else array


def _mean(array: Any, axes: tuple[int, ...]) -> Any:
    count = 1
    for axis in axes:
        count *= array.shape[axis]
    return add_reduce(array, axes, keepdims=True) / max(count, 1)


def _moments(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any]:
    """Mean and reciprocal standard deviation over `axes`."""
    mean = _mean(x, axes)
    gap = x - mean
    return mean, 1 / np.sqrt(_mean(gap * gap, axes) + eps)


def _normalized_vjp(g: Any, x_hat: Any, rstd: Any, axes: tuple[int, ...]) -> Any:
    return (g - _mean(g, axes) - x_hat * _mean(g * x_hat, axes)) * rstd


def _affine(x_hat: Any, weight: Any, bias: Any) -> Any:
    scaled = x_hat if weight is None else x_hat * _wide(weight)
    return scaled if bias is None else scaled + _wide(bias)


# ------------------------------------------------------------------------------------------------- layer norm


@general(
    node="NativeLayerNormBackward0",
    over=("input", "weight", "bias"),
    keeps=("mean", "rstd"),
    joint=lambda grad, input, normalized_shape, weight, eps, mean, rstd, needs: _layer_norm_vjp(
        grad, input, normalized_shape, weight, eps, mean, rstd, needs
    ),
)
def layer_norm(
    input: V, normalized_shape: Shape, weight: V | None = None, bias: V | None = None, eps: float = 1e-5
) -> V:
    """Normalise over the trailing axes `normalized_shape`: ``(*, S) -> (*, S)`` (Ba et al., 2016)."""
    x = _wide(input)
    axes = tuple(range(x.ndim - len(normalized_shape), x.ndim))
    mean, rstd = _moments(x, axes, eps)
    result = _affine((x - mean) * rstd, weight, bias)
    return (result if x is input else cast(result, input.dtype)), mean, rstd  # type: ignore[return-value]


def _layer_norm_vjp(
    grad: Any, input: Any, shape: Any, weight: Any, eps: float, mean: Any, rstd: Any, needs: Any
) -> Any:
    x, grad = _wide(input), _wide(grad)
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    leading = tuple(range(x.ndim - len(shape)))
    if mean is None:
        mean, rstd = _moments(x, axes, eps)
    x_hat = (x - mean) * rstd
    scaled = grad if weight is None else grad * _wide(weight)
    return (
        _normalized_vjp(scaled, x_hat, rstd, axes) if needs[0] else None,
        add_reduce(grad * x_hat, leading) if needs[1] else None,
        add_reduce(grad, leading) if needs[2] else None,
    )


# ------------------------------------------------------------------------------------------------- group norm


@general(
    node="NativeGroupNormBackward0",
    over=("input", "weight", "bias"),
    joint=lambda grad, input, num_groups, weight, eps, needs: _group_norm_vjp(
        grad, input, num_groups, weight, eps, needs
    ),
)
def group_norm(
    input: V, num_groups: int, weight: V | None = None, bias: V | None = None, eps: float = 1e-5
) -> V:
    """Normalise over each group of channels: ``(N, C, *) -> (N, C, *)`` (Wu and He, 2018)."""
    x, axes = _grouped(input, num_groups)
    mean, rstd = _moments(x, axes, eps)
    x_hat = reshape((x - mean) * rstd, input.shape)
    result = _affine(x_hat, _along_channels(weight, input.ndim), _along_channels(bias, input.ndim))
    return result if input.dtype.itemsize != 2 else cast(result, input.dtype)


def _grouped(input: Any, groups: int) -> tuple[Any, tuple[int, ...]]:
    x = reshape(_wide(input), (input.shape[0], groups, input.shape[1] // groups, *input.shape[2:]))
    return x, tuple(range(2, x.ndim))


def _along_channels(vector: Any, ndim: int) -> Any:
    """A vector of one number per channel, to broadcast against ``(N, C, *)``."""
    return None if vector is None else reshape(vector, (1, vector.shape[0]) + (1,) * (ndim - 2))


def _group_norm_vjp(grad: Any, input: Any, groups: int, weight: Any, eps: float, needs: Any) -> Any:
    x, axes = _grouped(input, groups)
    mean, rstd = _moments(x, axes, eps)
    x_hat = (x - mean) * rstd
    grad = _wide(grad)
    scaled = grad if weight is None else grad * _wide(_along_channels(weight, input.ndim))
    others = (0, *range(2, input.ndim))
    return (
        reshape(_normalized_vjp(reshape(scaled, x.shape), x_hat, rstd, axes), input.shape) if needs[0] else None,
        add_reduce(grad * reshape(x_hat, input.shape), others) if needs[1] else None,
        add_reduce(grad, others) if needs[2] else None,
    )


# ------------------------------------------------------------------------------------------------- batch norm


@general(
    node="NativeBatchNormBackward0",
    over=("input", "weight", "bias"),
    joint=lambda grad, input, weight, running_mean, running_var, training, eps, needs: _batch_norm_vjp(
        grad, input, weight, running_mean, running_var, training, eps, needs
    ),
)
def batch_norm(
    input: V,
    weight: V | None,
    bias: V | None,
    running_mean: V | None,
    running_var: V | None,
    training: bool,
    eps: float = 1e-5,
) -> V:
    """Normalise each channel over the batch, or by running statistics if not `training`: ``(N, C, *)``
    (Ioffe and Szegedy, 2015)."""
    x = _wide(input)
    mean, rstd = _batch_moments(x, running_mean, running_var, training, eps)
    ndim = input.ndim
    result = _affine((x - mean) * rstd, _along_channels(weight, ndim), _along_channels(bias, ndim))
    return result if x is input else cast(result, input.dtype)


def _batch_moments(x: Any, running_mean: Any, running_var: Any, training: bool, eps: float) -> tuple[Any, Any]:
    if training:
        return _moments(x, (0, *range(2, x.ndim)), eps)
    mean, variance = _along_channels(_wide(running_mean), x.ndim), _along_channels(_wide(running_var), x.ndim)
    return mean, 1 / np.sqrt(variance + eps)


def _batch_norm_vjp(
    grad: Any, input: Any, weight: Any, running_mean: Any, running_var: Any, training: bool, eps: float, needs: Any
) -> Any:
    x, grad = _wide(input), _wide(grad)
    axes = (0, *range(2, x.ndim))
    mean, rstd = _batch_moments(x, running_mean, running_var, training, eps)
    x_hat = (x - mean) * rstd
    scaled = grad if weight is None else grad * _wide(_along_channels(weight, x.ndim))
    of_input = _normalized_vjp(scaled, x_hat, rstd, axes) if training else scaled * rstd
    return (
        of_input if needs[0] else None,
        add_reduce(grad * x_hat, axes) if needs[1] else None,
        add_reduce(grad, axes) if needs[2] else None,
    )
