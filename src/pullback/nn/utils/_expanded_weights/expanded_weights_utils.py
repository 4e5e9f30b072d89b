"""Parts for functions that take `ExpandedWeight`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.nn.utils._expanded_weights.expanded_weights_impl import ExpandedWeight, check
from pullback.tensor import Tensor


def standard_kwargs(kwarg_names: tuple[str, ...], expanded_args: tuple[Any, ...]) -> tuple[Any, dict[str, Any]]:
    """Arguments whose last ones are named, in two: positional and named ones."""
    place = len(expanded_args) - len(kwarg_names)
    return expanded_args[:place], dict(zip(kwarg_names, expanded_args[place:]))


def forward_helper(func: Callable[..., Any], expanded_args: Any, expanded_kwargs: Any) -> Any:
    """`func` of the weights that were expanded; ``RuntimeError`` if these are of another batch."""
    check(getattr(func, "__name__", ""), expanded_args, expanded_kwargs)
    plain = lambda each: each.orig_weight if isinstance(each, ExpandedWeight) else each
    return func(*map(plain, expanded_args), **{key: plain(each) for key, each in expanded_kwargs.items()})


def maybe_scale_by_batch_size(grad_sample: Any, expanded_weight: ExpandedWeight) -> Any:
    """A gradient of a mean of losses as that of the losses."""
    return grad_sample * expanded_weight.batch_size if expanded_weight.loss_reduction == "mean" else grad_sample


def set_grad_sample_if_exists(maybe_expanded_weight: Any, per_sample_grad_fn: Callable[[Any], Any]) -> None:
    """Add what a function gives to ``grad_sample``, if the weight is expanded."""
    weight = unpack_expanded_weight_or_tensor(maybe_expanded_weight)
    if isinstance(maybe_expanded_weight, ExpandedWeight):
        found = maybe_scale_by_batch_size(per_sample_grad_fn(weight), maybe_expanded_weight)
        before = getattr(weight, "grad_sample", None)
        weight.grad_sample = found if before is None else before + found


def unpack_expanded_weight_or_tensor(maybe_expanded_weight: Any, func: Callable[[Any], Any] = lambda x: x) -> Any:
    """A function of the weight; `None` for what is no tensor, ``RuntimeError`` for a plain parameter."""
    if isinstance(maybe_expanded_weight, ExpandedWeight):
        return func(maybe_expanded_weight.orig_weight)
    if not isinstance(maybe_expanded_weight, Tensor):
        return None
    if maybe_expanded_weight.requires_grad:
        raise RuntimeError(
            "ExpandedWeights currently does not support a mixture of ExpandedWeight parameters and normal Parameters. "
            "Please file and issue with pytorch/pytorch"
        )
    return func(maybe_expanded_weight)


def sum_over_all_but_batch_and_last_n(tensor: Tensor, n_dims: int) -> Tensor:
    """The sum over all axes but the first and the last `n_dims`."""
    axes = list(range(1, tensor.dim() - n_dims))
    return tensor.sum(axes) if axes else tensor
