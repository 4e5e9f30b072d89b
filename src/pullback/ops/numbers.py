"""Python numbers that are written into a tensor: in its dtype, if that can hold them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_CPP = {
    "int32": "int",
    "float32": "float",
    "float64": "double",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "bool": "bool",
}


def number_of(value: Any, dtype: np.dtype[Any]) -> Any:
    """A Python number in `dtype`; ``RuntimeError`` if it cannot hold it.

    Fractions are cut off, and -1 is the largest number of an unsigned dtype.
    """
    if value.__class__ is int and not -(2**63) <= value < 2**64:
        raise OverflowError("int too big to convert")
    if dtype.kind == "f" and value.__class__ in (float, int):
        return dtype.type(value)
    if value is None or isinstance(value, str):
        raise TypeError(f"must be a number, not {type(value).__name__}")
    if isinstance(value, complex) and dtype.kind not in "cWb":
        if value.imag:
            raise RuntimeError(f"value cannot be converted to type {cpp_name(dtype)} without overflow")
        value = value.real
    if dtype.kind in "iu":
        if not holds(dtype, value):
            raise RuntimeError(f"value cannot be converted to type {cpp_name(dtype)} without overflow")
        return np.array(int(value) % 2**64, np.uint64).astype(dtype)
    return np.array(value).astype(dtype)


def holds(dtype: np.dtype[Any], value: Any) -> bool:
    """Whether an integer dtype takes the real number `value`, as PyTorch sees it.

    >>> holds(np.dtype("u1"), -255), holds(np.dtype("i1"), 128), holds(np.dtype("i8"), float("nan"))
    (True, False, False)
    """
    info = np.iinfo(dtype)
    return math.isfinite(value) and (info.min or -info.max) <= int(value) <= info.max


def cpp_name(dtype: np.dtype[Any]) -> str:
    """What messages call a dtype: by its name in C++."""
    return _CPP.get(dtype.name, f"{dtype.name}_t")
