"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.arrays import updates
from pullback.autograd.graph import increment_version
from pullback.optim._form import functional_form
from pullback.optim._settings import check_lr, check_modes, memory, number, require
from pullback.optim.optimizer import Group, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["SGD", "sgd"]


class SGD(Optimizer):
    """Gradient descent with momentum, Nesterov's too, and weight decay. Formula: :func:`pullback.arrays.updates.sgd`.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        momentum: share of the last update that is kept.
        dampening: share of the gradient that does not enter the momentum.
        weight_decay: factor of an L2 penalty.
        nesterov: take the gradient as if the momentum had already moved the parameter.
        maximize: climb instead of descend.
        foreach: accepted for PyTorch's sake, like `fused`; there is one way to compute.
        differentiable: record the update itself, so that one can differentiate through it.

    >>> import pullback as torch
    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> weight.grad = torch.tensor([2.0])
    >>> SGD([weight], lr=0.1).step()
    >>> weight
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        require(momentum >= 0.0, "momentum value", momentum)
        require(bool(weight_decay >= 0.0), "weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        check_modes(foreach, fused, differentiable)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        if fused:
            self._step_supports_amp_scaling = True

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("nesterov", False)
            group.setdefault("maximize", False)
            group.setdefault("foreach", None)
            group.setdefault("differentiable", False)
            group.setdefault("fused", False)

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        if group["differentiable"]:
            return _update_recorded(param, grad, state, group)
        velocity, first = None, False
        if group["momentum"] != 0:
            first = state.get("momentum_buffer") is None
            if first:
                state["momentum_buffer"] = pullback.empty_like(param, memory_format=pullback.preserve_format)
            velocity = memory(state["momentum_buffer"])
        updates.sgd(
            memory(param),
            grad._array,
            velocity,
            lr=number(group["lr"]),
            momentum=group["momentum"],
            dampening=group["dampening"],
            weight_decay=number(group["weight_decay"]),
            nesterov=group["nesterov"],
            maximize=group["maximize"],
            first=first,
        )
        increment_version(param)


def _update_recorded(param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
    """The update in operations that are recorded."""
    grad = -grad if group["maximize"] else grad
    grad = grad + group["weight_decay"] * param if group["weight_decay"] != 0 else grad
    momentum = group["momentum"]
    if momentum != 0:
        velocity = state.get("momentum_buffer")
        if velocity is None:
            velocity = grad.clone().detach()  # PyTorch does not differentiate through the first one
        else:
            velocity = momentum * velocity + (1 - group["dampening"]) * grad
        state["momentum_buffer"] = velocity
        grad = grad + momentum * velocity if group["nesterov"] else velocity
    param.sub_(group["lr"] * grad)


sgd = functional_form(
    SGD,
    "sgd",
    "momentum_buffer_list",
    "has_sparse_grad foreach fused grad_scale found_inf",
    "weight_decay momentum lr dampening nesterov maximize",
)
