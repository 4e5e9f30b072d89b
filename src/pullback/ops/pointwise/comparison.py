"""Comparisons and tests, whose results are booleans and never require grad."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.promotion import default
from pullback.arrays.vocabulary import cast
from pullback.graph.inplace import spoken
from pullback.graph.operands import promote
from pullback.graph.operator import nondifferentiable
from pullback.graph.tensor_base import TensorBase
from pullback.ops.pointwise.calling import overload_of
from pullback.ops.pointwise.kinds import COMPLEX, WHOLE, unsupported
from pullback.ops.typing import Scalar, V


@overload_of("eq")
@nondifferentiable(promotes=True)
def eq(input: V, other: V | Scalar) -> V:
    """``input == other``, element by element, as booleans. Shapes broadcast, dtypes promote.

    >>> import pullback as torch
    >>> torch.tensor([1., 2.]) == 2
    tensor([False,  True])
    """
    return input == other


@overload_of("ne")
@nondifferentiable(promotes=True)
def ne(input: V, other: V | Scalar) -> V:
    """``input != other``, element by element, as booleans."""
    return input != other


@overload_of("lt")
@nondifferentiable(promotes=True)
def lt(input: V, other: V | Scalar) -> V:
    """``input < other``, element by element, as booleans; ``NotImplementedError`` for complex dtypes.

    >>> import pullback as torch
    >>> torch.tensor([1., 2.]) < torch.tensor([2., 2.])
    tensor([ True, False])
    """
    if input.dtype.kind == "c":
        raise unsupported("lt_cpu", input.dtype)
    return input < other


@overload_of("le")
@nondifferentiable(promotes=True)
def le(input: V, other: V | Scalar) -> V:
    """``input <= other``, see `lt`."""
    if input.dtype.kind == "c":
        raise unsupported("le_cpu", input.dtype)
    return input <= other


@overload_of("gt")
@nondifferentiable(promotes=True)
def gt(input: V, other: V | Scalar) -> V:
    """``input > other``, see `lt`."""
    if input.dtype.kind == "c":
        raise unsupported("gt_cpu", input.dtype)
    return input > other


@overload_of("ge")
@nondifferentiable(promotes=True)
def ge(input: V, other: V | Scalar) -> V:
    """``input >= other``, see `lt`."""
    if input.dtype.kind == "c":
        raise unsupported("ge_cpu", input.dtype)
    return input >= other


@nondifferentiable()
def isnan(input: V) -> V:
    """Whether an element is NaN; a complex number if one of its parts is."""
    return input != input


@nondifferentiable()
def isinf(input: V) -> V:
    """Whether an element is infinite; a complex number if one of its parts is."""
    return input != input if input.dtype in WHOLE else np.isinf(input)


@nondifferentiable()
def isfinite(input: V) -> V:
    """Whether an element is neither infinite nor NaN.

    >>> import pullback as torch
    >>> torch.isfinite(torch.tensor([1., float("inf"), float("nan")]))
    tensor([ True, False, False])
    """
    return input == input if input.dtype in WHOLE else np.isfinite(input)


def _no_complex(name: str, array: Any) -> None:
    if array.dtype.kind == "c":
        raise RuntimeError(f"{name} does not support complex inputs.")


@nondifferentiable()
def isposinf(input: V) -> V:
    """Whether an element is +inf; ``RuntimeError`` for complex dtypes."""
    _no_complex("isposinf", input)
    return input != input if input.dtype in WHOLE else input == np.inf


@nondifferentiable()
def isneginf(input: V) -> V:
    """Whether an element is -inf; ``RuntimeError`` for complex dtypes."""
    _no_complex("isneginf", input)
    return input != input if input.dtype in WHOLE else input == -np.inf


@nondifferentiable()
def isreal(input: V) -> V:
    """Whether an element has no imaginary part; true for real dtypes."""
    if input.dtype in COMPLEX:
        return np.imag(input if input.dtype.kind == "c" else cast(input, np.dtype(np.complex64))) == 0
    return (input == input) | True


def _same_dtype(input: Any, other: Any) -> None:
    if input.dtype != other.dtype:
        raise RuntimeError(f"{spoken(input.dtype)} did not match {spoken(other.dtype)}")


@nondifferentiable()
def isclose(input: V, other: V, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> V:
    """``|input - other| <= atol + rtol * |other|``, element by element; equal infinities are close.

    Both of one dtype (``RuntimeError`` otherwise); shapes broadcast. NaN is close to NaN with `equal_nan`.

    >>> import pullback as torch
    >>> torch.isclose(torch.tensor([1., 2.]), torch.tensor([1.0000001, 2.1]))
    tensor([ True, False])
    """
    _same_dtype(input, other)
    if rtol < 0:
        raise RuntimeError(f"rtol must be greater than or equal to zero, but got {rtol:g}")
    if atol < 0:
        raise RuntimeError(f"atol must be greater than or equal to zero, but got {atol:g}")
    close = input == other
    if input.dtype in WHOLE:
        input, other = cast(input, default.real), cast(other, default.real)
    elif equal_nan:
        close = close | ((input != input) & (other != other))
    error = np.absolute(input - other)
    return close | (np.isfinite(error) & (error <= atol + np.absolute(rtol * other)))


def allclose(input: V, other: V, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close in the sense of `isclose`.

    >>> import pullback as torch
    >>> torch.allclose(torch.tensor([1.]), torch.tensor([1.0000001]))
    True
    """
    return bool(np.logical_and.reduce(isclose(input, other, rtol, atol, equal_nan)._array, axis=None))


def equal(input: V, other: V) -> bool:
    """Whether two tensors have the same shape and elements; NaN equals nothing.

    >>> import pullback as torch
    >>> torch.equal(torch.tensor([1, 2]), torch.tensor([1., 2.]))
    True
    """
    for position, (name, each) in enumerate((("input", input), ("other", other))):
        if not isinstance(each, TensorBase):
            raise TypeError(
                f"equal(): argument '{name}' (position {position + 1}) must be Tensor, not {type(each).__name__}"
            )
    if input._array.shape != other._array.shape:
        return False
    first, second = promote(input._array, other._array)
    return bool(np.logical_and.reduce(first == second, axis=None))
