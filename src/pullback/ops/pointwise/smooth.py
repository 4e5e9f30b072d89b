"""Nonlinearities without corners. Shapes and dtypes are kept; floating dtypes only, except `sigmoid` and `silu`."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np

from pullback.arrays import special
from pullback.arrays.constants import ZERO, constant
from pullback.arrays.masks import choose, drop
from pullback.graph.operator import elementwise
from pullback.ops.pointwise.kinds import COMPLEX, INDIRECT, indirect, wide
from pullback.ops.typing import V


@elementwise(floats=True, input=lambda grad, result: grad * ((1 - result) * result))
def sigmoid(input: V) -> V:
    """``1 / (1 + exp(-input))``. Integers become floats; complex dtypes are allowed.

    >>> import pullback as torch
    >>> torch.sigmoid(torch.tensor([0., 2.]))
    tensor([0.5000, 0.8808])
    """
    return indirect(sigmoid, "", input) if input.dtype in INDIRECT else special.logistic(input)


def _minus_softplus(x: Any) -> Any:
    """``log(sigmoid(x))`` without overflow."""
    return np.minimum(x, ZERO[x.dtype]) - np.log1p(np.exp(-np.absolute(x)))


@elementwise(node="LogSigmoidBackward0", input=lambda grad, input: grad * special.sigmoid(-wide(input)))
def logsigmoid(input: V) -> V:
    """``log(sigmoid(input))``, without overflow on either side."""
    if input.dtype in INDIRECT or input.dtype in COMPLEX:
        return indirect(logsigmoid, "log_sigmoid_cpu", input)
    return _minus_softplus(input)


def _silu_rule(grad: Any, input: Any) -> Any:
    x = wide(input)
    s = special.sigmoid(x)
    one = constant(1, x)
    return grad * (s * (one + x * (one - s)))


@elementwise(input=_silu_rule)
def silu(input: V) -> V:
    """``input * sigmoid(input)``, also called swish."""
    if input.dtype in INDIRECT:
        return indirect(silu, "silu_cpu", input)
    return input / (constant(1, input) + np.exp(-input))


def _softplus_rule(grad: Any, input: Any, beta: float, threshold: float) -> Any:
    scaled = wide(input) if beta == 1 else wide(input) * beta
    return choose(scaled > threshold, grad, grad * special.sigmoid(scaled))


@elementwise(input=_softplus_rule)
def softplus(input: V, beta: float = 1, threshold: float = 20) -> V:
    """``log(1 + exp(beta * input)) / beta``, and `input` itself where ``beta * input > threshold``."""
    if input.dtype in INDIRECT or input.dtype in COMPLEX:
        return indirect(softplus, "softplus_cpu", input, beta, threshold)
    beta = float(beta)  # not NumPy's, which would take part in promotion
    if beta == 1:
        return choose(input > constant(threshold, input), input, np.log1p(np.exp(input)))
    scaled = input * beta
    return choose(scaled > threshold, input, np.log1p(np.exp(scaled)) / beta)


def _mish_rule(grad: Any, input: Any) -> Any:
    x = wide(input)
    t = np.tanh(np.logaddexp(x, np.zeros((), np.float32)))
    return grad * (t + x * special.sigmoid(x) * (1 - t * t))


@elementwise(input=_mish_rule)
def mish(input: V) -> V:
    """``input * tanh(log(1 + exp(input)))``."""
    if input.dtype in INDIRECT or input.dtype in COMPLEX:
        return indirect(mish, "mish_cpu", input)
    return input * np.tanh(np.log1p(np.exp(input)))


_SQRT_2_OVER_PI = sqrt(2 / pi)
_CUBIC = 0.044715


def _gelu_rule(grad: Any, input: Any, approximate: str) -> Any:
    x = wide(input)
    half, one, square = constant(0.5, x), constant(1, x), x * x
    if approximate == "none":
        below = half * (one + special.erf(x * constant(sqrt(0.5), x)))
        return grad * (below + x * np.exp(square * constant(-0.5, x)) * constant(1 / sqrt(2 * pi), x))
    scale, cubic = constant(_SQRT_2_OVER_PI, x), constant(_CUBIC, x)
    t = np.tanh(scale * (x + cubic * (square * x)))
    slope = scale * (one + constant(3 * _CUBIC, x) * square)
    return grad * (half * (one + t) + half * x * (one - t * t) * slope)


@elementwise(input=_gelu_rule)
def gelu(input: V, *, approximate: str = "none") -> V:
    """``input * Φ(input)``, Φ the standard normal distribution; `approximate` ``"tanh"`` takes a tanh for it."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    if input.dtype in INDIRECT or input.dtype in COMPLEX:
        return indirect(gelu, "GeluKernelImpl", input, approximate=approximate)
    half, one = constant(0.5, input), constant(1, input)
    if approximate == "none":
        return half * input * (one + special.erf(input * constant(sqrt(0.5), input)))
    scale, cubic = constant(_SQRT_2_OVER_PI, input), constant(_CUBIC, input)
    return half * input * (one + np.tanh(scale * (input + cubic * (input * input * input))))


def _elu_rule(grad: Any, input: Any, alpha: float, scale: float, input_scale: float) -> Any:
    below = drop(wide(input), input > 0)  # what is masked out must not overflow on the way
    slope = alpha * scale * input_scale
    above = grad if scale == 1 else grad * scale
    return choose(input > 0, above, grad * slope * np.exp(below if input_scale == 1 else below * input_scale))


def _elu(input: Any, alpha: float, scale: float, input_scale: float) -> Any:
    zero = ZERO[input.dtype]
    above, below = np.maximum(input, zero), np.minimum(input, zero)  # one of them is 0 everywhere
    if input_scale != 1:
        below = below * constant(input_scale, input)
    below = np.expm1(below)
    if alpha * scale != 1:
        below = below * constant(alpha * scale, input)
    return (above if scale == 1 else above * constant(scale, input)) + below


@elementwise(input=_elu_rule)
def elu(input: V, alpha: float = 1.0, scale: float = 1, input_scale: float = 1) -> V:
    """``scale`` times `input` where positive, times ``alpha * (exp(input_scale * input) - 1)`` elsewhere."""
    if input.dtype in INDIRECT or input.dtype in COMPLEX:
        return indirect(elu, "elu_cpu", input, alpha, scale, input_scale)
    return _elu(input, alpha, scale, input_scale)


@elementwise(input=lambda grad, input, alpha: _elu_rule(grad, input, alpha, 1, 1 / alpha))
def celu(input: V, alpha: float = 1.0) -> V:
    """``max(0, input) + min(0, alpha * (exp(input / alpha) - 1))``; ``RuntimeError`` for `alpha` 0.

    >>> import pullback as torch
    >>> torch.celu(torch.tensor([-1., 2.]))
    tensor([-0.6321,  2.0000])
    """
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    if input.dtype in INDIRECT or input.dtype in COMPLEX:
        return indirect(celu, "elu_cpu", input, alpha)
    return _elu(input, alpha, 1, 1 / alpha)


SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def selu(input: V) -> V:
    """`elu` with the constants that keep activations normal from layer to layer.

    >>> import pullback as torch
    >>> torch.selu(torch.tensor([-1., 2.]))
    tensor([-1.1113,  2.1014])
    """
    return elu(input, SELU_ALPHA, SELU_SCALE)
