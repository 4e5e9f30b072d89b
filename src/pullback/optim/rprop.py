"""Rprop: step sizes that grow while the sign of the gradient stays and shrink when it turns."""

from __future__ import annotations

from typing import Any

import numpy as np

import pullback
from pullback.arrays.updates import exact
from pullback.optim._form import functional_form
from pullback.optim._rules import apply_rule, directed
from pullback.optim._settings import advance, check_one_lr, complete, number, refuse_capture, start
from pullback.optim.optimizer import Group, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["Rprop", "rprop"]


class Rprop(Optimizer):
    """Resilient backpropagation (Riedmiller and Braun, 1993). Formula: :func:`rprop`.

    Args:
        params: parameters, or groups of them.
        lr: step size at first.
        etas: factors on a step size when the gradient has turned, and when it has not.
        step_sizes: the smallest and the largest step.
        capturable: accepted on devices that can capture a step into a graph; an error elsewhere.
        foreach: accepted for PyTorch's sake; there is one way to compute.
        maximize: climb instead of descend.
        differentiable: record the update itself, so that one can differentiate through it.

    >>> import pullback as torch
    >>> weight = torch.tensor([1.0, 1.0], requires_grad=True)
    >>> weight.grad = torch.tensor([2.0, -0.3])
    >>> Rprop([weight], lr=0.1).step()
    >>> weight
    tensor([0.9000, 1.1000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_one_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
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
        if not state:
            start(state, param, ("prev",))
            lr = number(group["lr"])
            state["step_size"] = pullback.full_like(grad, complex(lr, lr) if param.is_complex() else lr)
        advance(state["step"])
        settings = {name: group[name] for name in ("etas", "step_sizes", "maximize")}
        apply_rule(_rule, param, grad, state, ("prev", "step_size"), group, **settings)


def _rule(
    p: Any,
    g: Any,
    before: Any,
    size: Any,
    *,
    etas: tuple[float, float],
    step_sizes: tuple[float, float],
    maximize: bool,
) -> None:
    """The update, in place.

    ::

        factor = etas[1] where g * before > 0, etas[0] where it is < 0, else 1
        size   = clamp(factor * size, *step_sizes)
        g      = 0 where g * before < 0                  (a step after a turn is left out)
        param -= sign(g) * size
        before = g
    """
    g = directed(p, g, maximize=maximize)
    with pullback.no_grad():  # constant between its jumps
        factor = np.sign(g * before)
        turned = factor < 0
        factor[factor > 0] = etas[1]
        factor[turned] = etas[0]
        factor[factor == 0] = 1
    grown = size * factor
    size[...] = np.minimum(np.maximum(grown, exact(size, step_sizes[0])), exact(size, step_sizes[1]))
    before[...] = g
    before[turned] = 0
    p -= np.sign(before) * size


rprop = functional_form(
    Rprop,
    "rprop",
    "prevs step_sizes state_steps",
    "foreach capturable maximize differentiable has_complex",
    "step_size_min step_size_max etaminus etaplus",
)
