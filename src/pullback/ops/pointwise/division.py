"""Quotients that are rounded, and remainders."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.quotients import truncated_quotient
from pullback.arrays.vocabulary import cast, zeros_like
from pullback.graph.operator import elementwise
from pullback.graph.tensor_base import TensorBase
from pullback.ops.pointwise.arithmetic import true_divide
from pullback.ops.pointwise.calling import numbers_first, overload_of, rounds_once
from pullback.ops.pointwise.kinds import COMPLEX, HALVES, NUMERIC, SINGLE, WHOLE, beside, unsupported
from pullback.ops.typing import Scalar, V


def _whole(ufunc: Any, kernel: str, first: Any, second: Any) -> Any:
    """An integer ufunc that divides; by zero it raises, as PyTorch does."""
    if first.dtype.kind == "b":
        raise unsupported(kernel, first.dtype)
    try:
        with np.errstate(divide="raise"):
            return ufunc(first, second)
    except FloatingPointError:
        raise RuntimeError("ZeroDivisionError") from None


def _floor(input: Any, other: Any) -> Any:
    if input.dtype in WHOLE:
        return _whole(np.floor_divide, "div_floor_cpu", input, other)
    if input.dtype in COMPLEX:
        raise unsupported("div_floor_cpu", input.dtype)
    if input.dtype in HALVES:
        return cast(_floor_in_half(cast(input, SINGLE), cast(other, SINGLE), _steps(input, other)), input.dtype)
    return input // other


def _steps(input: Any, other: Any) -> Any:
    """The dtype of what lies between: beside a single number PyTorch rounds the result only, else every step."""
    return input.dtype if other.ndim else SINGLE


def _floor_in_half(input: Any, other: Any, dtype: Any) -> Any:
    rest = np.fmod(input, other)
    low = cast((rest != 0) & ((other < 0) != (rest < 0)), SINGLE)
    difference = cast(cast(input - rest, dtype), SINGLE)
    quotient = cast(cast(cast(cast(difference / other, dtype), SINGLE) - low, dtype), SINGLE)
    floor = np.floor(quotient)
    floor = floor + (quotient - floor > 0.5)
    exact = input / other
    return np.where(other == 0, exact, np.where(quotient == 0, np.copysign(zeros_like(floor), exact), floor))


def _truncate(input: Any, other: Any) -> Any:
    if input.dtype in WHOLE:
        return _whole(truncated_quotient, "div_trunc_cpu", input, other)
    if input.dtype in COMPLEX:
        raise unsupported("div_trunc_cpu", input.dtype)
    if input.dtype in HALVES:
        quotient = cast(input, SINGLE) / cast(other, SINGLE)
        return cast(np.trunc(cast(quotient, _steps(input, other))), input.dtype)
    return truncated_quotient(input, other)


@rounds_once
@numbers_first(both=True)
@elementwise(
    node="DivBackward2",
    input=lambda grad: zeros_like(grad),
    other=lambda grad: zeros_like(grad),
)
def _div_rounded(input: V, other: V | Scalar, rounding_mode: str) -> V:
    return _floor(input, other) if rounding_mode == "floor" else _truncate(input, other)


@rounds_once
@numbers_first(both=True)
@elementwise(
    node="DivBackward2",
    floats=True,
    input=lambda grad, other: grad / other,
    other=lambda grad, input, other: -grad * ((input / other) / other),
)
def _div_plain(input: V, other: V | Scalar, rounding_mode: None) -> V:
    """The quotient itself, asked for by name."""
    return input / other


def div(input: V, other: V | Scalar, *, rounding_mode: str | None = ..., out: Any = None) -> V:  # type: ignore[assignment]
    """``input / other``, element by element.

    `rounding_mode` is `None` for the quotient itself (integers become the default floating dtype), ``"trunc"`` to
    round towards zero or ``"floor"`` to round down (the dtype is kept; the derivative is 0). Shapes broadcast,
    dtypes promote. ``RuntimeError`` for another mode, and for a rounded division of integers by zero.

    >>> import pullback as torch
    >>> torch.div(torch.tensor([-7, 7]), 2, rounding_mode="trunc")
    tensor([-3,  3])
    """
    if rounding_mode is ...:  # type: ignore[comparison-overlap]
        return true_divide(input, other, out=out)
    if rounding_mode is None:
        return _div_plain(input, other, None, out=out)
    if rounding_mode not in ("trunc", "floor"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    return _div_rounded(input, other, rounding_mode, out=out)


def _missing(name: str) -> Any:
    """The rule of an operator that PyTorch refuses to differentiate, when the gradient is asked for."""

    def rule(grad: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return rule


@rounds_once
@numbers_first(both=True)
@elementwise(node="NotImplemented", input=_missing("floor_divide"), other=_missing("floor_divide"))
def floor_divide(input: V, other: V | Scalar) -> V:
    """``floor(input / other)``, element by element, in the promoted dtype: what ``//`` calls.

    ``RuntimeError`` for integers divided by zero, and when a gradient is asked for, as PyTorch has none.

    >>> import pullback as torch
    >>> torch.tensor([-7, 7]) // 2
    tensor([-4,  3])
    """
    return _floor(input, other)


def _modulo(ufunc: Any, kernel: str, input: Any, other: Any) -> Any:
    if input.dtype in WHOLE:
        return _whole(ufunc, kernel, input, other)
    if input.dtype in COMPLEX:
        raise unsupported(kernel, input.dtype)
    return ufunc(input, other)


@overload_of("remainder")
@elementwise(node="RemainderBackward0", promotes=(), input=lambda grad: grad)
def _remainder_by_number(input: V, other: Scalar) -> V:
    return _modulo(np.remainder, "remainder_cpu", *beside(input, other))


@overload_of("remainder")
@elementwise(
    node="RemainderBackward1",
    input=lambda grad: grad,
    other=lambda grad, input, other: -grad * np.floor_divide(input, other),
)
def _remainder(input: V, other: V) -> V:
    return _modulo(np.remainder, "remainder_cpu", input, other)


@overload_of("remainder")
@elementwise(node="NotImplemented", other=_missing("remainder"))
def _remainder_of_number(input: V | Scalar, other: V) -> V:
    return _modulo(np.remainder, "remainder_cpu", input, other)


def remainder(input: V | Scalar, other: V | Scalar, *, out: Any = None) -> V:
    """``input - other * floor(input / other)``, with the sign of `other`: Python's ``%``.

    Shapes broadcast, dtypes promote. A float modulo 0 is NaN; for integers ``RuntimeError``. Where `input` is a
    number and a gradient is asked for, ``RuntimeError``, as in PyTorch.

    >>> import pullback as torch
    >>> torch.remainder(torch.tensor([-3., 3.]), 2)
    tensor([1., 1.])
    """
    if not isinstance(other, NUMERIC):
        return (_remainder if isinstance(input, TensorBase) else _remainder_of_number)(input, other, out=out)
    return _remainder_by_number(input, other, out=out)


@overload_of("fmod")
@elementwise(node="FmodBackward0", promotes=(), input=lambda grad: grad)
def _fmod_by_number(input: V, other: Scalar) -> V:
    return _modulo(np.fmod, "fmod_cpu", *beside(input, other))


@overload_of("fmod")
@elementwise(
    node="FmodBackward1",
    input=lambda grad: grad,
    other=lambda grad, input, other: -grad * truncated_quotient(input, other),
)
def _fmod(input: V, other: V) -> V:
    return _modulo(np.fmod, "fmod_cpu", input, other)


def fmod(input: V, other: V | Scalar, *, out: Any = None) -> V:
    """``input - other * trunc(input / other)``, with the sign of `input`: C's ``fmod``.

    Shapes broadcast, dtypes promote. A float modulo 0 is NaN; for integers ``RuntimeError``.

    >>> import pullback as torch
    >>> torch.fmod(torch.tensor([-3., 3.]), 2)
    tensor([-1.,  1.])
    """
    return (_fmod_by_number if isinstance(other, NUMERIC) else _fmod)(input, other, out=out)
