"""The larger and the smaller of two values, and values kept between bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.bounds import lowered, raised
from pullback.arrays.masks import drop, keep
from pullback.graph.operands import promote
from pullback.graph.operator import elementwise
from pullback.graph.tensor_base import TensorBase
from pullback.ops.pointwise.calling import overload_of
from pullback.ops.pointwise.kinds import COMPLEX, REAL, beside_exactly, scalar_beside, unsupported
from pullback.ops.typing import Scalar, V
from pullback.ops.wrong_types import asks_for_tensors


def _real(name: str, array: Any) -> None:
    """Refuse complex numbers, which have no order."""
    if array.dtype in COMPLEX:
        if name == "clamp":
            raise NotImplementedError("clamp is not supported for complex types")
        raise RuntimeError(f"{name} not implemented for complex tensors.")


@elementwise(
    input=lambda grad, input, other: drop(_shared(grad, input, other), input < other),
    other=lambda grad, input, other: drop(_shared(grad, input, other), input > other),
)
def maximum(input: V, other: V) -> V:
    """The larger of `input` and `other`; NaN if either is. Ties share the derivative in halves.

    Real dtypes, which promote; shapes broadcast.

    >>> import pullback as torch
    >>> torch.maximum(torch.tensor([1., 5.]), torch.tensor([3., 2.]))
    tensor([3., 5.])
    """
    _real("maximum", input)
    return raised(input, other)


@elementwise(
    input=lambda grad, input, other: drop(_shared(grad, input, other), input > other),
    other=lambda grad, input, other: drop(_shared(grad, input, other), input < other),
)
def minimum(input: V, other: V) -> V:
    """The smaller of `input` and `other`; NaN if either is. Ties share the derivative in halves."""
    _real("minimum", input)
    return lowered(input, other)


def _shared(grad: Any, input: Any, other: Any) -> Any:
    """The cotangent, half of it where the two are equal."""
    return np.where(input == other, grad / 2, grad)


@elementwise(
    input=lambda grad, input, other: keep(grad, (input >= other) | (other != other)),
    other=lambda grad, input, other: drop(grad, (input >= other) | (other != other)),
)
def fmax(input: V, other: V) -> V:
    """The larger of `input` and `other`; of a number and NaN the number. Ties give the derivative to `input`."""
    _real("fmax", input)
    return np.fmax(input, other)


@elementwise(
    input=lambda grad, input, other: keep(grad, (input <= other) | (other != other)),
    other=lambda grad, input, other: drop(grad, (input <= other) | (other != other)),
)
def fmin(input: V, other: V) -> V:
    """The smaller of `input` and `other`; of a number and NaN the number. Ties give the derivative to `input`."""
    _real("fmin", input)
    return np.fmin(input, other)


def _within(input: Any, min: Any, max: Any) -> Any:
    if max is None:
        return input >= min
    return input <= max if min is None else (input >= min) & (input <= max)


@overload_of("clamp")
@elementwise(
    node="ClampBackward1", promotes=(), input=lambda grad, input, min, max: keep(grad, _within(input, min, max))
)
def _clamp_numbers(input: V, min: Scalar | None = None, max: Scalar | None = None) -> V:
    if input.dtype in REAL and min.__class__ is not complex and max.__class__ is not complex:
        if min is not None:
            input = raised(input, scalar_beside(min, input))
        return input if max is None else lowered(input, scalar_beside(max, input))
    _real("clamp", input)
    upper = lower = None
    if max is not None:
        input, upper = beside_exactly(input, max)
    if min is not None:
        input, lower = beside_exactly(input, min)
        if upper is not None and upper.dtype != lower.dtype:
            input, upper = beside_exactly(input, max)
        input = raised(input, lower)
    return input if upper is None else lowered(input, upper)


@overload_of("clamp")
@elementwise(
    node="ClampBackward0",
    input=lambda grad, input, min, max: keep(grad, _within(input, min, max)),
    min=lambda grad, input, min, max: keep(grad, input < min if max is None else (input < min) & (min < max)),
    max=lambda grad, input, min, max: keep(grad, input > max if min is None else (input > max) | (max < min)),
)
def _clamp_tensors(input: V, min: V | None = None, max: V | None = None) -> V:
    _real("clamp", input)
    if min is not None and max is not None and {"b"} == {each.dtype.kind for each in (input, min, max)}:
        raise unsupported("clamp_cpu", input.dtype)
    if min is not None:
        input = raised(*_alike(input, min, max)[:2])
    return input if max is None else lowered(*_alike(input, max))


def _alike(*arrays: Any) -> list[Any]:
    """The arrays that are there in their common dtype: bounds may be of another one than what they bound."""
    present = [each for each in arrays if each is not None]
    return present if all(each.dtype is present[0].dtype for each in present) else promote(*present)


def clamp(input: V, min: Any = None, max: Any = None, *, out: Any = None) -> V:
    """`input` raised to `min` where it is below, lowered to `max` where it is above; `None` is no bound.

    The bounds are numbers or tensors, both of one kind; shapes broadcast, dtypes promote. `max` wins where
    ``min > max``, NaN stays. The derivative is 1 between the bounds and on them, 0 outside, where that of a bound
    is 1. ``RuntimeError`` without any bound and for complex dtypes.

    >>> import pullback as torch
    >>> torch.tensor([-2., 0.5, 3.]).clamp(0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if (min is None or isinstance(min, TensorBase)) and (max is None or isinstance(max, TensorBase)):
        return _clamp_tensors(input, min, max, out=out)
    return _clamp_numbers(input, _number("min", min), _number("max", max), out=out)


def _number(name: str, bound: Any) -> Any:
    """A bound beside a number is a number, or a tensor that holds one."""
    if isinstance(bound, TensorBase):
        if bound._array.ndim or bound._requires_grad:
            raise TypeError(f"clamp(): argument '{name}' must be Number, not Tensor")
        return bound._array.item()
    return bound


@overload_of("clamp_min")
@elementwise(node="ClampMinBackward0", promotes=(), input=lambda grad, input, min: keep(grad, input >= min))
def _clamp_min_number(input: V, min: Scalar) -> V:
    _real("clamp", input)
    return raised(*beside_exactly(input, min))


@overload_of("clamp_min")
@elementwise(
    node="ClampMinBackward1",
    input=lambda grad, input, min: keep(grad, input >= min),
    min=lambda grad, input, min: keep(grad, input < min),
)
def _clamp_min_tensor(input: V, min: V) -> V:
    if input.dtype in COMPLEX:
        raise unsupported("maximum_cpu", input.dtype)
    return raised(input, min)


@asks_for_tensors
def clamp_min(input: V, min: V | Scalar, *, out: Any = None) -> V:
    """`clamp` from below, by a number or a tensor."""
    return (_clamp_min_tensor if isinstance(min, TensorBase) else _clamp_min_number)(input, min, out=out)


@overload_of("clamp_max")
@elementwise(node="ClampMaxBackward0", promotes=(), input=lambda grad, input, max: keep(grad, input <= max))
def _clamp_max_number(input: V, max: Scalar) -> V:
    _real("clamp", input)
    return lowered(*beside_exactly(input, max))


@overload_of("clamp_max")
@elementwise(
    node="ClampMaxBackward1",
    input=lambda grad, input, max: keep(grad, input <= max),
    max=lambda grad, input, max: keep(grad, input > max),
)
def _clamp_max_tensor(input: V, max: V) -> V:
    if input.dtype in COMPLEX:
        raise unsupported("minimum_cpu", input.dtype)
    return lowered(input, max)


@asks_for_tensors
def clamp_max(input: V, max: V | Scalar, *, out: Any = None) -> V:
    """`clamp` from above, by a number or a tensor."""
    return (_clamp_max_tensor if isinstance(max, TensorBase) else _clamp_max_number)(input, max, out=out)
