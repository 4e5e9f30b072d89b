"""Losses between numbers and between distributions.

Every loss takes ``reduction``: ``"mean"``, ``"sum"`` or ``"none"``. `size_average` and `reduce` are its deprecated
forms.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import pullback
from pullback.nn.functional._reduction import REDUCTIONS, chosen, reduced
from pullback.ops.neural import loss as operators
from pullback.ops.neural.checks import need_tensors
from pullback.ops.neural.scalars import add_number, mul_number
from pullback.ops.typing import V
from pullback.tensor import Tensor

__all__ = [
    "gaussian_nll_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
]


def _aligned(input: Any, target: Any) -> tuple[Any, Any]:
    """Both in one shape, with PyTorch's warning where they had to be broadcast."""
    if target.size() == input.size():
        return input, target
    warnings.warn(
        f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). This will "
        "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=3,
    )
    return pullback.broadcast_tensors(input, target)  # type: ignore[return-value]


def _check_weight(weight: Any, input: Any, reduction: str) -> None:
    if weight.size() != input.size():
        raise ValueError("Weights and input must have the same size.")
    if reduction not in REDUCTIONS:
        raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")


def _weighted(loss: Any, weight: Any, reduction: str) -> Any:
    """Weighted losses, their sum, or their mean weighted by the weights."""
    loss = loss * weight
    if reduction == "mean":
        return loss.sum() / weight.sum()
    return loss.sum() if reduction == "sum" else loss


# ----------------------------------------------------------------------------------------------- differences


def l1_loss(
    input: V,
    target: V,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: V | None = None,
) -> V:
    """Absolute difference. Shapes: ``(*), (*) -> ()``; `weight` ``(*)`` makes the mean a weighted one.

    >>> import pullback as torch
    >>> torch.nn.functional.l1_loss(torch.tensor([1., 2.]), torch.tensor([1., 4.]))
    tensor(1.)
    """
    if size_average is not None or reduce is not None:
        reduction = chosen(reduction, size_average, reduce)
    input, target = _aligned(input, target)
    if weight is None:
        return reduced((input - target).abs(), chosen(reduction))  # type: ignore[no-any-return]
    _check_weight(weight, input, reduction)
    return _weighted((input - target).abs(), weight, reduction)  # type: ignore[no-any-return]


def mse_loss(
    input: V,
    target: V,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: V | None = None,
) -> V:
    """Squared difference. Shapes: ``(*), (*) -> ()``; `weight` ``(*)`` makes the mean a weighted one.

    Floating dtypes; they promote. Warns where shapes differ and broadcast.

    >>> import pullback as torch
    >>> torch.nn.functional.mse_loss(torch.tensor([1., 2.]), torch.tensor([1., 4.]))
    tensor(2.)
    """
    if size_average is not None or reduce is not None:
        reduction = chosen(reduction, size_average, reduce)
    input, target = _aligned(input, target)
    if weight is None:
        return operators.mse_loss(input, target, chosen(reduction))
    _check_weight(weight, input, reduction)
    return _weighted((input - target).pow(2), weight, reduction)  # type: ignore[no-any-return]


