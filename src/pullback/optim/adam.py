"""Adam: steps scaled by running means of the gradient and of its square."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.arrays import updates
from pullback.autograd.graph import increment_version
from pullback.optim._form import functional_form
from pullback.optim._settings import (
    advance,
    check_betas,
    check_lr,
    check_modes,
    complete,
    memory,
    number,
    refuse_capture,
    refuse_recording_foreach,
    require,
    start,
)
from pullback.optim.optimizer import Group, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["Adam", "adam"]


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015). Formula: :func:`pullback.arrays.updates.adam`.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        betas: how much of the means of the gradient and of its square is kept at each step.
        eps: keeps the denominator from zero.
        weight_decay: factor of an L2 penalty.
        amsgrad: divide by the largest mean square so far (Reddi et al., 2018).
        foreach: accepted for PyTorch's sake, like `fused`; there is one way to compute.
        maximize: climb instead of descend.
        capturable: accepted on devices that can capture a step into a graph; an error elsewhere.
        differentiable: record the update itself, so that one can differentiate through it.
        decoupled_weight_decay: shrink the parameter directly instead (AdamW).

    >>> import pullback as torch
    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> weight.grad = torch.tensor([2.0])
    >>> Adam([weight], lr=0.1).step()
    >>> weight
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_lr(lr, foreach, capturable)
        require(eps >= 0.0, "epsilon value", eps)
        check_betas(betas)
        require(weight_decay >= 0.0, "weight_decay value", weight_decay)
        if isinstance(betas[0], Tensor) != isinstance(betas[1], Tensor):
            raise ValueError("betas must be either both floats or both Tensors")
        if isinstance(betas[0], Tensor) and foreach and not capturable:
            raise ValueError("betas[0] as a Tensor is not supported for capturable=False and foreach=True")
        check_modes(foreach, fused, differentiable)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)
        if fused:
            self._step_supports_amp_scaling = True

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        complete(self, amsgrad=False, capturable=False, decoupled_weight_decay=False, fused=None)

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        refuse_capture(group, param)
        if not state:
            start(state, param, ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")[: 3 if group["amsgrad"] else 2])
        if group["differentiable"]:
            refuse_recording_foreach(group)
            return _update_recorded(param, grad, state, group)
        count = advance(state["step"])
        largest = memory(state["max_exp_avg_sq"]) if group["amsgrad"] else None
        mean, square = memory(state["exp_avg"]), memory(state["exp_avg_sq"])
        for parts in updates.real_parts(memory(param), grad._array, mean, square, largest):
            updates.adam(
                *parts,
                step=count,
                lr=number(group["lr"]),
                beta1=number(group["betas"][0]),
                beta2=number(group["betas"][1]),
                eps=group["eps"],
                weight_decay=group["weight_decay"],
                decoupled=group["decoupled_weight_decay"],
                maximize=group["maximize"],
            )
        increment_version(param)


def _update_recorded(param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
    """The update in operations that are recorded."""
    beta1, beta2 = group["betas"]
    lr, decay = group["lr"], group["weight_decay"]
    state["step"] = state["step"] + 1
    grad = -grad if group["maximize"] else grad
    if decay != 0 and group["decoupled_weight_decay"]:
        param.mul_(1 - lr * decay)
    elif decay != 0:
        grad = grad + decay * param
    mean = state["exp_avg"] = state["exp_avg"] + (1 - beta1) * (grad - state["exp_avg"])
    square = state["exp_avg_sq"] = beta2 * state["exp_avg_sq"] + (1 - beta2) * grad * grad.conj()
    if group["amsgrad"]:
        square = state["max_exp_avg_sq"] = pullback.maximum(state["max_exp_avg_sq"], square)
    rate = lr / (1 - beta1 ** state["step"])
    denominator = square.sqrt() / (1 - beta2 ** state["step"]).sqrt() + group["eps"]
    param.sub_(rate * mean / denominator)


adam = functional_form(
    Adam,
    "adam",
    "exp_avgs exp_avg_sqs max_exp_avg_sqs state_steps",
    "foreach capturable differentiable fused grad_scale found_inf has_complex decoupled_weight_decay",
    "amsgrad beta1 beta2 lr weight_decay eps maximize",
)
