"""Python numbers that are written into a tensor: in its dtype, if that can hold them."""

from __future__ import annotations

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
    """A Python number in `dtype`; ``RuntimeError`` if it cannot hold it."""
    if dtype.kind == "f" and value.__class__ in (float, int):
        return dtype.type(value)
    if isinstance(value, complex) and dtype.kind != "c":
        if value.imag:
            raise RuntimeError(f"value cannot be converted to type {_cpp(dtype)} without overflow")
        value = value.real
    if dtype.kind in "iu":
        value = int(value)
        info = np.iinfo(dtype)
        if not info.min <= value <= info.max:
            raise RuntimeError(f"value cannot be converted to type {_cpp(dtype)} without overflow")
    return np.array(value).astype(dtype)


def _cpp(dtype: np.dtype[Any]) -> str:
    return _CPP.get(dtype.name, f"{dtype.name}_t")
