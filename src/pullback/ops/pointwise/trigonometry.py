"""Sines, cosines, tangents, their inverses, angles. Integers become floats; angles are in radians."""

from __future__ import annotations

from math import factorial, pi
from typing import Any

import numpy as np

from pullback.arrays.masks import choose, drop
from pullback.arrays.vocabulary import cast
from pullback.graph.operator import elementwise
from pullback.ops.pointwise.kinds import COMPLEX, INDIRECT, indirect, unsupported, wide
from pullback.ops.typing import V


@elementwise(floats=True, input=lambda grad, input: grad * np.cos(input))
def sin(input: V) -> V:
    """Sine.

    >>> import pullback as torch
    >>> torch.sin(torch.tensor([0., torch.pi / 2]))
    tensor([0., 1.])
    """
    return np.sin(input)


@elementwise(floats=True, input=lambda grad, input: grad * -np.sin(input))
def cos(input: V) -> V:
    """Cosine."""
    return np.cos(input)


@elementwise(floats=True, input=lambda grad, result: grad * (1 + result * result))
def tan(input: V) -> V:
    """Tangent."""
    return np.tan(input)


def _asin_slope(x: Any) -> Any:
    if x.dtype.kind == "c":  # on the branch cut the factors would turn the sign of a zero
        return 1 / np.sqrt(1 - x * x)
    return 1 / np.sqrt((1 - x) * (1 + x))


@elementwise(floats=True, input=lambda grad, input: grad * _asin_slope(input))
def asin(input: V) -> V:
    """Inverse sine, in [-π/2, π/2]; NaN outside [-1, 1] for real dtypes.

    >>> import pullback as torch
    >>> torch.asin(torch.tensor([1., 2.]))
    tensor([1.5708,    nan])
    """
    return np.arcsin(input)


@elementwise(floats=True, input=lambda grad, input: grad * -_asin_slope(input))
def acos(input: V) -> V:
    """Inverse cosine, in [0, π]; NaN outside [-1, 1] for real dtypes."""
    return np.arccos(input)


@elementwise(floats=True, input=lambda grad, input: grad / (input * input + 1))
def atan(input: V) -> V:
    """Inverse tangent, in (-π/2, π/2)."""
    return np.arctan(input)


def _around_origin(moment: Any, input: Any, other: Any) -> Any:
    """`moment` over the square of the distance; 0 where that is 0, or too small a number."""
    square = input * input + other * other
    return drop(moment / square, square == 0)


@elementwise(
    floats=True,
    input=lambda grad, input, other: _around_origin(grad * other, input, other),
    other=lambda grad, input, other: _around_origin(-grad * input, input, other),
)
def atan2(input: V, other: V) -> V:
    """Angle of the point (x = `other`, y = `input`), in [-π, π]. Shapes broadcast, dtypes promote.

    The derivative at the origin is 0.

    >>> import pullback as torch
    >>> torch.atan2(torch.tensor([1., 1.]), torch.tensor([1., -1.]))
    tensor([0.7854, 2.3562])
    """
    if input.dtype in COMPLEX:
        raise unsupported("atan2_cpu", input.dtype)
    return np.arctan2(input, other)


@elementwise(
    input=lambda grad, input, result: grad * (input / result),
    other=lambda grad, other, result: grad * (other / result),
)
def hypot(input: V, other: V) -> V:
    """``sqrt(input**2 + other**2)`` without overflow. Floating dtypes; shapes broadcast.

    >>> import pullback as torch
    >>> torch.hypot(torch.tensor([3.]), torch.tensor([4.]))
    tensor([5.])
    """
    if input.dtype in INDIRECT:
        return indirect(hypot, "hypot_cpu", input, other)
    if input.dtype in COMPLEX:
        raise unsupported("hypot_cpu", input.dtype)
    return np.hypot(input, other)


# Of the series of (t cos t - sin t) / t³ in t².
_SINC = [(-1) ** k * 2 * k / factorial(2 * k + 1) for k in range(1, 7)]


def _sinc_slope(x: Any) -> Any:
    """``cos(πx)/x - sin(πx)/(πx²)``; its series near 0, where the terms cancel."""
    near = np.absolute(x) < 0.1
    turn, series = pi * x, _SINC[-1]
    square = turn * turn
    for coefficient in _SINC[-2::-1]:
        series = series * square + coefficient
    safe = drop(x, near) + near
    turned = pi * safe
    far = (turned * np.cos(turned) - np.sin(turned)) / (turned * safe)
    return choose(near, pi * turn * series, far)


@elementwise(floats=True, input=lambda grad, input: grad * _sinc_slope(wide(input)))
def sinc(input: V) -> V:
    """``sin(π input) / (π input)``, 1 at 0.

    >>> import pullback as torch
    >>> torch.sinc(torch.tensor([0., 0.5]))
    tensor([1.0000, 0.6366])
    """
    if input.dtype in INDIRECT:
        return indirect(sinc, "sinc_cpu", input)
    zero = input == 0
    turn = pi * input + zero
    return np.where(zero, zero, np.sin(turn) / turn)


def _scaled(name: str, input: Any, factor: float) -> Any:
    if input.dtype in COMPLEX:
        raise RuntimeError(f"{name} is not supported for complex tensors.")
    return cast(input * factor, input.dtype)


@elementwise(floats=True, node="Deg2RadBackward0", input=lambda grad: grad * (pi / 180))
def deg2rad(input: V) -> V:
    """Degrees as radians; ``RuntimeError`` for complex dtypes."""
    return _scaled("deg2rad", input, pi / 180)


@elementwise(floats=True, node="Rad2DegBackward0", input=lambda grad: grad * (180 / pi))
def rad2deg(input: V) -> V:
    """Radians as degrees; ``RuntimeError`` for complex dtypes."""
    return _scaled("rad2deg", input, 180 / pi)
