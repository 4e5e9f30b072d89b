"""``torch._prims_common``: what PyTorch says about dtypes in Python, on this package's promotion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from pullback.arrays import dtypes, promotion
from pullback.arrays.dtypes import from_numpy
from pullback.graph.tensor_base import TensorBase

_TYPES: tuple[type, ...] = (bool, int, float, complex)


class ELEMENTWISE_TYPE_PROMOTION_KIND(Enum):
    """How an elementwise operator chooses the dtype of its result."""

    DEFAULT = 0
    NO_OPMATH = 1
    INT_TO_FLOAT = 2
    ALWAYS_BOOL = 3
    COMPLEX_TO_FLOAT = 4
    BOOL_TO_LONG = 5


def dtype_to_type(dtype: dtypes.dtype) -> type:
    """The Python type of a dtype's numbers.

    >>> dtype_to_type(dtypes.float16)
    <class 'float'>
    """
    return _TYPES[dtype.category]


def elementwise_dtypes(
    *args: Any, type_promotion_kind: ELEMENTWISE_TYPE_PROMOTION_KIND
) -> tuple[dtypes.dtype, dtypes.dtype]:
    """The dtype in which an elementwise operator computes, and that of its result.

    >>> import pullback as torch
    >>> elementwise_dtypes(torch.ones(2).half(), 1, type_promotion_kind=ELEMENTWISE_TYPE_PROMOTION_KIND.DEFAULT)
    (torch.float32, torch.float16)
    """
    kind = ELEMENTWISE_TYPE_PROMOTION_KIND
    operands = [each._array if isinstance(each, TensorBase) else each for each in args if each is not None]
    result = from_numpy(promotion.result_dtype(*operands))
    if type_promotion_kind is kind.INT_TO_FLOAT and result.category < 2:
        result = from_numpy(promotion.default.real)
    if type_promotion_kind is kind.BOOL_TO_LONG and result.category == 0:
        result = dtypes.int64
    computed = result
    if type_promotion_kind is not kind.NO_OPMATH and result in (dtypes.float16, dtypes.bfloat16):
        computed = dtypes.float32
    if type_promotion_kind is kind.COMPLEX_TO_FLOAT:
        result = result.to_real()
    return computed, dtypes.bool if type_promotion_kind is kind.ALWAYS_BOOL else result


def check(b: bool, s: Callable[[], str], exc_type: type[Exception] = RuntimeError) -> None:
    """Raise `exc_type` with the text of `s` unless `b`."""
    if not b:
        raise exc_type(s())


def type_to_dtype(typ: type) -> dtypes.dtype:
    """The dtype of tensors made from Python numbers of a type."""
    kinds = {
        bool: dtypes.bool,
        int: dtypes.int64,
        float: from_numpy(promotion.default.real),
        complex: from_numpy(promotion.default.complex),
    }
    return kinds[typ]


def make_contiguous_strides_for(shape: Sequence[int], row_major: bool = True) -> tuple[int, ...]:
    """Strides of memory without gaps; unless `row_major`, of matrices whose columns are contiguous."""
    strides = [1]
    for size in list(shape)[:0:-1]:
        strides.insert(0, strides[0] * max(size, 1))
    strides = strides[: len(shape)]
    return tuple(strides if row_major or len(shape) < 2 else [*strides[:-2], 1, max(shape[-2], 1)])


def suggest_memory_format(x: Any) -> Any:
    """The memory format that `x` has."""
    import pullback

    for dims, name in ((4, "channels_last"), (5, "channels_last_3d")):
        if x.dim() == dims and not x.is_contiguous() and x.is_contiguous(memory_format=getattr(pullback, name)):
            return getattr(pullback, name)
    return pullback.contiguous_format


def is_contiguous_or_false(a: Any) -> bool:
    """Whether `a` is contiguous."""
    return bool(a.is_contiguous())


def is_boolean_dtype(dtype: dtypes.dtype) -> bool:
    """Whether it is ``bool``."""
    return dtype.category == 0


def is_integer_dtype(dtype: dtypes.dtype) -> bool:
    """Whether its numbers are integers, ``bool`` left out."""
    return dtype.category == 1


def is_float_dtype(dtype: dtypes.dtype) -> bool:
    """Whether its numbers are real and of floating point."""
    return dtype.is_floating_point


def is_complex_dtype(dtype: dtypes.dtype) -> bool:
    """Whether its numbers are complex."""
    return dtype.is_complex


def corresponding_real_dtype(dtype: dtypes.dtype) -> dtypes.dtype:
    """The dtype of the parts of complex numbers; ``KeyError`` for other dtypes.

    >>> corresponding_real_dtype(dtypes.complex64)
    torch.float32
    """
    if not dtype.is_complex:
        raise KeyError(dtype)
    return dtype.to_real()


def corresponding_complex_dtype(dtype: dtypes.dtype) -> dtypes.dtype:
    """The complex dtype for real parts of a dtype; ``KeyError`` where it is not of floating point.

    >>> corresponding_complex_dtype(dtypes.float64)
    torch.complex128
    """
    if not dtype.is_floating_point:
        raise KeyError(dtype)
    return dtype.to_complex()
