"""Adam with weight decay that does not pass through the means."""

from __future__ import annotations

from typing import Any

from pullback.optim._form import functional_form
from pullback.optim.adam import Adam
from pullback.optim.optimizer import ParamsT
from pullback.tensor import Tensor

__all__ = ["AdamW", "adamw"]


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019): the parameter shrinks by ``lr * weight_decay``.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        betas: how much of the means of the gradient and of its square is kept at each step.
        eps: keeps the denominator from zero.
        weight_decay: how fast parameters shrink.
        amsgrad: divide by the largest mean square so far.
        maximize: climb instead of descend.
        foreach: accepted for PyTorch's sake, like `fused`; there is one way to compute.
        capturable: accepted on devices that can capture a step into a graph; an error elsewhere.
        differentiable: record the update itself, so that one can differentiate through it.
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True


adamw = functional_form(
    AdamW,
    "adamw",
    "exp_avgs exp_avg_sqs max_exp_avg_sqs state_steps",
    "foreach capturable differentiable fused grad_scale found_inf has_complex",
    "amsgrad beta1 beta2 lr weight_decay eps maximize",
)
