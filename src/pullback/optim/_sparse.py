"""Updates by sparse gradients: only the rows that the gradient names are read and written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import pullback
from pullback.arrays.sparse import scatter_add
from pullback.arrays.sparse.arithmetic import DENSE_LAST
from pullback.autograd.graph import increment_version
from pullback.optim._settings import advance, memory, number
from pullback.optim.optimizer import Group
from pullback.tensor import Tensor


def update_of(optimizer: type) -> Callable[[Tensor, Tensor, dict[str, Any], Group], None]:
    """The update of a class of optimizers; ``RuntimeError`` if it has none for sparse gradients."""
    names = [each.__name__ for each in optimizer.__mro__]
    found = next((_UPDATES[name] for name in names if name in _UPDATES), None)
    if found is None:
        name, advice = optimizer.__name__, ""
        if "Adam" in names:
            name, advice = "Adam", ", please consider SparseAdam instead"
        raise RuntimeError(f"{name} does not support sparse gradients{advice}")
    return found


def _rows(grad: Tensor, maximize: bool) -> tuple[Any, Any]:
    """The places of a gradient, each once, and what stands there."""
    array = grad._array.unique()
    return tuple(array.indices), -array.values if maximize else array.values


def _sgd(param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
    """The update of `SGD`. The momentum is sparse too; a weight decay would reach every row and is refused."""
    if group["weight_decay"] != 0:
        raise RuntimeError(DENSE_LAST)
    grad = -grad if group["maximize"] else grad
    momentum = group["momentum"]
    if momentum != 0:
        velocity = state.get("momentum_buffer")
        velocity = grad.clone() if velocity is None else velocity * momentum + grad * (1 - group["dampening"])
        state["momentum_buffer"] = velocity
        grad = grad + velocity * momentum if group["nesterov"] else velocity
    target = memory(param)
    scatter_add(target, grad._array, target.dtype.type(-number(group["lr"])))
    increment_version(param)


def _adagrad(param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
    """The update of `Adagrad`, on the rows of the gradient."""
    if group["weight_decay"] != 0:
        raise RuntimeError("weight_decay option is not compatible with sparse gradients")
    step = advance(state["step"])
    rate = number(group["lr"]) / (1 + (step - 1) * group["lr_decay"])
    places, values = _rows(grad, group["maximize"])
    total = memory(state["sum"])
    total[places] += values**2
    memory(param)[places] -= rate * (values / (np.sqrt(total[places]) + group["eps"]))
    increment_version(param)


def _adam(param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
    """The update of `SparseAdam`: that of `Adam`, on the rows of the gradient as if there were no others."""
    if not state:
        state |= {"step": 0, "exp_avg": pullback.zeros_like(param), "exp_avg_sq": pullback.zeros_like(param)}
    places, values = _rows(grad, group["maximize"])
    state["step"] += 1
    if not values.size:
        return
    beta1, beta2 = group["betas"]
    mean, square = memory(state["exp_avg"]), memory(state["exp_avg_sq"])
    mean[places] += (values - mean[places]) * (1 - beta1)
    square[places] += (values**2 - square[places]) * (1 - beta2)
    correction = (1 - beta2 ** state["step"]) ** 0.5 / (1 - beta1 ** state["step"])
    rate = number(group["lr"]) * correction
    memory(param)[places] -= rate * (mean[places] / (np.sqrt(square[places]) + group["eps"]))
    increment_version(param)


_UPDATES = {"SGD": _sgd, "Adagrad": _adagrad, "SparseAdam": _adam}
