"""Adadelta: steps as large as the steps before, in proportion to the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.updates import exact
from pullback.optim._form import functional_form
from pullback.optim._rules import add_, addcmul_, apply_rule, directed, like, scale_
from pullback.optim._settings import (
    CAPTURING,
    advance,
    check_one_lr,
    complete,
    number,
    refuse_capture,
    require,
    start,
)
from pullback.optim.optimizer import Group, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["Adadelta", "adadelta"]


class Adadelta(Optimizer):
    """Adadelta (Zeiler, 2012). Formula: :func:`adadelta`.

    Args:
        params: parameters, or groups of them.
        lr: factor on the steps.
        rho: how much of the mean squares is kept at each step.
        eps: keeps roots from zero, and lets the first step be made.
        weight_decay: factor of an L2 penalty.
        foreach: accepted for PyTorch's sake; there is one way to compute.
        capturable: accepted on devices that can capture a step into a graph; an error elsewhere.
        maximize: climb instead of descend.
        differentiable: record the update itself, so that one can differentiate through it.

    >>> import pullback as torch
    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> weight.grad = torch.tensor([2.0])
    >>> Adadelta([weight]).step()
    >>> weight
    tensor([0.9968], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_one_lr(lr)
        require(0.0 <= rho <= 1.0, "rho value", rho)
        require(eps >= 0.0, "epsilon value", eps)
        require(weight_decay >= 0.0, "weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        complete(self, capturable=False)

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        refuse_capture(group, param, devices=CAPTURING[:-1])
        names = ("square_avg", "acc_delta")
        if not state:
            start(state, param, names)
        advance(state["step"])
        settings = {name: group[name] for name in ("rho", "eps", "weight_decay", "maximize")}
        lr = group["lr"] if group["differentiable"] else number(group["lr"])
        apply_rule(_rule, param, grad, state, names, group, lr=lr, **settings)


def _rule(
    p: Any, g: Any, square: Any, travelled: Any, *, lr: Any, rho: float, eps: float, weight_decay: float, maximize: bool
) -> None:
    """The update, in place.

    ::

        g = grad + weight_decay * param
        square    = rho * square + (1 - rho) * g²
        delta     = √(travelled + eps) / √(square + eps) * g
        travelled = rho * travelled + (1 - rho) * delta²
        param -= lr * delta
    """
    g = directed(p, g, weight_decay, maximize)
    scale_(square, rho)
    addcmul_(square, g, g, 1 - rho)
    delta = like(p, np.sqrt(travelled + exact(p, eps)) / np.sqrt(square + exact(p, eps)) * g)
    scale_(travelled, rho)
    addcmul_(travelled, delta, delta, 1 - rho)
    add_(p, delta, -lr)


adadelta = functional_form(
    Adadelta,
    "adadelta",
    "square_avgs acc_deltas state_steps",
    "capturable foreach differentiable has_complex",
    "lr rho eps weight_decay maximize",
)
