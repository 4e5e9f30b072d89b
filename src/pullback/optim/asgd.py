"""ASGD: gradient descent that also keeps the mean of the parameters on the way."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.arrays.updates import exact
from pullback.optim._form import functional_form
from pullback.optim._rules import add_, apply_rule, directed, scale_
from pullback.optim._settings import advance, check_one_lr, complete, memory, number, refuse_capture, require, start
from pullback.optim.optimizer import Group, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["ASGD", "asgd"]


class ASGD(Optimizer):
    """Averaged stochastic gradient descent (Polyak and Juditsky, 1992). Formula: :func:`asgd`.

    The mean stands in ``state[param]["ax"]``.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        lambd: how fast parameters and the rate decay.
        alpha: power of the rate's decay.
        t0: the step from which on the mean is taken.
        weight_decay: factor of an L2 penalty.
        foreach: accepted for PyTorch's sake; there is one way to compute.
        maximize: climb instead of descend.
        differentiable: record the update itself, so that one can differentiate through it.
        capturable: accepted on devices that can capture a step into a graph; an error elsewhere.

    >>> import pullback as torch
    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> weight.grad = torch.tensor([2.0])
    >>> ASGD([weight], lr=0.1).step()
    >>> weight
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_one_lr(lr)
        require(weight_decay >= 0.0, "weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
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
        for kept in self.state.values():
            for name in ("eta", "mu"):
                if name in kept and not isinstance(kept[name], Tensor):
                    kept[name] = pullback.tensor(float(kept[name]), dtype=kept["step"].dtype)

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        refuse_capture(group, param, "params, mus, etas,")
        lr = number(group["lr"])
        if not state:
            start(state, param, ())
            state["eta"] = pullback.tensor(lr, dtype=state["step"].dtype)
            state["mu"] = pullback.ones((), dtype=state["step"].dtype)
            state["ax"] = pullback.zeros_like(param, memory_format=pullback.preserve_format)
        step = advance(state["step"])
        settings = {name: group[name] for name in ("lambd", "weight_decay", "maximize")}
        eta, mu = memory(state["eta"]), memory(state["mu"])
        apply_rule(_rule, param, grad, state, ("ax",), group, eta=float(eta), mu=float(mu), **settings)
        eta[...] = lr / (1 + group["lambd"] * lr * step) ** group["alpha"]
        mu[...] = 1 / max(1, step - group["t0"])


def _rule(
    p: Any, g: Any, mean: Any, *, eta: float, mu: float, lambd: float, weight_decay: float, maximize: bool
) -> None:
    """The update, in place.

    With ``eta = lr / (1 + lambd * lr * step)^alpha`` and ``mu = 1 / max(1, step - t0)`` of the step before::

        g = grad + weight_decay * param
        param = (1 - lambd * eta) * param - eta * g
        mean += mu * (param - mean)
    """
    g = directed(p, g, weight_decay, maximize)
    scale_(p, 1 - lambd * eta)
    add_(p, g, -eta)
    if mu == 1:
        mean[...] = p
    else:
        mean += (p - mean) * exact(p, mu)


asgd = functional_form(
    ASGD,
    "asgd",
    "axs mus etas state_steps",
    "foreach maximize differentiable capturable has_complex",
    "lambd lr t0 alpha weight_decay",
)
