"""Nonlinearities with corners: pieces of straight lines. Shapes and dtypes are kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.bounds import raised
from pullback.arrays.constants import ZERO, constant
from pullback.arrays.limits import finfo
from pullback.arrays.masks import choose, drop, hardtanh_backward, keep, threshold_backward
from pullback.graph.inplace import spoken
from pullback.graph.operator import elementwise
from pullback.ops.pointwise.kinds import COMPLEX, INDIRECT, beside, beside_exactly, indirect, unsupported
from pullback.ops.typing import V

ndarray = np.ndarray


@elementwise(input=lambda grad, result: threshold_backward(grad, result, 0))
def relu(input: V) -> V:
    """Rectified linear unit, ``max(input, 0)``. The derivative at 0 is 0; integers are allowed, booleans not.

    >>> import pullback as torch
    >>> torch.relu(torch.tensor([-1., 2.]))
    tensor([0., 2.])
    """
    dtype = input.dtype
    if dtype.kind in "bc":
        if dtype.kind == "b":
            raise RuntimeError("Boolean inputs not supported for relu")
        raise NotImplementedError("clamp is not supported for complex types")
    return raised(input, ZERO[dtype] if input.__class__ is ndarray else ZERO[dtype][()])


@elementwise(input=lambda grad, input, negative_slope: choose(input > 0, grad, grad * negative_slope))
def leaky_relu(input: V, negative_slope: float = 0.01) -> V:
    """`input` where positive, ``negative_slope * input`` elsewhere; the derivative at 0 is `negative_slope`."""
    if input.dtype in INDIRECT:
        return indirect(leaky_relu, "leaky_relu_cpu", input, negative_slope)
    if input.dtype in COMPLEX:
        raise unsupported("leaky_relu_cpu", input.dtype)
    below = input * constant(negative_slope, input)
    return np.maximum(input, below) if 0 <= negative_slope <= 1 else choose(input > 0, input, below)


@elementwise(input=lambda grad, input, min_val, max_val: hardtanh_backward(grad, input, min_val, max_val))
def hardtanh(input: V, min_val: float = -1.0, max_val: float = 1.0) -> V:
    """`input` between `min_val` and `max_val`; the derivative on the bounds is 0."""
    if input.dtype.kind in "bc":
        raise (
            RuntimeError("Bool inputs not supported for hardtanh")
            if input.dtype.kind == "b"
            else (NotImplementedError("clamp is not supported for complex types"))
        )
    if input.dtype.kind in "iu":
        if input.dtype.kind == "u" and min(min_val, max_val) < 0:
            raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
        min_val, max_val = int(min_val), int(max_val)
    _, low = beside(input, min_val)
    _, high = beside(input, max_val)
    return np.minimum(np.maximum(input, low), high)


@elementwise(input=lambda grad, input, threshold: threshold_backward(grad, input, threshold))
def threshold(input: V, threshold: float, value: float) -> V:
    """`input` where it is above `threshold`, `value` elsewhere; both lose their fraction beside integers."""
    if input.dtype.kind in "bc":
        raise unsupported("threshold_cpu", input.dtype)
    if input.dtype.kind in "iu":
        threshold, value = int(threshold), int(value)
        beside_exactly(input, threshold)
    _, number = beside_exactly(input, value)
    return np.where(input <= threshold, number, input)


def _ramp(x: Any) -> Any:
    """``clamp(x + 3, 0, 6)``."""
    return np.minimum(np.maximum(x + constant(3, x), ZERO[x.dtype]), constant(6, x))


@elementwise(input=lambda grad, input: keep(grad / 6, (input > -3) & (input < 3)))
def hardsigmoid(input: V) -> V:
    """``clamp(input / 6 + 1/2, 0, 1)``; the derivative at -3 and 3 is 0."""
    if input.dtype in INDIRECT:
        return indirect(hardsigmoid, "hardsigmoid_cpu", input)
    if input.dtype in COMPLEX:
        raise unsupported("hardsigmoid_cpu", input.dtype)
    return _ramp(input) / constant(6, input)


def _hardswish_rule(grad: Any, input: Any) -> Any:
    return drop(choose(input < 3, grad * (input / 3 + 0.5), grad), input <= -3)


@elementwise(input=_hardswish_rule)
def hardswish(input: V) -> V:
    """``input * clamp(input + 3, 0, 6) / 6``."""
    if input.dtype in INDIRECT:
        return indirect(hardswish, "hardswish_cpu", input)
    if input.dtype in COMPLEX:
        raise unsupported("hardswish_cpu", input.dtype)
    return input * _ramp(input) / constant(6, input)


@elementwise(input=lambda grad, input, lambd: keep(grad, (input > lambd) | (input < -lambd)))
def hardshrink(input: V, lambd: float = 0.5) -> V:
    """`input` where it is beyond ``[-lambd, lambd]``, 0 within.

    >>> import pullback as torch
    >>> torch.hardshrink(torch.tensor([-1., 0.3, 0.7]))
    tensor([-1.0000,  0.0000,  0.7000])
    """
    _floating("hardshrink_cpu", input)
    return drop(input, (input >= -lambd) & (input <= lambd))


@elementwise(input=lambda grad, input, lambd: keep(grad, (input > lambd) | (input < -lambd)))
def softshrink(input: V, lambd: float = 0.5) -> V:
    """`input` drawn towards 0 by `lambd`, 0 within ``[-lambd, lambd]``."""
    _floating("softshrink_check", input)
    lambd = float(lambd)  # NumPy's would take part in promotion
    largest = finfo(dtypes.from_numpy(input.dtype)).max
    if not 0 <= lambd <= largest:
        raise RuntimeError(
            f"lambda must be in range [0, {largest:g}] for input dtype {spoken(input.dtype)}, but found {lambd:g}"
        )
    if input.dtype in INDIRECT:
        return indirect(softshrink, "softshrink_cpu", input, lambd)
    inside = drop(input, input == input)  # zeros, NaN where NaN
    return np.where(input > lambd, input - lambd, np.where(input < -lambd, input + lambd, inside))


def _floating(kernel: str, array: Any) -> None:
    if array.dtype.kind not in "fV":
        raise unsupported(kernel, array.dtype)
