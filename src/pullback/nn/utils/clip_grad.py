"""Keeping gradients from exploding."""

from __future__ import annotations

import functools
import types
import warnings
from collections.abc import Iterable
from typing import Any

import pullback
from pullback.ops.reduction.norms import vector_norm
from pullback.tensor import Tensor

__all__ = ["clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The p-norm of all tensors together, as if they were one vector.

    Args:
        tensors: one tensor or several.
        norm_type: the p; ``float("inf")`` for the largest magnitude.
        error_if_nonfinite: raise where the norm is infinite or nan.
        foreach: accepted for PyTorch's sake.

    Raises:
        RuntimeError: for a norm that is not finite, if asked for.
    """
    tensors = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    norm_type = float(norm_type)
    if not tensors:
        return pullback.tensor(0.0)
    with pullback.no_grad():
        norms = [vector_norm(tensor, norm_type) for tensor in tensors]
        first = norms[0].device
        total: Tensor = vector_norm(pullback.stack([norm.to(first) for norm in norms]), norm_type)
    if error_if_nonfinite and not bool(total.isfinite()):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return total


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    total_norm: Tensor,
    foreach: bool | None = None,
) -> None:
    """Scale the gradients of `parameters`, in place, by ``max_norm / total_norm`` where that is below one."""
    with pullback.no_grad():
        # The small term keeps a zero norm from dividing by zero; the product with one needs no test of the value.
        factor = (float(max_norm) / (total_norm + 1e-6)).clamp(max=1.0)
        for grad in _gradients(parameters):
            grad.mul_(factor.to(grad.device))


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients of `parameters`, in place, so that their norm is at most `max_norm`.

    Returns:
        The norm before, as `get_total_norm` gives it.

    >>> import pullback as torch
    >>> weight = torch.nn.Parameter(torch.zeros(2))
    >>> weight.grad = torch.tensor([3.0, 4.0])
    >>> clip_grad_norm_([weight], 1.0), weight.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    if isinstance(parameters, types.GeneratorType):
        parameters = list(parameters)
        if not parameters:
            warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2)
    elif not isinstance(parameters, Tensor):
        parameters = list(parameters)  # it is gone through twice
    total_norm = get_total_norm(_gradients(parameters), norm_type, error_if_nonfinite, foreach)
    clip_grads_with_norm_(parameters, max_norm, total_norm, foreach)
    return total_norm


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Clip every element of the gradients of `parameters`, in place, to ``[-clip_value, clip_value]``."""
    bound = float(clip_value)
    with pullback.no_grad():
        for grad in _gradients(parameters):
            grad.clamp_(-bound, bound)


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    return [param.grad for param in parameters if param.grad is not None]


@functools.wraps(clip_grad_norm_)
def clip_grad_norm(*args: Any, **kwargs: Any) -> Tensor:
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(*args, **kwargs)
