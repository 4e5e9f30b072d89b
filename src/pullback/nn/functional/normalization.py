"""Normalisation layers as functions."""

from __future__ import annotations

from math import prod
from typing import Any

from pullback.nn.functional.padding import pad
from pullback.nn.functional.pooling import avg_pool2d, avg_pool3d
from pullback.ops.formats import like
from pullback.ops.neural import batch_norm as batches, normalization as operators, rms_norm as root_mean_square
from pullback.ops.typing import Shape, V
from pullback.ops.wrong_types import asks_for_tensors

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "rms_norm"]


def _need_several(size: Any) -> None:
    """Raise ``ValueError`` for a batch with one value in each channel, whose variance says nothing."""
    if size[0] * prod(size[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


def batch_norm(
    input: V,
    running_mean: V | None,
    running_var: V | None,
    weight: V | None = None,
    bias: V | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> V:
    """Normalise each channel over the batch, or by running statistics if not `training`: ``(N, C, *)``
    (Ioffe and Szegedy, 2015).

    Vectors are ``(C,)``. In training the running statistics, if given, move by `momentum` towards those of the batch,
    in place. Raises ``ValueError`` for one value in each channel in training and for
    a wrong `eps`, ``RuntimeError`` where shapes do not fit.

    >>> import pullback as torch
    >>> torch.nn.functional.batch_norm(torch.tensor([[1.], [3.]]), None, None, training=True).tolist()
    [[-0.9999949932098389], [0.9999949932098389]]
    """
    if training:
        _need_several(input.size())
        if eps <= 0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    elif eps < 0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    return batches.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, True)


def instance_norm(
    input: V,
    running_mean: V | None = None,
    running_var: V | None = None,
    weight: V | None = None,
    bias: V | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> V:
    """Normalise each channel of each sample: ``(N, C, *) -> (N, C, *)`` (Ulyanov et al., 2016).

    Vectors are ``(C,)``. Without `use_input_stats` the running statistics are used. Raises ``ValueError`` where a
    channel of a sample has one value only.
    """
    if use_input_stats and prod(input.size()[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.size()}")
    return batches.instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, True)


def layer_norm(
    input: V, normalized_shape: Shape, weight: V | None = None, bias: V | None = None, eps: float = 1e-5
) -> V:
    """Normalise over the trailing axes `normalized_shape`: ``(*, S) -> (*, S)`` (Ba et al., 2016): `torch.layer_norm`."""
    return operators.layer_norm(input, normalized_shape, weight, bias, eps)


@asks_for_tensors
def rms_norm(input: V, normalized_shape: Shape, weight: V | None = None, eps: float | None = None) -> V:
    """Divide by the root of the mean square over the trailing axes: `torch.rms_norm`."""
    return root_mean_square.rms_norm(input, normalized_shape, weight, eps)


def group_norm(input: V, num_groups: int, weight: V | None = None, bias: V | None = None, eps: float = 1e-5) -> V:
    """Normalise over each of `num_groups` groups of channels: ``(N, C, *)`` (Wu and He, 2018): `torch.group_norm`.

    Raises ``ValueError`` where a group has one value only.
    """
    if input.dim() < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.dim()}")
    size = input.size()
    if size[0] * (size[1] // num_groups) * prod(size[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {list(size)}")
    return operators.group_norm(input, num_groups, weight, bias, eps)


def local_response_norm(input: V, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> V:
    """Divide by ``(k + alpha * m) ** beta``, where m is the mean square over `size` neighbouring channels.

    Shapes: ``(N, C, *) -> (N, C, *)`` with one axis or more behind the channels (Krizhevsky et al., 2012).
    """
    x: Any = input
    if x.dim() < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality                          input (got {x.dim()} dimensions)"
        )
    if x.numel() == 0:
        return input
    before, behind = size // 2, (size - 1) // 2
    square = x.mul(x)
    if x.dim() == 3:
        square = pad(square.unsqueeze(1), (0, 0, before, behind))
        mean = avg_pool2d(square, (size, 1), stride=1).squeeze(1)
    else:
        sizes = x.size()
        square = square.view(sizes[0], 1, sizes[1], sizes[2], -1)
        mean = avg_pool3d(pad(square, (0, 0, 0, 0, before, behind)), (size, 1, 1), stride=1).squeeze(1).view(sizes)
    return like(x / mean.mul(alpha).add(k).pow(beta), x)  # type: ignore[no-any-return]
