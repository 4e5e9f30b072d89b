"""RMSprop: steps divided by the running root mean square of the gradient."""

from __future__ import annotations

from typing import Any

from pullback.optim._form import functional_form
from pullback.optim._rules import add_, addcdiv_, addcmul_, apply_rule, directed, lerp_, root, scale_
from pullback.optim._settings import advance, check_one_lr, complete, number, refuse_capture, require, start
from pullback.optim.optimizer import Group, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["RMSprop", "rmsprop"]


class RMSprop(Optimizer):
    """RMSprop (Hinton's lecture notes), optionally centred (Graves, 2013). Formula: :func:`rmsprop`.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        alpha: how much of the mean square is kept at each step.
        eps: keeps the denominator from zero.
        weight_decay: factor of an L2 penalty.
        momentum: share of the last update that is kept.
        centered: divide by the running standard deviation instead.
        capturable: accepted on devices that can capture a step into a graph; an error elsewhere.
        foreach: accepted for PyTorch's sake; there is one way to compute.
        maximize: climb instead of descend.
        differentiable: record the update itself, so that one can differentiate through it.

    >>> import pullback as torch
    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> weight.grad = torch.tensor([2.0])
    >>> RMSprop([weight], lr=0.01).step()
    >>> weight
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_one_lr(lr)
        require(eps >= 0.0, "epsilon value", eps)
        require(momentum >= 0.0, "momentum value", momentum)
        require(weight_decay >= 0.0, "weight_decay value", weight_decay)
        require(alpha >= 0.0, "alpha value", alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        complete(self, momentum=0, centered=False, capturable=False)

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        refuse_capture(group, param)
        names = ["square_avg"]
        names += ["momentum_buffer"] if group["momentum"] > 0 else []
        names += ["grad_avg"] if group["centered"] else []
        if not state:
            start(state, param, names)
        advance(state["step"])
        settings = {name: group[name] for name in ("alpha", "eps", "weight_decay", "momentum", "centered", "maximize")}
        lr = group["lr"] if group["differentiable"] else number(group["lr"])
        apply_rule(_rule, param, grad, state, names, group, lr=lr, **settings)


def _rule(
    p: Any,
    g: Any,
    square: Any,
    *others: Any,
    lr: Any,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
    centered: bool,
    maximize: bool,
) -> None:
    """The update, in place; `others` are the velocity if there is momentum, and the mean gradient if `centered`.

    ::

        g = grad + weight_decay * param
        square = alpha * square + (1 - alpha) * g²
        mean  += (1 - alpha) * (g - mean)
        direction = g / (√square + eps)              (centred: √(square - mean²))
        velocity = momentum * velocity + direction
        param -= lr * (velocity, or without momentum: direction)
    """
    g = directed(p, g, weight_decay, maximize)
    scale_(square, alpha)
    addcmul_(square, g, g, 1 - alpha)
    variance = square
    if centered:
        mean = others[-1]
        lerp_(mean, g, 1 - alpha)
        variance = square - mean * mean
    denominator = root(variance, eps)
    if momentum > 0:
        velocity = others[0]
        scale_(velocity, momentum)
        addcdiv_(velocity, g, denominator, 1)
        add_(p, velocity, -lr)
    else:
        addcdiv_(p, g, denominator, -lr)


rmsprop = functional_form(
    RMSprop,
    "rmsprop",
    "square_avgs grad_avgs momentum_buffer_list state_steps",
    "foreach maximize differentiable capturable has_complex",
    "lr alpha eps weight_decay momentum centered",
)