def smooth_l1_loss(
    input: V,
    target: V,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> V:
    """``d²/(2 beta)`` for differences ``d`` below `beta` in magnitude, ``|d| - beta/2`` beyond.

    Shapes: ``(*), (*) -> ()``. Raises ``RuntimeError`` for a negative `beta`.
    """
    if size_average is not None or reduce is not None:
        reduction = chosen(reduction, size_average, reduce)
    input, target = _aligned(input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return reduced((input - target).abs(), chosen(reduction))  # type: ignore[no-any-return]
    return operators.smooth_l1_loss(input, target, chosen(reduction), beta)


def huber_loss(input: V, target: V, reduction: str = "mean", delta: float = 1.0, weight: V | None = None) -> V:
    """``d²/2`` for differences ``d`` below `delta` in magnitude, ``delta (|d| - delta/2)`` beyond.

    Shapes: ``(*), (*) -> ()``; `weight` ``(*)`` multiplies the losses. Raises ``RuntimeError`` unless `delta` is
    positive.
    """
    input, target = _aligned(input, target)
    if weight is None:
        return operators.huber_loss(input, target, chosen(reduction), delta)
    _check_weight(weight, input, reduction)
    return reduced(operators.huber_loss(input, target, "none", delta) * weight, reduction)  # type: ignore[no-any-return]


# --------------------------------------------------------------------------------------------- distributions


def kl_div(
    input: V,
    target: V,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> V:
    """Kullback–Leibler divergence of log-probabilities `input` from `target`, element by element.

    Shapes broadcast. `reduction` may also be ``"batchmean"``: the sum over the first length, which is what the
    divergence of a batch means; ``"mean"`` warns. `target` holds probabilities, or with `log_target` their logarithms.

    >>> import pullback as torch
    >>> certain = torch.tensor([[0.5, 0.5]])
    >>> torch.nn.functional.kl_div(certain.log(), certain, reduction="batchmean")
    tensor(0.)
    """
    if size_average is not None or reduce is not None:
        reduction = chosen(reduction, size_average, reduce)
    else:
        if reduction == "mean":
            warnings.warn(
                "reduction: 'mean' divides the total loss by both the batch size and the support size."
                "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
                "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
                stacklevel=2,
            )
    how = "sum" if reduction == "batchmean" else chosen(reduction)
    need_tensors("kl_div", input=input, target=target)
    if "c" in (input.dtype.kind, target.dtype.kind):
        raise RuntimeError("kl_div: Complex inputs not supported.")
    if not (input.is_floating_point() and target.is_floating_point()):
        raise RuntimeError("kl_div: Integral inputs not supported.")
    loss = target.exp() * (target - input) if log_target else pullback.xlogy(target, target) - target * input
    found = reduced(loss, how)
    if reduction == "batchmean" and input.dim():
        found = found / input.size()[0]
    return found  # type: ignore[no-any-return]


def poisson_nll_loss(
    input: V,
    target: V,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> V:
    """Negative log likelihood of counts `target` under Poisson rates ``exp(input)``, or `input` itself unless
    `log_input`.

    Shapes broadcast. `full` adds Stirling's approximation of ``log(target!)`` for targets above 1; `eps` keeps the
    logarithm of a rate finite.
    """
    reduction = chosen(reduction, size_average, reduce)
    need_tensors("poisson_nll_loss", input=input, target=target)
    if log_input:
        loss = input.exp() - target * input
    else:
        loss = input - target * add_number(input, eps).log()
    if full:
        half_log = mul_number(mul_number(target, 2 * math.pi).log(), 0.5)
        stirling = target * target.log() - target + half_log
        loss = loss + stirling.masked_fill(target <= 1, 0)
    return reduced(loss, reduction)  # type: ignore[no-any-return]


def _variance(var: Any, input: Any) -> Any:
    """The variances in a shape that broadcasts with `input`; ``ValueError`` for one that does not belong to it."""
    if var.size() == input.size():
        return var
    if input.size()[:-1] == var.size():
        return var.unsqueeze(-1)
    matching = sum(have == want for have, want in zip(input.size(), var.size()))
    if input.dim() == var.dim() and matching == input.dim() - 1 and 1 in var.size():
        return var
    raise ValueError("var is of incorrect size")


def gaussian_nll_loss(
    input: V,
    target: V,
    var: V | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> V:
    """Negative log likelihood of `target` under normal distributions of mean `input` and variance `var`.

    Shapes: ``(*), (*) -> ()``; `var` is a number, ``(*)``, or has one length less or a last length of 1. It is
    clamped to `eps` from below, which gradients do not see. `full` adds the constant ``log(2π)/2``. Raises
    ``ValueError`` for a negative variance.
    """
    if isinstance(var, (int, float)) and not isinstance(var, bool):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = var * pullback.ones_like(input)
    elif isinstance(var, Tensor):
        var = _variance(var, input)
        if (var < 0).any():
            raise ValueError("var has negative entry/entries")
    if reduction not in REDUCTIONS:
        raise ValueError(reduction + " is not valid")
    variance: Any = var.clone()
    with pullback.no_grad():
        variance.clamp_(min=eps)
    loss = 0.5 * (variance.log() + (input - target) ** 2 / variance)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return reduced(loss, reduction)  # type: ignore[no-any-return]
