"""Muon: momentum whose update is made orthogonal."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

import pullback
from pullback.arrays.dtypes import bfloat16
from pullback.autograd.graph import increment_version
from pullback.optim._rules import add_, lerp_, like, scale_, widened
from pullback.optim._settings import check_one_lr, memory
from pullback.optim.optimizer import Group, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["Muon"]

EPS = 1e-7
NS_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of x -> a x + b x³ + c x⁵, which drives singular values towards 1; as steep at zero as it can be (Jordan, 2024)."""
DEFAULT_NS_STEPS = 5


class Muon(Optimizer):
    """Muon (Jordan, 2024) for the matrices of hidden layers. Formula: :func:`muon`.

    Args:
        params: parameters with two axes, or groups of them.
        lr: learning rate.
        weight_decay: how fast parameters shrink.
        momentum: share of the mean gradient that is kept at each step.
        nesterov: take the gradient as if the momentum had already moved the parameter.
        ns_coefficients: of the polynomial that makes the update orthogonal.
        eps: keeps the norm that it is divided by from zero.
        ns_steps: how often the polynomial is applied.
        adjust_lr_fn: how the rate depends on the shape ``(A, B)``: ``"original"``, the default, takes
            ``√max(1, A / B)``, ``"match_rms_adamw"`` takes ``0.2 √max(A, B)``.

    >>> import pullback as torch
    >>> weight = torch.zeros(2, 2, requires_grad=True)
    >>> weight.grad = torch.eye(2)
    >>> Muon([weight], lr=0.1).step()
    >>> weight
    tensor([[-0.1125,  0.0000],
            [ 0.0000, -0.1125]], requires_grad=True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = NS_COEFFICIENTS,
        eps: float = EPS,
        ns_steps: int = DEFAULT_NS_STEPS,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_one_lr(lr, "Learning rate should be >= 0 but is")
        if not momentum >= 0.0:
            raise ValueError(f"momentum should be >= 0 but is: {momentum}")
        if not weight_decay >= 0.0:
            raise ValueError(f"weight decay should be >= 0 but is: {weight_decay}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        for param in (param for group in self.param_groups for param in group["params"]):
            if param.dim() != 2:
                raise ValueError(
                    f"Muon only supports 2D parameters whereas we found a parameter with size: {param.size()}"
                )

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        if param.is_complex():
            raise RuntimeError("Muon does not support complex parameters")
        if not state:
            state["momentum_buffer"] = pullback.zeros_like(grad, memory_format=pullback.preserve_format)
        _check_iteration(group["ns_steps"], group["ns_coefficients"])
        rows, columns = param.shape
        if group["adjust_lr_fn"] == "match_rms_adamw":
            factor = 0.2 * sqrt(max(rows, columns))
        else:
            factor = sqrt(max(1, rows / columns))
        muon(
            memory(param),
            grad._array,
            memory(state["momentum_buffer"]),
            rate=group["lr"] * factor,
            shrink=group["lr"] * group["weight_decay"],
            momentum=group["momentum"],
            nesterov=group["nesterov"],
            coefficients=group["ns_coefficients"],
            steps=group["ns_steps"],
            eps=group["eps"],
        )
        increment_version(param)


def _check_iteration(steps: int, coefficients: Any) -> None:
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")


def muon(
    p: Any,
    g: Any,
    mean: Any,
    *,
    rate: float,
    shrink: float,
    momentum: float,
    nesterov: bool,
    coefficients: tuple[float, float, float],
    steps: int,
    eps: float,
) -> None:
    """The update, in place.

    ::

        mean  += (1 - momentum) * (g - mean)
        update = orthogonal(mean, or with Nesterov: g + momentum * (mean - g))
        param  = (1 - shrink) * param - rate * update
    """
    lerp_(mean, g, 1 - momentum)
    direction = mean
    if nesterov:
        direction = g.copy()
        lerp_(direction, mean, momentum)
    update = orthogonal(direction, coefficients, steps, eps)
    scale_(p, 1 - shrink)
    add_(p, like(p, widened(update)), -rate)


def orthogonal(matrix: Any, coefficients: tuple[float, float, float], steps: int, eps: float) -> Any:
    """A nearly orthogonal matrix with the singular vectors of `matrix`, in bfloat16, by Newton-Schulz iteration.

    Products are computed in float32 and rounded, as bfloat16 kernels do.
    """
    a, b, c = coefficients
    turned = matrix.shape[0] > matrix.shape[1]
    x = _round(matrix.T if turned else matrix)
    norm = _round(np.sqrt(np.add.reduce(x * x, axis=None, dtype=np.float64)))  # type: ignore[call-overload]  # NumPy 2.5
    x = _round(x / np.maximum(norm, _round(np.float32(eps))))
    for _ in range(steps):
        gram = _round(x @ x.T)
        polynomial = _round(np.float32(b) * gram + np.float32(c) * (gram @ gram))
        x = _round(np.float32(a) * x + polynomial @ x)
    return (x.T if turned else x).astype(bfloat16.numpy)


def _round(x: Any) -> Any:
    """float32 values that bfloat16 can hold."""
    return x.astype(bfloat16.numpy).astype(np.float32)
