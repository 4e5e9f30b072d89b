"""Adagrad: steps that shrink with the sum of all squared gradients."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.optim._form import functional_form
from pullback.optim._rules import addcdiv_, addcmul_, apply_rule, directed, root
from pullback.optim._settings import advance, check_modes, check_one_lr, complete, new_step, number, require
from pullback.optim.optimizer import Group, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["Adagrad", "adagrad"]


class Adagrad(Optimizer):
    """Adagrad (Duchi, Hazan and Singer, 2011). Formula: :func:`adagrad`.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        lr_decay: by how much it is divided more at each step.
        weight_decay: factor of an L2 penalty.
        initial_accumulator_value: where the sums of squares begin.
        eps: keeps the denominator from zero.
        foreach: accepted for PyTorch's sake, like `fused`; there is one way to compute.
        maximize: climb instead of descend.
        differentiable: record the update itself, so that one can differentiate through it.

    >>> import pullback as torch
    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> weight.grad = torch.tensor([2.0])
    >>> Adagrad([weight], lr=0.1).step()
    >>> weight
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_one_lr(lr)
        require(lr_decay >= 0.0, "lr_decay value", lr_decay)
        require(weight_decay >= 0.0, "weight_decay value", weight_decay)
        require(initial_accumulator_value >= 0.0, "initial_accumulator_value value", initial_accumulator_value)
        require(eps >= 0.0, "epsilon value", eps)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        if fused:
            self._step_supports_amp_scaling = True
        check_modes(foreach, fused, differentiable)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        complete(self, fused=None)

    def add_param_group(self, param_group: Group) -> None:
        """Add a group of parameters; unlike others, this optimizer has their state from the beginning."""
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        first = group["initial_accumulator_value"]
        for param in group["params"]:
            value = complex(first, first) if param.is_complex() else first
            total = pullback.full_like(param, value, memory_format=pullback.preserve_format)
            self.state[param] = {"step": new_step(), "sum": total.detach()}

    def share_memory(self) -> None:
        """Move the state into memory that processes share."""
        for state in self.state.values():
            state["step"].share_memory_()
            state["sum"].share_memory_()

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        step = advance(state["step"])
        lr = group["lr"] if group["differentiable"] else number(group["lr"])
        rate = lr / (1 + (step - 1) * group["lr_decay"])
        settings = {name: group[name] for name in ("eps", "weight_decay", "maximize")}
        apply_rule(_rule, param, grad, state, ("sum",), group, rate=rate, **settings)


def _rule(p: Any, g: Any, total: Any, *, rate: Any, eps: float, weight_decay: float, maximize: bool) -> None:
    """The update, in place; `rate` is ``lr / (1 + (step - 1) * lr_decay)``.

    ::

        g = grad + weight_decay * param
        total += g²
        param -= rate * g / (√total + eps)
    """
    g = directed(p, g, weight_decay, maximize)
    addcmul_(total, g, g, 1)
    addcdiv_(p, g, root(total, eps), -rate)


adagrad = functional_form(
    Adagrad,
    "adagrad",
    "state_sums state_steps",
    "fused grad_scale found_inf has_sparse_grad foreach differentiable has_complex",
    "lr weight_decay lr_decay eps maximize",
)
