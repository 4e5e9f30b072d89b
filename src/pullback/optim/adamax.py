"""Adamax: Adam with the largest gradient of late in place of the mean square."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.updates import exact
from pullback.optim._form import functional_form
from pullback.optim._rules import addcdiv_, apply_rule, directed, lerp_, like
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

__all__ = ["Adamax", "adamax"]


class Adamax(Optimizer):
    """Adamax (Kingma and Ba, 2015, section 7.1). Formula: :func:`adamax`.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        betas: how much of the mean and of the largest gradient is kept at each step.
        eps: keeps the denominator from zero.
        weight_decay: factor of an L2 penalty.
        foreach: accepted for PyTorch's sake; there is one way to compute.
        maximize: climb instead of descend.
        differentiable: record the update itself, so that one can differentiate through it.
        capturable: accepted on devices that can capture a step into a graph; an error elsewhere.

    >>> import pullback as torch
    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> weight.grad = torch.tensor([2.0])
    >>> Adamax([weight], lr=0.1).step()
    >>> weight
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
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
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        complete(self, capturable=False)

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        refuse_capture(group, param)
        names = ("exp_avg", "exp_inf")
        if not state:
            start(state, param, names)
        beta1, beta2 = group["betas"]
        lr = group["lr"] if group["differentiable"] else number(group["lr"])
        rate = lr / (1 - beta1 ** advance(state["step"]))
        settings = {name: group[name] for name in ("eps", "weight_decay", "maximize")}
        apply_rule(_rule, param, grad, state, names, group, rate=rate, beta1=beta1, beta2=beta2, **settings)


def _rule(
    p: Any,
    g: Any,
    mean: Any,
    largest: Any,
    *,
    rate: Any,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    maximize: bool,
) -> None:
    """The update, in place; `rate` is ``lr / (1 - beta1^step)``.

    ::

        g = grad + weight_decay * param
        mean   += (1 - beta1) * (g - mean)
        largest = max(beta2 * largest, |g| + eps)
        param  -= rate * mean / largest
    """
    g = directed(p, g, weight_decay, maximize)
    lerp_(mean, g, 1 - beta1)
    largest[...] = np.maximum(like(p, largest * exact(p, beta2)), like(p, np.abs(g) + exact(p, eps)))
    addcdiv_(p, mean, largest, -rate)


adamax = functional_form(
    Adamax,
    "adamax",
    "exp_avgs exp_infs state_steps",
    "foreach maximize differentiable capturable has_complex",
    "eps beta1 beta2 lr weight_decay",
)
