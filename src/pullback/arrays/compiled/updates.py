"""Steps of optimizers over flat arrays, in place; `pullback.arrays.updates` has the formulas in NumPy."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from pullback.arrays.compiled.words import loop


@loop
def _adam(
    param: Any, grad: Any, mean: Any, square: Any, largest: Any,
    rate: Any, correction: Any, beta1: Any, beta2: Any, eps: Any, decay: Any, shrink: Any, sign: Any,
) -> None:  # fmt: skip
    number = param.dtype.type
    rate, correction, eps, decay = number(rate), number(correction), number(eps), number(decay)
    new_mean, keep, new_square = number(1 - beta1), number(beta2), number(1 - beta2)
    shrink, sign = number(shrink), number(sign)
    for i in range(param.size):
        p = param[i] * shrink
        g = sign * grad[i]
        if decay != 0:  # 0 times inf is not 0
            g += decay * p
        m = mean[i] + (g - mean[i]) * new_mean
        s = square[i] * keep + g * g * new_square
        mean[i], square[i] = m, s
        if largest is not None:
            s = max(largest[i], s)
            largest[i] = s
        param[i] = p - m / (np.sqrt(s) / correction + eps) * rate


@loop
def _sgd(
    param: Any, grad: Any, velocity: Any,
    lr: Any, momentum: Any, damp: Any, decay: Any, nesterov: Any, sign: Any, first: Any,
) -> None:  # fmt: skip
    number = param.dtype.type
    lr, momentum, damp, decay, sign = number(lr), number(momentum), number(damp), number(decay), number(sign)
    for i in range(param.size):
        g = sign * grad[i]
        if decay != 0:
            g += decay * param[i]
        if velocity is not None:
            v = g if first else momentum * velocity[i] + damp * g
            velocity[i] = v
            g = g + momentum * v if nesterov else v
        param[i] -= lr * g


def adam(
    param: Any, grad: Any, mean: Any, square: Any, largest: Any, *,
    step: float, lr: float, beta1: float, beta2: float, eps: float,
    weight_decay: float, decoupled: bool, maximize: bool,
) -> None:  # fmt: skip
    rate, correction = lr / (1 - beta1**step), sqrt(1 - beta2**step)
    decay, shrink = (0.0, 1 - lr * weight_decay) if decoupled else (weight_decay, 1.0)
    sign = -1.0 if maximize else 1.0
    _adam(param, grad, mean, square, largest, rate, correction, beta1, beta2, eps, float(decay), float(shrink), sign)


def sgd(
    param: Any, grad: Any, velocity: Any, *,
    lr: float, momentum: float, dampening: float, weight_decay: float,
    nesterov: bool, maximize: bool, first: bool,
) -> None:  # fmt: skip
    sign = -1.0 if maximize else 1.0
    damp = 1.0 - dampening
    _sgd(param, grad, velocity, float(lr), float(momentum), damp, float(weight_decay), nesterov, sign, first)


SINGLE = DOUBLE = {"adam": adam, "sgd": sgd}
