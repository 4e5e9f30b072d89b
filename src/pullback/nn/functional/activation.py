"""Nonlinearities. Shapes: ``(*) -> (*)`` unless said otherwise; with ``inplace=True`` the input is overwritten."""

from __future__ import annotations

from typing import Any

from pullback.ops.pointwise import activation, gated, smooth
from pullback.ops.pointwise.arithmetic import add, sub, true_divide
from pullback.ops.pointwise.hyperbolic import tanh as tanh
from pullback.ops.pointwise.inplace import (
    hardsigmoid_,
    hardswish_,
    hardtanh_ as hardtanh_,
    mish_,
    relu_ as relu_,
    silu_,
)
from pullback.ops.pointwise.inplace_rarer import (
    celu_ as celu_,
    elu_ as elu_,
    leaky_relu_ as leaky_relu_,
    rrelu_ as rrelu_,
    selu_ as selu_,
    threshold_ as threshold_,
)
from pullback.ops.pointwise.signs import abs as absolute
from pullback.ops.pointwise.smooth import logsigmoid as logsigmoid, sigmoid as sigmoid
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


def relu(input: V, inplace: bool = False) -> V:
    """Rectified linear unit, ``max(input, 0)``; the derivative at 0 is 0.

    >>> import pullback as torch
    >>> torch.nn.functional.relu(torch.tensor([-1., 2.]))
    tensor([0., 2.])
    """
    return relu_(input) if inplace else activation.relu(input)


def relu6(input: V, inplace: bool = False) -> V:
    """``min(max(input, 0), 6)``; the derivative at 0 and 6 is 0."""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardtanh(input: V, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> V:
    """`input` kept between `min_val` and `max_val`; ``ValueError`` where ``min_val > max_val``."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return (hardtanh_ if inplace else activation.hardtanh)(input, min_val, max_val)


def threshold(input: V, threshold: float, value: float, inplace: bool = False) -> V:
    """`input` where it is above `threshold`, `value` elsewhere."""
    return (threshold_ if inplace else activation.threshold)(input, threshold, value)


def leaky_relu(input: V, negative_slope: float = 0.01, inplace: bool = False) -> V:
    """`input` where positive, ``negative_slope * input`` elsewhere.

    >>> import pullback as torch
    >>> torch.nn.functional.leaky_relu(torch.tensor([-1., 2.]), 0.1)
    tensor([-0.1000,  2.0000])
    """
    return (leaky_relu_ if inplace else activation.leaky_relu)(input, negative_slope)


@asks_for_tensors
def rrelu(input: V, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False) -> V:
    """`leaky_relu` with a slope drawn between `lower` and `upper` for each element; their mean out of training."""
    return (rrelu_ if inplace else gated.rrelu)(input, lower, upper, training)


@asks_for_tensors
def prelu(input: V, weight: V) -> V:
    """`input` where positive, ``weight * input`` elsewhere; one weight, or one for each channel (dimension 1)."""
    return gated.prelu(input, weight)


def elu(input: V, alpha: float = 1.0, inplace: bool = False) -> V:
    """`input` where positive, ``alpha * (exp(input) - 1)`` elsewhere."""
    return (elu_ if inplace else smooth.elu)(input, alpha)


def selu(input: V, inplace: bool = False) -> V:
    """`elu` with the constants that keep activations normal, https://arxiv.org/abs/1706.02515."""
    return (selu_ if inplace else smooth.selu)(input)


def celu(input: V, alpha: float = 1.0, inplace: bool = False) -> V:
    """``max(0, input) + min(0, alpha * (exp(input / alpha) - 1))``."""
    return (celu_ if inplace else smooth.celu)(input, alpha)


def gelu(input: V, *, approximate: str = "none", out: Any = None) -> V:
    """``input * Φ(input)``, Φ the standard normal distribution; ``approximate="tanh"`` takes a tanh for it.

    >>> import pullback as torch
    >>> torch.nn.functional.gelu(torch.tensor([-1., 1.]))
    tensor([-0.1587,  0.8413])
    """
    return smooth.gelu(input, approximate=approximate, out=out)


def silu(input: V, inplace: bool = False) -> V:
    """``input * sigmoid(input)``, also called swish."""
    return (silu_ if inplace else smooth.silu)(input)


def mish(input: V, inplace: bool = False) -> V:
    """``input * tanh(softplus(input))``."""
    return (mish_ if inplace else smooth.mish)(input)


def softplus(input: V, beta: float = 1, threshold: float = 20, *, out: Any = None) -> V:
    """``log(1 + exp(beta * input)) / beta``, and `input` itself where ``beta * input > threshold``."""
    return smooth.softplus(input, beta, threshold, out=out)


def softsign(input: V) -> V:
    """``input / (1 + |input|)``."""
    return true_divide(input, add(absolute(input), 1))


def tanhshrink(input: V) -> V:
    """``input - tanh(input)``."""
    return sub(input, tanh(input))


def softshrink(input: V, lambd: float = 0.5, *, out: Any = None) -> V:
    """`input` drawn towards 0 by `lambd`, 0 within ``[-lambd, lambd]``."""
    return activation.softshrink(input, lambd, out=out)


def hardshrink(input: V, lambd: float = 0.5, *, out: Any = None) -> V:
    """`input` where it is beyond ``[-lambd, lambd]``, 0 within."""
    return activation.hardshrink(input, lambd, out=out)


def hardswish(input: V, inplace: bool = False) -> V:
    """``input * relu6(input + 3) / 6``."""
    return (hardswish_ if inplace else activation.hardswish)(input)


def hardsigmoid(input: V, inplace: bool = False) -> V:
    """``relu6(input + 3) / 6``; the derivative at -3 and 3 is 0."""
    return (hardsigmoid_ if inplace else activation.hardsigmoid)(input)


def glu(input: V, dim: int = -1) -> V:
    """The first half of `input` along `dim` times the sigmoid of the second.

    Shapes: ``(*, 2N, *) -> (*, N, *)``; ``RuntimeError`` if the size is odd.
    """
    if input.dim() == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    return gated.glu(input, dim)
