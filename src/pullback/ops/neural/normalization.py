"""Layer and group normalisation: subtract a mean, divide by a standard deviation, scale and shift.

These and batch normalisation are one idea over different axes. With x̂ = (x - mean) / sqrt(var + eps) and g the
cotangent of x̂, ::

    cotangent of x = (g - mean(g) - x̂ mean(g x̂)) / sqrt(var + eps)

with the same means as in the forward pass.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.reductions import count_over, widened
from pullback.arrays.vocabulary import cast, reshape
from pullback.graph.operator import general
from pullback.ops.neural.checks import need_floats
from pullback.ops.typing import Shape, V

Axes = tuple[int, ...]


def mean_over(array: Any, axes: Axes) -> Any:
    """Mean over `axes`, which stay at length 1."""
    return np.add.reduce(array, axis=axes, keepdims=True) / max(count_over(array.shape, axes), 1)


def centred(x: Any, axes: Axes) -> tuple[Any, Any, Any]:
    """``x - mean``, the mean and the variance over `axes`."""
    mean = mean_over(x, axes)
    gap = x - mean
    return gap, mean, mean_over(gap * gap, axes)


def pulled_back(g: Any, x_hat: Any, rstd: Any, axes: Axes) -> Any:
    """The cotangent of x from that of x̂, when mean and deviation are those of x."""
    return (g - mean_over(g, axes) - x_hat * mean_over(g * x_hat, axes)) * rstd


def affine(x_hat: Any, weight: Any, bias: Any) -> Any:
    """``x̂ * weight + bias`` where there are any."""
    if weight is not None:
        x_hat = x_hat * widened(weight)
    return x_hat if bias is None else x_hat + widened(bias)


def scaled_by(grad: Any, weight: Any) -> Any:
    """The cotangent of x̂."""
    return grad if weight is None else grad * widened(weight)


def check_mixed(input: Any, *parameters: Any) -> None:
    """Raise ``RuntimeError`` unless parameters have the input's dtype, or single precision beside a half input."""
    given = [each for each in parameters if each is not None]
    if all(each.dtype == input.dtype for each in given):
        return
    if input.dtype.itemsize != 2 and any(each.dtype.itemsize < input.dtype.itemsize for each in given):
        raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")
    if input.dtype.itemsize != 2 or any(each.dtype != np.dtype(np.float32) for each in given):
        raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")


# ------------------------------------------------------------------------------------------------- layer norm


def check_normalized_shape(input: Any, shape: Shape, wildcard: str = "*, ") -> None:
    """Raise unless `shape` is a sequence of the input's last lengths."""
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            f"normalized_shape = {list(shape)}"
        )
    if tuple(input.shape[-len(shape) :]) != tuple(shape):
        lengths = ", ".join(map(str, shape))
        raise RuntimeError(
            f"Given normalized_shape=[{lengths}], expected input with shape [{wildcard}{lengths}], but got input of "
            f"size{list(input.shape)}"
        )


def check_like_shape(name: str, parameter: Any, shape: Shape) -> None:
    """Raise unless an optional parameter has `shape`."""
    if parameter is not None and tuple(parameter.shape) != tuple(shape):
        raise RuntimeError(
            f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
            f"{list(parameter.shape)} and normalized_shape = {list(shape)}"
        )


def _layer_norm_vjp(
    grad: Any, input: Any, normalized_shape: Any, weight: Any, eps: float, mean: Any, rstd: Any, needs: Any
) -> Any:
    x, grad = widened(input), widened(grad)
    leading = tuple(range(x.ndim - len(normalized_shape)))
    axes = tuple(range(len(leading), x.ndim))
    gap = x - mean if mean is not None else None
    if gap is None:
        gap, _, variance = centred(x, axes)
        rstd = 1 / np.sqrt(variance + eps)
    x_hat = gap * rstd
    return (
        pulled_back(scaled_by(grad, weight), x_hat, rstd, axes) if needs[0] else None,
        np.add.reduce(grad * x_hat, axis=leading) if needs[1] else None,
        np.add.reduce(grad, axis=leading) if needs[2] else None,
    )


@general(
    node="NativeLayerNormBackward0",
    over=("input", "weight", "bias"),
    keeps=("mean", "rstd"),
    joint=_layer_norm_vjp,
)
def native_layer_norm(
    input: V, normalized_shape: Shape, weight: V | None = None, bias: V | None = None, eps: float = 1e-5
) -> V:
    """The operator behind `layer_norm`."""
    check_normalized_shape(input, normalized_shape)
    check_like_shape("weight", weight, normalized_shape)
    check_like_shape("bias", bias, normalized_shape)
    need_floats("LayerNormKernelImpl", input)
    check_mixed(input, weight, bias)
    x = widened(input)
    gap, mean, variance = centred(x, tuple(range(x.ndim - len(normalized_shape), x.ndim)))
    rstd = 1 / np.sqrt(variance + eps)
    return cast(affine(gap * rstd, weight, bias), input.dtype), mean, rstd  # type: ignore[return-value]


