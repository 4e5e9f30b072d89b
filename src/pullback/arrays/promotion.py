"""PyTorch's type promotion, on NumPy dtypes.

Operands fall in three classes: arrays with axes, 0-d arrays and Python scalars. A later class changes the
result's dtype only if its category (bool < integer < floating < complex) is higher than that of every earlier
class; within a class, dtypes meet on PyTorch's lattice. See
https://docs.pytorch.org/docs/2.13/tensor_attributes.html#type-promotion-doc.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.dtypes import from_numpy, spoken

_BOOL, _INT64 = dtypes.bool.numpy, dtypes.int64.numpy
_FLOAT16, _FLOAT32, _FLOAT64 = dtypes.float16.numpy, dtypes.float32.numpy, dtypes.float64.numpy
_COMPLEX64, _COMPLEX128 = dtypes.complex64.numpy, dtypes.complex128.numpy
_HALVES = dtypes.numpy_dtypes(dtypes.is_half)
_WIDE_UNSIGNED = tuple(map(np.dtype, (np.uint16, np.uint32, np.uint64)))


class _Default:
    """The default floating dtype and its complex partner (`torch.set_default_dtype`)."""

    __slots__ = ("complex", "real")

    def __init__(self) -> None:
        self.real = _FLOAT32
        self.complex = _COMPLEX64


default = _Default()


def set_default(dtype: dtypes.dtype) -> None:
    """Make `dtype` what Python floats become."""
    default.real = dtype.numpy
    default.complex = dtype.to_complex().numpy


def category(dtype: np.dtype[Any]) -> int:
    """Rung of the promotion ladder: 0 bool, 1 integer, 2 floating point, 3 complex."""
    return from_numpy(dtype).category


@cache
def meet(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype in which two dtypes of equal rank are combined (`torch.promote_types`).

    >>> meet(np.dtype("f2"), np.dtype("i8"))
    dtype('float16')
    >>> meet(np.dtype("u1"), np.dtype("i1"))
    dtype('int16')
    """
    if a == b:
        return a
    low, high = sorted((category(a), category(b)))
    if from_numpy(a).name.startswith("float8") or from_numpy(b).name.startswith("float8"):
        raise _apart("Float8 Types", a, b)
    if high != 2 and (a in _WIDE_UNSIGNED or b in _WIDE_UNSIGNED):
        raise _apart("uint16, uint32, uint64 types", a, b)
    if low == high == 2:
        return _FLOAT32 if a in _HALVES and b in _HALVES else max(a, b, key=lambda d: d.itemsize)
    if high == 3:
        other = a if category(b) == 3 else b
        wide = b if category(b) == 3 else a
        if 4 in (other.itemsize, wide.itemsize) and (low == 3 or wide.itemsize == 4):
            return _beside_half_complex(wide, other, low)
        return _COMPLEX128 if other in (_FLOAT64, _COMPLEX128) else wide
    if high == 2:
        return a if category(a) == 2 else b
    return np.promote_types(a, b)


def _apart(kinds: str, a: np.dtype[Any], b: np.dtype[Any]) -> RuntimeError:
    """What there is to raise for dtypes that PyTorch combines with none but themselves."""
    return RuntimeError(f"Promotion for {kinds} is not supported, attempted to promote {spoken(a)} and {spoken(b)}")


def _beside_half_complex(wide: np.dtype[Any], other: np.dtype[Any], low: int) -> np.dtype[Any]:
    if low == 3:
        return max(wide, other, key=lambda each: each.itemsize)
    if low < 2 or other == _FLOAT16:
        return wide
    return _COMPLEX128 if other == _FLOAT64 else _COMPLEX64


def scalar_dtype(value: Any) -> np.dtype[Any]:
    """The dtype a Python number stands for when nothing else decides."""
    if isinstance(value, bool):
        return _BOOL
    if isinstance(value, int):
        return _INT64
    if isinstance(value, float):
        return default.real
    if isinstance(value, complex):
        return default.complex
    raise TypeError(f"not a number: {type(value).__name__}")


def _class_dtype(found: list[np.dtype[Any]]) -> np.dtype[Any] | None:
    result: np.dtype[Any] | None = None
    for each in found:
        result = each if result is None else meet(result, each)
    return result


@cache
def _half_complex() -> np.dtype[Any]:
    from pullback.arrays.rare_dtypes import complex32  # which takes ml_dtypes

    try:
        return complex32.numpy
    except TypeError:  # its release has none
        return _COMPLEX64


def _combine(higher: np.dtype[Any] | None, lower: np.dtype[Any] | None) -> np.dtype[Any] | None:
    """Let a weaker class raise the category of a stronger one, but not its width."""
    if higher is None or lower is None:
        return lower if higher is None else higher
    if category(lower) > category(higher):
        if category(lower) == 3 and category(higher) == 2:  # a real tensor keeps its precision
            return _half_complex() if higher == _FLOAT16 else from_numpy(higher).to_complex().numpy
        return lower
    return higher


def result_dtype(*operands: Any) -> np.dtype[Any]:
    """The dtype in which arrays and Python numbers are combined (`torch.result_type`).

    >>> result_dtype(np.zeros(3, "f4"), np.zeros((), "f8"), 2.0)
    dtype('float32')
    >>> result_dtype(np.zeros(3, "i4"), 2.5)
    dtype('float32')
    """
    with_axes: list[np.dtype[Any]] = []
    without_axes: list[np.dtype[Any]] = []
    numbers: list[np.dtype[Any]] = []
    for operand in operands:
        if isinstance(operand, (bool, int, float, complex)) and not isinstance(operand, np.generic):
            numbers.append(scalar_dtype(operand))
        else:
            (with_axes if operand.ndim else without_axes).append(operand.dtype)
    found = _combine(_combine(_class_dtype(with_axes), _class_dtype(without_axes)), _class_dtype(numbers))
    assert found is not None, "promotion of nothing"
    return found
