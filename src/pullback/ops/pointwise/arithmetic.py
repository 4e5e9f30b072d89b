"""Sums, differences, products, quotients."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.promotion import category
from pullback.arrays.vocabulary import cast
from pullback.graph.operands import NUMBERS, number, promote
from pullback.graph.operator import elementwise
from pullback.graph.tensor_base import TensorBase
from pullback.ops.pointwise.calling import formerly, no_overload, numbers_first, overload_of, rounds_once
from pullback.ops.pointwise.kinds import (
    HALVES,
    INDIRECT,
    SINGLE,
    WHOLE,
    beside_exactly,
    indirect,
    scalar_beside,
    unsupported,
)
from pullback.ops.typing import Scalar, V
from pullback.ops.wrong_types import asks_for_tensors


def _plain(alpha: Any) -> Any:
    """A number: a tensor of one element counts as one; NumPy's would take part in promotion."""
    return alpha.item() if alpha.__class__ not in NUMBERS and isinstance(alpha, (TensorBase, np.generic)) else alpha  # type: ignore[union-attr]


def _times(value: Any, alpha: Scalar) -> Any:
    alpha = _plain(alpha)
    return value if alpha == 1 else value * alpha


def _scaled(value: Any, alpha: Scalar) -> Any:
    """``alpha * value`` in the dtype of `value`, which must be able to hold it."""
    if alpha == 1 and alpha is not True:
        return value
    alpha = _plain(alpha)
    kind = category(value.dtype)
    if isinstance(alpha, bool) and kind:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, float) and kind < 2:
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if isinstance(alpha, complex) and kind < 3:
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    return value * (bool(alpha) if kind == 0 else number(alpha, value))


def _sum_in_single(first: Any, second: Any, alpha: Scalar) -> Any:
    """``first + alpha * second`` of half precision, rounded once; `alpha` is rounded before."""
    scale = _scaled(np.ones((), first.dtype), alpha)
    return cast(cast(first, SINGLE) + cast(second, SINGLE) * cast(scale, SINGLE), first.dtype)


@formerly("alpha")
@numbers_first(both=True)
@elementwise(input=lambda grad: grad, other=lambda grad, alpha: _times(grad, alpha))
def add(input: V, other: V | Scalar, *, alpha: Scalar = 1) -> V:
    """``input + alpha * other``, element by element.

    Shapes broadcast, dtypes promote. Matches https://docs.pytorch.org/docs/2.13/generated/torch.add.html.

    >>> import pullback as torch
    >>> torch.add(torch.tensor([1., 2.]), 10, alpha=0.5)
    tensor([6., 7.])
    """
    if alpha == 1 and alpha is not True:
        return input + other
    return _sum_in_single(input, other, alpha) if input.dtype in HALVES else input + _scaled(other, alpha)


_TWO_BOOLS = (
    "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator "
    "instead."
)
_ONE_BOOL = (
    "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the "
    "`~` or `logical_not()` operator instead."
)


def _refuse_bool(*operands: Any) -> None:
    dtypes = [getattr(each, "dtype", each.__class__) for each in operands]
    raise RuntimeError(_TWO_BOOLS if all(getattr(each, "kind", each) in ("b", bool) for each in dtypes) else _ONE_BOOL)


def _minus(minuend: Any, subtrahend: Any, alpha: Scalar) -> Any:
    """``minuend - alpha * subtrahend`` of arrays of any dtypes but bool, which is refused before it is promoted."""
    if minuend.dtype is not subtrahend.dtype:
        if minuend.dtype != subtrahend.dtype and "b" in (minuend.dtype.kind, subtrahend.dtype.kind):
            raise RuntimeError(_ONE_BOOL)
        minuend, subtrahend = promote(minuend, subtrahend)
    if alpha != 1 and minuend.dtype in HALVES:
        return _sum_in_single(minuend, -subtrahend, alpha)
    try:
        return minuend - (subtrahend if minuend.dtype.kind == "b" else _scaled(subtrahend, alpha))
    except TypeError:
        raise RuntimeError(_TWO_BOOLS) from None  # NumPy knows no difference of booleans either


@formerly("alpha")
@numbers_first(both=True, no_bool=_refuse_bool)
@elementwise(promotes=(), input=lambda grad: grad, other=lambda grad, alpha: -_times(grad, alpha))
def sub(input: V, other: V | Scalar, *, alpha: Scalar = 1) -> V:
    """``input - alpha * other``, element by element.

    Shapes broadcast, dtypes promote. Raises ``RuntimeError`` for booleans, whose difference is ambiguous (use ``^``).

    >>> import pullback as torch
    >>> torch.tensor([1, 2]) - 0.5
    tensor([0.5000, 1.5000])
    """
    if alpha == 1 and alpha is not True and input.dtype is other.dtype and input.dtype.kind != "b":
        return input - other
    return _minus(input, other, alpha)


@overload_of("rsub")
@elementwise(promotes=(), node="RsubBackward0", input=lambda grad, alpha: -_times(grad, alpha), other=lambda grad: grad)
def _rsub_tensor(input: V, other: V, alpha: Scalar = 1) -> V:
    return _minus(other, input, alpha)


