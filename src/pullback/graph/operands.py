"""How an operator's operands become arrays of one dtype: Python numbers, promotion, results."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.exact import exact
from pullback.arrays.promotion import default, result_dtype, scalar_dtype
from pullback.arrays.vocabulary import cast

NUMBERS = frozenset((int, float, bool, complex))
FLOATS = dtypes.numpy_dtypes(lambda each: each.category >= 2)

_REAL = dtypes.numpy_dtypes(lambda each: each.category == 2)
_HALVES = dtypes.numpy_dtypes(dtypes.is_half)
_cached: dict[Any, dict[Any, np.ndarray]] = {dtype: {} for dtype in _REAL}
_cached_exactly = _cached | {dtype: {} for dtype in _HALVES}
dtypes.when_loaded(lambda half: (_cached.setdefault(half, {}), _cached_exactly.setdefault(half, {})))
_CACHE_LIMIT = 1000


def number(value: Any, like: Any) -> Any:
    """A Python number as a 0-d array of the dtype it takes beside the array `like`.

    NumPy converts a Python number anew in every call, which costs as much as a small operation; the arrays of
    numbers met before are kept (0.0 and -0.0 are equal keys, so zeros are not).
    """
    try:
        found = _cached[like.dtype][value]
    except (KeyError, AttributeError):
        found = _new_number(value, like)
    return found if like.__class__ is np.ndarray else found[()]


def _new_number(value: Any, like: Any) -> Any:
    dtype = scalar_dtype(value) if like is None else result_dtype(like, value)
    if dtype.kind in "iu" and isinstance(value, int):
        info = np.iinfo(dtype)
        if not info.min <= value <= info.max:  # PyTorch wraps around
            if not -(2**63) <= value < 2**64:
                raise OverflowError("int too big to convert")
            return np.array(value & (2**64 - 1), np.uint64).astype(dtype)
    array = np.array(value, dtype)
    if dtype in _cached and like is not None and like.dtype == dtype and value and not isinstance(value, complex):
        known = _cached[dtype]
        if len(known) < _CACHE_LIMIT:
            array.flags.writeable = False
            known[value] = array
    return array


def number_exactly(value: Any, like: Any) -> Any:
    """`number` for an operator that rounds its result only: beside half precision the number stays in single."""
    try:
        found = _cached_exactly[like.dtype][value]
    except (KeyError, AttributeError):
        found = _new_exact_number(value, like)
    return found if like.__class__ is np.ndarray else found[()]


def _new_exact_number(value: Any, like: Any) -> Any:
    half = getattr(like, "dtype", None)
    if half not in _HALVES or isinstance(value, complex):
        return _new_number(value, like)
    found = exact(value, half)
    known = _cached_exactly[half]
    if value and len(known) < _CACHE_LIMIT:
        found.flags.writeable = False
        known[value] = found
    return found


def promote_exactly(*arrays: Any) -> list[Any]:
    """`promote` for such an operator: a wider 0-d array beside half precision is not rounded."""
    dtype = result_dtype(*arrays)
    if dtype not in _HALVES:
        return [array if array.dtype == dtype else cast(array, dtype) for array in arrays]
    return [_beside(array, dtype) for array in arrays]


def _beside(array: Any, half: Any) -> Any:
    if array.dtype == half:
        return array
    number = not array.ndim and array.dtype in _REAL and isinstance(array, (np.ndarray, np.generic))
    return exact(array, half) if number else cast(array, half)


def promote(*arrays: Any) -> list[Any]:
    """The arrays in the dtype in which PyTorch combines them."""
    dtype = result_dtype(*arrays)
    return [array if array.dtype == dtype else cast(array, dtype) for array in arrays]


def to_float(array: Any) -> Any:
    """An integer or boolean array in the default floating dtype; others as they are."""
    return array if array.dtype in FLOATS else cast(array, default.real)
