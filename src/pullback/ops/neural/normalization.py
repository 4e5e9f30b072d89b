"""Layer and group normalisation: subtract a mean, divide by a standard deviation, scale and shift.

The kernels stand in ``arrays/standardize.py``: both see their input as rows, each to be normalised by itself.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.channels import channel_products, channel_sums
from pullback.arrays.reductions import widened
from pullback.arrays.standardize import plus, row_products, row_sums, standardized, standardized_vjp, times
from pullback.arrays.vocabulary import reshape
from pullback.graph.operator import general
from pullback.ops.formats import like
from pullback.ops.neural.checks import need_floats
from pullback.ops.neural.loss import in_dtype
from pullback.ops.typing import Shape, V


def check_mixed(input: Any, *parameters: Any) -> None:
    """Raise ``RuntimeError`` unless parameters have the input's dtype, or single precision beside a half input."""
    given = [each for each in parameters if each is not None and each.dtype != input.dtype]
    if not given:
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


def moments_of(rows: Any, eps: float) -> tuple[Any, Any]:
    """Mean and reciprocal standard deviation of each row."""
    count = max(rows.shape[1], 1)
    mean = row_sums(rows) / count
    gap = rows - mean
    return mean, 1 / np.sqrt(row_products(gap, gap) / count + eps)


def _rows(array: Any, trailing: int) -> Any:
    """The `trailing` last axes in one row."""
    shape = array.shape
    return reshape(array, (prod(shape[:-trailing]), prod(shape[-trailing:])))


def _flat(parameter: Any) -> Any:
    return None if parameter is None else reshape(widened(parameter), (-1,))


def _layer_norm_vjp(
    grad: Any, input: Any, normalized_shape: Any, weight: Any, eps: float, mean: Any, rstd: Any, needs: Any
) -> Any:
    rows = _rows(widened(input), len(normalized_shape))
    if mean is None:
        mean, rstd = moments_of(rows, eps)
    found = standardized_vjp(reshape(widened(grad), rows.shape), rows, _flat(weight), mean, rstd, needs)
    shapes = grad.shape, normalized_shape, normalized_shape
    return [each if each is None else reshape(each, shape) for each, shape in zip(found, shapes)]


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
    rows = _rows(widened(input), len(normalized_shape))
    found, mean, rstd = standardized(rows, _flat(weight), _flat(bias), eps)
    return in_dtype(reshape(found, input.shape), input.dtype), mean, rstd  # type: ignore[return-value]


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
            f"{function}(): argument 'normalized_shape' (position 2) must be tuple of ints, not {type(shape).__name__}"
        )
    return tuple(shape)


# ------------------------------------------------------------------------------------------------- group norm


def _rows_of_groups(array: Any, groups: int) -> Any:
    """``(N, C, *)`` with everything in a group in one row."""
    return reshape(array, (array.shape[0] * groups, prod(array.shape[1:]) // groups))


def _channels(array: Any) -> Any:
    """``(N, C, *)`` as ``(N, C, S)``."""
    return reshape(array, (*array.shape[:2], prod(array.shape[2:])))


def _by_channel(array: Any, vector: Any, combine: Any) -> Any:
    """``(N, C, *)`` combined with one number for each channel."""
    shape = array.shape
    return reshape(combine(_channels(array), reshape(vector, (1, -1, 1))), shape)


def group_norm_vjp(
    grad: Any, input: Any, num_groups: int, weight: Any, eps: float, mean: Any, rstd: Any, needs: Any
) -> Any:
    grad, rows = widened(grad), _rows_of_groups(widened(input), num_groups)
    if mean is None:
        mean, rstd = moments_of(rows, eps)
    channels = _channels(grad)
    of_input = of_weight = None
    if needs[0]:
        g = grad if weight is None else _by_channel(grad, widened(weight), np.multiply)
        wanted = (True, False, False)
        (of_rows, *_) = standardized_vjp(_rows_of_groups(g, num_groups), rows, None, mean, rstd, wanted)
        of_input = reshape(of_rows, grad.shape)
    if needs[1]:
        x_hat = times(rows - mean, rstd)
        of_weight = reshape(channel_products(channels, reshape(x_hat, channels.shape)), (-1,))
    return of_input, of_weight, reshape(channel_sums(channels), (-1,)) if needs[2] else None


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
    joint=group_norm_vjp,
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
    found, mean, rstd = standardized(_rows_of_groups(widened(input), num_groups), None, None, eps)
    found = reshape(found, input.shape)
    if weight is not None:
        found = _by_channel(found, widened(weight), times)
    if bias is not None:
        found = _by_channel(found, widened(bias), plus)
    return in_dtype(found, input.dtype), mean, rstd  # type: ignore[return-value]


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
    return like(native_group_norm(input, num_groups, weight, bias, eps), input)  # type: ignore[no-any-return]
