"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.arrays.updates import exact
from pullback.optim._form import functional_form
from pullback.optim._rules import addcdiv_, addcmul_, apply_rule, directed, lerp_, like, root, scale_
from pullback.optim._settings import (
    advance,
    check_betas,
    check_one_lr,
    complete,
    memory,
    new_step,
    number,
    refuse_capture,
    require,
    start,
)
from pullback.optim.optimizer import Group, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["NAdam", "nadam"]


class NAdam(Optimizer):
    """NAdam (Dozat, 2016). Formula: :func:`nadam`.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        betas: how much of the means of the gradient and of its square is kept at each step.
        eps: keeps the denominator from zero.
        weight_decay: factor of an L2 penalty.
        momentum_decay: how fast the momentum rises to its full strength.
        decoupled_weight_decay: shrink the parameter directly instead, as AdamW does.
        foreach: accepted for PyTorch's sake; there is one way to compute.
        maximize: climb instead of descend.
        capturable: accepted on devices that can capture a step into a graph; an error elsewhere.
        differentiable: record the update itself, so that one can differentiate through it.

    >>> import pullback as torch
    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> weight.grad = torch.tensor([2.0])
    >>> NAdam([weight], lr=0.1).step()
    >>> weight
    tensor([0.8944], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        require(momentum_decay >= 0.0, "momentum_decay value", momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        complete(self, capturable=False, decoupled_weight_decay=False)
        for kept in self.state.values():
            if "mu_product" in kept and not isinstance(kept["mu_product"], Tensor):
                kept["mu_product"] = new_step() + float(kept["mu_product"])

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        refuse_capture(group, param, "params, mu_products")
        names = ("exp_avg", "exp_avg_sq")
        if not state:
            start(state, param, ())
            state["mu_product"] = pullback.ones((), dtype=state["step"].dtype)
            state.update({name: pullback.zeros_like(param, memory_format=pullback.preserve_format) for name in names})
        beta1, beta2 = group["betas"]
        step = advance(state["step"])
        mu, next_mu = (beta1 * (1 - 0.5 * 0.96 ** (n * group["momentum_decay"])) for n in (step, step + 1))
        product = memory(state["mu_product"])
        product *= mu
        done = float(product)
        lr = group["lr"] if group["differentiable"] else number(group["lr"])
        apply_rule(
            _rule,
            param,
            grad,
            state,
            names,
            group,
            grad_rate=lr * (1 - mu) / (1 - done),
            mean_rate=lr * next_mu / (1 - done * next_mu),
            beta1=beta1,
            beta2=beta2,
            correction=1 - beta2**step,
            eps=group["eps"],
            shrink=lr * group["weight_decay"] if group["decoupled_weight_decay"] else 0,
            weight_decay=0 if group["decoupled_weight_decay"] else group["weight_decay"],
            maximize=group["maximize"],
        )


def _rule(
    p: Any,
    g: Any,
    mean: Any,
    square: Any,
    *,
    grad_rate: Any,
    mean_rate: Any,
    beta1: float,
    beta2: float,
    correction: float,
    eps: float,
    shrink: Any,
    weight_decay: float,
    maximize: bool,
) -> None:
    """The update, in place.

    With ``mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2)`` and ``M_t`` the product of all up to ``mu_t``,
    `grad_rate` is ``lr * (1 - mu_t) / (1 - M_t)``, `mean_rate` is ``lr * mu_(t+1) / (1 - M_(t+1))`` and `correction`
    is ``1 - beta2^t``. ::

        g = grad + weight_decay * param          (decoupled: param *= 1 - shrink)
        mean   += (1 - beta1) * (g - mean)
        square  = beta2 * square + (1 - beta2) * g²
        param  -= (grad_rate * g + mean_rate * mean) / (√(square / correction) + eps)
    """
    if shrink:
        scale_(p, 1 - shrink)
    g = directed(p, g, weight_decay, maximize)
    lerp_(mean, g, 1 - beta1)
    scale_(square, beta2)
    addcmul_(square, g, g, 1 - beta2)
    denominator = root(like(p, square / exact(p, correction)), eps)
    addcdiv_(p, g, denominator, -grad_rate)
    addcdiv_(p, mean, denominator, -mean_rate)


nadam = functional_form(
    NAdam,
    "nadam",
    "exp_avgs exp_avg_sqs mu_products state_steps",
    "decoupled_weight_decay foreach capturable differentiable has_complex maximize",
    "beta1 beta2 lr weight_decay momentum_decay eps",
)
