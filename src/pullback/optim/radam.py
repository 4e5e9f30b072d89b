"""RAdam: Adam that waits until the mean square is known well enough."""

from __future__ import annotations

from math import sqrt
from typing import Any

from pullback.optim._form import functional_form
from pullback.optim._rules import add_, addcdiv_, addcmul_, apply_rule, directed, lerp_, root, scale_
from pullback.optim._settings import (
    advance,
    check_betas,
    check_one_lr,
    complete,
    number,
    refuse_capture,
    require,
    start,
)
from pullback.optim.optimizer import Group, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["RAdam", "radam"]


class RAdam(Optimizer):
    """RAdam (Liu et al., 2020). Formula: :func:`radam`.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        betas: how much of the means of the gradient and of its square is kept at each step.
        eps: keeps the denominator from zero.
        weight_decay: factor of an L2 penalty.
        decoupled_weight_decay: shrink the parameter directly instead, as AdamW does.
        foreach: accepted for PyTorch's sake; there is one way to compute.
        maximize: climb instead of descend.
        capturable: accepted on devices that can capture a step into a graph; an error elsewhere.
        differentiable: record the update itself, so that one can differentiate through it.

    >>> import pullback as torch
    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> weight.grad = torch.tensor([2.0])
    >>> RAdam([weight], lr=0.1).step()
    >>> weight
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_one_lr(lr)
        require(eps >= 0.0, "epsilon value", eps)
        check_betas(betas)
        require(weight_decay >= 0.0, "weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        complete(self, capturable=False, decoupled_weight_decay=False)

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        refuse_capture(group, param)
        names = ("exp_avg", "exp_avg_sq")
        if not state:
            start(state, param, names)
        beta1, beta2 = group["betas"]
        step = advance(state["step"])
        lr = group["lr"] if group["differentiable"] else number(group["lr"])
        apply_rule(
            _rule,
            param,
            grad,
            state,
            names,
            group,
            rate=lr / (1 - beta1**step),
            scale=_scale(step, beta2),
            beta1=beta1,
            beta2=beta2,
            eps=group["eps"],
            shrink=lr * group["weight_decay"] if group["decoupled_weight_decay"] else 0,
            weight_decay=0 if group["decoupled_weight_decay"] else group["weight_decay"],
            maximize=group["maximize"],
        )


def _scale(step: float, beta2: float) -> float | None:
    """By how much the mean is scaled beside the root of the mean square; `None` while that is not known well."""
    left = 1 - beta2**step
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * step * beta2**step / left
    if length <= 5.0:
        return None
    trust = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
    return sqrt(left) * sqrt(trust)


def _rule(
    p: Any,
    g: Any,
    mean: Any,
    square: Any,
    *,
    rate: Any,
    scale: float | None,
    beta1: float,
    beta2: float,
    eps: float,
    shrink: Any,
    weight_decay: float,
    maximize: bool,
) -> None:
    """The update, in place; `rate` is ``lr / (1 - beta1^step)``.

    ::

        g = grad + weight_decay * param          (decoupled: param *= 1 - shrink)
        mean   += (1 - beta1) * (g - mean)
        square  = beta2 * square + (1 - beta2) * g²
        param  -= rate * scale * mean / (√square + eps)      (without `scale`: rate * mean)
    """
    if shrink:
        scale_(p, 1 - shrink)
    g = directed(p, g, weight_decay, maximize)
    lerp_(mean, g, 1 - beta1)
    scale_(square, beta2)
    addcmul_(square, g, g, 1 - beta2)
    if scale is None:
        add_(p, mean, -rate)
    else:
        addcdiv_(p, mean, root(square, eps), -rate * scale)


radam = functional_form(
    RAdam,
    "radam",
    "exp_avgs exp_avg_sqs state_steps",
    "decoupled_weight_decay foreach differentiable capturable has_complex maximize",
    "beta1 beta2 lr weight_decay eps",
)
