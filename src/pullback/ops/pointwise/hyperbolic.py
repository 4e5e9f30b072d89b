"""Hyperbolic functions and their inverses. Integers become floats."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.graph.operator import elementwise
from pullback.ops.typing import V


@elementwise(floats=True, input=lambda grad, input: grad * np.cosh(input))
def sinh(input: V) -> V:
    """Hyperbolic sine."""
    return np.sinh(input)


@elementwise(floats=True, input=lambda grad, input: grad * np.sinh(input))
def cosh(input: V) -> V:
    """Hyperbolic cosine."""
    return np.cosh(input)


@elementwise(floats=True, input=lambda grad, result: grad * (1 - result * result))
def tanh(input: V) -> V:
    """Hyperbolic tangent.

    >>> import pullback as torch
    >>> torch.tanh(torch.tensor([0., 1.]))
    tensor([0.0000, 0.7616])
    """
    return np.tanh(input)


@elementwise(floats=True, input=lambda grad, input: grad * (1 / np.sqrt(input * input + 1)))
def asinh(input: V) -> V:
    """Inverse hyperbolic sine."""
    return np.arcsinh(input)


def _acosh_slope(x: Any) -> Any:
    if x.dtype.kind == "c":  # the branch cut lies where the product of the roots has it
        return 1 / (np.sqrt(x - 1) * np.sqrt(x + 1))
    return 1 / np.sqrt((x - 1) * (x + 1))


@elementwise(floats=True, input=lambda grad, input: grad * _acosh_slope(input))
def acosh(input: V) -> V:
    """Inverse hyperbolic cosine; NaN below 1 for real dtypes."""
    return np.arccosh(input)


@elementwise(floats=True, input=lambda grad, input: grad / ((1 - input) * (1 + input)))
def atanh(input: V) -> V:
    """Inverse hyperbolic tangent; infinite at 1 and -1, NaN beyond for real dtypes."""
    return np.arctanh(input)
