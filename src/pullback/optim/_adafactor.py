"""Adafactor: an Adam whose mean square of a matrix is kept as one number a row and one a column."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

import pullback
from pullback.arrays.updates import exact
from pullback.autograd.graph import increment_version
from pullback.optim._form import functional_form
from pullback.optim._rules import add_, lerp_, like, scale_, widened
from pullback.optim._settings import advance, check_one_lr, count_in_tensors, memory, new_step, number
from pullback.optim.optimizer import Group, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["Adafactor", "adafactor"]


class Adafactor(Optimizer):
    """Adafactor (Shazeer and Stern, 2018), with PyTorch's use of `lr` and `eps`. Formula: :func:`adafactor`.

    Args:
        params: real parameters, or groups of them.
        lr: upper bound of the relative step, and factor of the weight decay.
        beta2_decay: power by which new gradients weigh less in the mean square from step to step.
        eps: lower bounds, of the mean square (by default the dtype's epsilon) and of the parameter's size.
        d: steps whose root mean square is larger are scaled down to it.
        weight_decay: how fast parameters shrink.
        foreach: accepted for PyTorch's sake; there is one way to compute.
        maximize: climb instead of descend.

    >>> import pullback as torch
    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> weight.grad = torch.tensor([2.0])
    >>> Adafactor([weight], lr=0.1).step()
    >>> weight
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_one_lr(lr, "Learning rate should be >= 0 but is")
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        for name, value, least in (
            ("epsilon1", eps[0] or 0.0, 0.0),
            ("epsilon2", eps[1], 0.0),
            ("Clipping threshold d", d, 1.0),
            ("weight_decay", weight_decay, 0.0),
        ):
            if not value >= least:
                raise ValueError(f"{name} should be >= {least:g} but is: {value}")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("foreach", None)
        count_in_tensors(self)

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        if param.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")
        names = ("row_var", "col_var") if param.dim() > 1 else ("variance",)
        if not state:
            state["step"] = new_step()
            for i, name in enumerate(names):
                state[name] = grad.new_zeros(_mean_shape(param.shape, i) if param.dim() > 1 else param.shape)
        step = advance(state["step"])
        floor, least_size = group["eps"]
        _rule(
            memory(param),
            grad._array,
            *(memory(state[name]) for name in names),
            step=step,
            lr=number(group["lr"]),
            beta2_decay=group["beta2_decay"],
            floor=pullback.finfo(param.dtype).eps if floor is None else floor,
            least_size=least_size,
            d=group["d"],
            weight_decay=group["weight_decay"],
            maximize=group["maximize"],
        )
        increment_version(param)


def _mean_shape(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """The shape of means along the last axis, or for `axis` 1 along the one before."""
    return (*shape[:-1], 1) if axis == 0 else (*shape[:-2], 1, shape[-1])


def _rule(
    param: Any,
    grad: Any,
    *means: Any,
    step: float,
    lr: float,
    beta2_decay: float,
    floor: float,
    least_size: float,
    d: float,
    weight_decay: float,
    maximize: bool,
) -> None:
    """The update, in place; `means` are those of squares in rows and in columns, of a vector those of its elements.

    ::

        rate  = max(least_size, rms(param)) * min(lr, 1 / √step)
        w     = step^beta2_decay
        rows += w * (mean of grad² along the last axis - rows);   columns likewise
        square = rows * columns / max(mean of rows, floor)
        update = grad / √max(square, floor²)
        param  = (1 - lr * weight_decay) * param - rate / max(1, rms(update) / d) * update
    """
    p, g = (param.reshape(1), grad.reshape(1)) if param.ndim == 0 else (param, grad)
    if maximize:
        g = -g
    rate = max(least_size, _rms(p)) * min(lr, 1 / sqrt(step))
    if weight_decay:
        scale_(p, 1 - lr * weight_decay)
    weight = step**beta2_decay
    squares = np.square(widened(g))
    if len(means) == 2:
        rows, columns = means
        lerp_(rows, like(p, np.mean(squares, axis=-1, keepdims=True)), weight)
        lerp_(columns, like(p, np.mean(squares, axis=-2, keepdims=True)), weight)
        square = rows * columns / np.maximum(np.mean(widened(rows), axis=-2, keepdims=True), exact(p, floor))
    else:
        lerp_(means[0].reshape(p.shape), squares, weight)
        square = means[0].reshape(p.shape)
    update = g / np.sqrt(np.maximum(square, exact(p, floor * floor)))
    add_(p, update, -rate / max(1.0, _rms(update) / d))


def _rms(x: Any) -> float:
    """The root of the mean of squares."""
    flat = widened(x).reshape(-1)
    return float(np.sqrt(flat @ flat)) / sqrt(x.size) if x.size else float("nan")


adafactor = functional_form(
    Adafactor,
    "adafactor",
    "row_vars col_vars variances state_steps",
    "foreach grad_scale found_inf has_complex",
    "d lr beta2_decay weight_decay eps1 eps2 maximize",
)