def layer_norm(
    input: V,
    normalized_shape: Shape,
    weight: V | None = None,
    bias: V | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> V:
    """Normalise over the trailing axes `normalized_shape`: ``(*, S) -> (*, S)`` (Ba et al., 2016).

    `weight` and `bias` have shape ``S``. Floating dtypes; half precision is computed in single. `cudnn_enable` has
    no effect. Raises ``RuntimeError`` where shapes do not fit.

    >>> import pullback as torch
    >>> torch.layer_norm(torch.tensor([[1., 3.]]), (2,))
    tensor([[-1.0000,  1.0000]])
    """
    return native_layer_norm(input, sizes("layer_norm", normalized_shape), weight, bias, eps)


def sizes(function: str, shape: Any) -> tuple[int, ...]:
    """`shape` as a tuple; ``TypeError`` for what is no sequence."""
    if not isinstance(shape, (tuple, list)):
        raise TypeError(
            f"{function}(): argument 'normalized_shape' (position 2) must be tuple of ints, not "
            f"{type(shape).__name__}"
        )
    return tuple(shape)


# ------------------------------------------------------------------------------------------------- group norm


def along_channels(vector: Any, ndim: int) -> Any:
    """A vector of one number per channel, to broadcast against ``(N, C, *)``."""
    return None if vector is None else reshape(vector, (1, -1) + (1,) * (ndim - 2))


def _groups(array: Any, groups: int) -> Any:
    """``(N, C, *)`` as ``(N, G, everything in the group)``."""
    size = prod(array.shape[1:]) // groups
    return reshape(array, (array.shape[0], groups, size))


def _group_norm_vjp(
    grad: Any, input: Any, num_groups: int, weight: Any, eps: float, mean: Any, rstd: Any, needs: Any
) -> Any:
    x, grad = _groups(widened(input), num_groups), widened(grad)
    gap = x - mean if mean is not None else None
    if gap is None:
        gap, _, variance = centred(x, (2,))
        rstd = 1 / np.sqrt(variance + eps)
    x_hat = gap * rstd
    g = _groups(scaled_by(grad, along_channels(weight, grad.ndim)), num_groups)
    others = (0, *range(2, grad.ndim))
    return (
        reshape(pulled_back(g, x_hat, rstd, (2,)), grad.shape) if needs[0] else None,
        np.add.reduce(grad * reshape(x_hat, grad.shape), axis=others) if needs[1] else None,
        np.add.reduce(grad, axis=others) if needs[2] else None,
    )


def _check_channels(name: str, vector: Any, shape: Any) -> None:
    if vector is not None and tuple(vector.shape) != (shape[1],):
        raise RuntimeError(
            f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
            f"shape {list(vector.shape)} and input of shape {list(shape)}"
        )


@general(
    node="NativeGroupNormBackward0",
    over=("input", "weight", "bias"),
    keeps=("mean", "rstd"),
    joint=_group_norm_vjp,
)
def native_group_norm(
    input: V, num_groups: int, weight: V | None = None, bias: V | None = None, eps: float = 1e-5
) -> V:
    """The operator behind `group_norm`."""
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if input.shape[1] % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    _check_channels("weight", weight, input.shape)
    _check_channels("bias", bias, input.shape)
    need_floats("GroupNormKernelImpl", input)
    check_mixed(input, weight, bias)
    gap, mean, variance = centred(_groups(widened(input), num_groups), (2,))
    rstd = 1 / np.sqrt(variance + eps)
    x_hat = reshape(gap * rstd, input.shape)
    result = affine(x_hat, along_channels(weight, input.ndim), along_channels(bias, input.ndim))
    return cast(result, input.dtype), mean, rstd  # type: ignore[return-value]


def group_norm(
    input: V,
    num_groups: int,
    weight: V | None = None,
    bias: V | None = None,
    eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> V:
    """Normalise over each of `num_groups` groups of channels: ``(N, C, *) -> (N, C, *)`` (Wu and He, 2018).

    `weight` and `bias` are ``(C,)``. Floating dtypes; half precision is computed in single. `cudnn_enabled` has no
    effect. Raises ``RuntimeError`` where shapes do not fit.

    >>> import pullback as torch
    >>> torch.group_norm(torch.tensor([[1., 3., 5., 9.]]), 2)
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    return native_group_norm(input, num_groups, weight, bias, eps)
