"""Elementwise nonlinearities with their derivatives, over flat arrays; `pullback.ops.pointwise.smooth` has the formulas."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np

from pullback.arrays.compiled.words import exp, loop

f4 = np.float32


@loop
def _sigmoid(x: Any, out: Any) -> None:
    one = x.dtype.type(1)
    for i in range(x.size):
        out[i] = one / (one + exp(-x[i]))


@loop
def _sigmoid_vjp(grad: Any, result: Any, out: Any) -> None:
    one = result.dtype.type(1)
    for i in range(grad.size):
        out[i] = grad[i] * ((one - result[i]) * result[i])


@loop
def _silu(x: Any, out: Any) -> None:
    one = x.dtype.type(1)
    for i in range(x.size):
        out[i] = x[i] / (one + exp(-x[i]))


@loop
def _silu_vjp(grad: Any, x: Any, out: Any) -> None:
    one = x.dtype.type(1)
    for i in range(grad.size):
        s = one / (one + exp(-x[i]))
        out[i] = grad[i] * (s * (one + x[i] * (one - s)))


# The normal distribution beyond |x|, exp(-x²/2) t p(t) with t = 1 / (1 + q |x|), after Hastings (1955). Least squares,
# reweighted until the largest error of the polynomial p stopped falling: 9e-9. The exponential is wanted for the density too.
_Q, _DENSITY = f4(0.47 * sqrt(0.5)), f4(1 / sqrt(2 * pi))
_P = tuple(map(f4, (0.133325592, 0.12269485, 0.172287094, -0.0700778564, 0.31036188, -0.213470804, 0.0448792475)))
_SCALE, _CUBIC = f4(-2 * sqrt(2 / pi)), f4(0.044715)
_ONE, _THREE, _HALF = f4(1), f4(3), f4(0.5)


@loop
def _below(x: Any, bell: Any) -> Any:
    """Φ(x), the share of the standard normal distribution below `x`, of which `bell` is ``exp(-x²/2)``."""
    t = _ONE / (_ONE + _Q * abs(x))
    p = (((((_P[6] * t + _P[5]) * t + _P[4]) * t + _P[3]) * t + _P[2]) * t + _P[1]) * t + _P[0]
    tail = bell * p * t
    return tail if x < 0 else _ONE - tail


@loop
def _gelu(x: Any, out: Any) -> None:
    for i in range(x.size):
        out[i] = x[i] * _below(x[i], exp(x[i] * x[i] * -_HALF))


@loop
def _gelu_vjp(grad: Any, x: Any, out: Any) -> None:
    for i in range(x.size):
        bell = exp(x[i] * x[i] * -_HALF)
        out[i] = grad[i] * (_below(x[i], bell) + x[i] * bell * _DENSITY)


@loop
def _gelu_tanh(x: Any, out: Any) -> None:
    for i in range(x.size):
        out[i] = x[i] / (_ONE + exp(_SCALE * (x[i] + _CUBIC * (x[i] * x[i] * x[i]))))


@loop
def _gelu_tanh_vjp(grad: Any, x: Any, out: Any) -> None:
    for i in range(x.size):
        square = x[i] * x[i]
        s = _ONE / (_ONE + exp(_SCALE * (x[i] + _CUBIC * (square * x[i]))))
        out[i] = grad[i] * s * (_ONE - x[i] * (_ONE - s) * _SCALE * (_ONE + _THREE * _CUBIC * square))


def gelu(input: Any, *, approximate: str, out: Any) -> None:
    (_gelu if approximate == "none" else _gelu_tanh)(input, out)


def gelu_vjp(grad: Any, input: Any, approximate: str, out: Any) -> None:
    (_gelu_vjp if approximate == "none" else _gelu_tanh_vjp)(grad, input, out)


@loop
def _relu_vjp(grad: Any, result: Any, out: Any) -> None:
    zero = grad.dtype.type(0)
    for i in range(grad.size):
        out[i] = zero if result[i] <= zero else grad[i]


DOUBLE = {"sigmoid": _sigmoid, "sigmoid.input": _sigmoid_vjp, "silu": _silu, "silu.input": _silu_vjp}
DOUBLE |= {"relu.input": _relu_vjp}
SINGLE = DOUBLE | {"gelu": gelu, "gelu.input": gelu_vjp}
