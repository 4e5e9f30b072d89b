"""``out=`` for operators that read by position: it may not share memory with what is read."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.graph.modes import NO_GRAD, current_mode
from pullback.graph.overlap import check_apart, check_no_overlap
from pullback.graph.tensor_base import TensorBase, solid

_CPP = {
    "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double", "bool": "bool",
    "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int", "int64": "long int",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip


def cpp_name(dtype: np.dtype[Any]) -> str:
    """PyTorch's C++ word for a dtype in messages: ``double`` for float64."""
    name = dtypes.from_numpy(dtype).name
    return _CPP.get(name, name)


def _requires(value: Any) -> bool:
    return isinstance(value, TensorBase) and value.requires_grad


def check_out(out: Any, *inputs: Any, dtype: Any = None) -> None:
    """Raise ``RuntimeError`` if `out` shares memory with an input or with itself, or has not the dtype asked for."""
    if not isinstance(out, TensorBase):
        return
    if not current_mode() & NO_GRAD and any(_requires(each) for each in (out, *inputs)):
        return  # which is told later, and matters more
    memory = solid(out)
    if dtype is not None and memory.dtype != dtype:
        raise RuntimeError(
            f"Expected out tensor to have dtype {cpp_name(dtype)}, but got {cpp_name(memory.dtype)} instead"
        )
    check_no_overlap(memory)
    check_apart(memory, [solid(each) for each in inputs if isinstance(each, TensorBase)], fully=True)
