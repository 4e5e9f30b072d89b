"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

import pullback
from pullback.tensor import Tensor

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def _check_param_device(param: Tensor, old_param_device: int | None) -> int:
    """-1, which stands for the CPU."""
    return -1


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The elements of all parameters, one after the other. Shape: ``(number of elements,)``."""
    return pullback.cat([param.reshape(-1) for param in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Give the parameters the elements of `vec`, whose memory they then share.

    >>> import pullback as torch
    >>> weight = torch.nn.Parameter(torch.zeros(2, 1))
    >>> vector_to_parameters(torch.tensor([1.0, 2.0]), [weight])
    >>> weight.tolist()
    [[1.0], [2.0]]
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for param in parameters:
        end = start + param.numel()
        param.data = vec[start:end].view_as(param).data
        start = end