@overload_of("rsub")
@elementwise(promotes=(), node="RsubBackward1", input=lambda grad, alpha: -_times(grad, alpha))
def rsub_number(input: V, other: Scalar, alpha: Scalar = 1) -> V:
    """``other - alpha * input`` for a number `other`."""
    if other.__class__ is bool:
        _refuse_bool(other, input)
    return _minus(scalar_beside(other, input), input, alpha)


def rsub(input: V, other: V | Scalar, *, alpha: Scalar = 1) -> V:
    """``other - alpha * input``, element by element: what ``1 - x`` calls.

    Shapes broadcast, dtypes promote; booleans are refused with ``RuntimeError``.
    """
    if not isinstance(input, TensorBase):
        raise no_overload("rsub", input, other)
    if isinstance(other, TensorBase):
        return _rsub_tensor(input, other, alpha)
    try:
        return rsub_number(input, other, alpha)
    except AttributeError:
        raise no_overload("rsub", input, other) from None


@rounds_once
@numbers_first(both=True)
@elementwise(input=lambda grad, other: grad * other, other=lambda grad, input: grad * input)
def mul(input: V, other: V | Scalar) -> V:
    """``input * other``, element by element. Shapes broadcast, dtypes promote.

    >>> import pullback as torch
    >>> torch.tensor([1., 2.]) * 3
    tensor([3., 6.])
    """
    return input * other


@rounds_once
@numbers_first(both=True)
@elementwise(
    node="DivBackward0",
    floats=True,
    input=lambda grad, other: grad / other,
    other=lambda grad, input, other: -grad * ((input / other) / other),
)
def true_divide(input: V, other: V | Scalar) -> V:
    """``input / other``, element by element; integers become the default floating dtype.

    >>> import pullback as torch
    >>> torch.tensor([1, 2]) / 2
    tensor([0.5000, 1.0000])
    """
    return input / other


@elementwise(input=lambda grad: -grad)
def neg(input: V) -> V:
    """``-input``. The dtype is kept; unsigned integers wrap around. ``RuntimeError`` for booleans.

    >>> import pullback as torch
    >>> torch.neg(torch.tensor([1, 200], dtype=torch.uint8))
    tensor([255,  56], dtype=torch.uint8)
    """
    try:
        return -input
    except TypeError:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use "
            "the `~` or `logical_not()` operator instead."
        ) from None


@asks_for_tensors
def positive(input: V) -> V:
    """`input` itself; ``RuntimeError`` for booleans."""
    if input.dtype.kind == "b":
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@elementwise(floats=True, input=lambda grad, result: -grad * (result * result))
def reciprocal(input: V) -> V:
    """``1 / input``; integers become the default floating dtype.

    >>> import pullback as torch
    >>> torch.tensor([2, 4]).reciprocal()
    tensor([0.5000, 0.2500])
    """
    return 1 / input


def _check_factor(array: Any) -> None:
    if category(array.dtype) < 3:
        kind = "float" if category(array.dtype) == 2 else f"{array.dtype.name}_t"
        raise RuntimeError(f"value cannot be converted to type {kind} without overflow")


@formerly("value")
@elementwise(
    input=lambda grad: grad,
    tensor1=lambda grad, tensor2, value: grad * (tensor2 * _plain(value)),
    tensor2=lambda grad, tensor1, value: grad * (tensor1 * _plain(value)),
)
def addcmul(input: V, tensor1: V, tensor2: V, *, value: Scalar = 1) -> V:
    """``input + value * tensor1 * tensor2``, element by element; shapes broadcast, dtypes promote.

    >>> import pullback as torch
    >>> torch.addcmul(torch.ones(2), torch.tensor([1., 2.]), torch.tensor([3., 4.]), value=0.5)
    tensor([2.5000, 5.0000])
    """
    if value.__class__ is complex:
        _check_factor(input)
    if input.dtype in INDIRECT:
        if input.dtype not in WHOLE:
            return indirect(addcmul, "", input, tensor1, tensor2, value=value)
        if input.dtype.kind == "b":
            raise unsupported("addcmul_cpu_out", input.dtype)
        _, value = beside_exactly(input, int(value))
    return input + _times(tensor1, value) * tensor2


@formerly("value")
@elementwise(
    promotes=(),
    input=lambda grad: grad,
    tensor1=lambda grad, tensor2, value: grad * (_plain(value) / tensor2),
    tensor2=lambda grad, tensor1, tensor2, value: -grad * (_times(tensor1, value) / (tensor2 * tensor2)),
)
def addcdiv(input: V, tensor1: V, tensor2: V, *, value: Scalar = 1) -> V:
    """``input + value * tensor1 / tensor2``, element by element; shapes broadcast, dtypes promote.

    ``RuntimeError`` where both `tensor1` and `tensor2` are integers.
    """
    if tensor1.dtype in WHOLE and tensor2.dtype in WHOLE:
        raise RuntimeError(_NO_INTEGER_ADDCDIV)
    input, tensor1, tensor2 = promote(input, tensor1, tensor2)
    if value.__class__ is complex:
        _check_factor(input)
    if input.dtype in INDIRECT:
        return indirect(addcdiv, "", input, tensor1, tensor2, value=value)
    return input + _times(tensor1, value) / tensor2


_NO_INTEGER_ADDCDIV = (
    "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true "
    "division of tensor1 and tensor2. Divide first (torch.div with the rounding_mode meant), then add."
)
