"""PyTorch's old names for the types of tensors, which its messages still use."""

from __future__ import annotations

from typing import Any

from pullback.arrays.dtypes import from_numpy

_WORDS = {
    "bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
    "float16": "Half", "bfloat16": "BFloat16", "float32": "Float", "float64": "Double",
    "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip


_C_TYPES = {
    "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
    "int64": "long int", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip


def scalar_type(dtype: Any) -> str:
    """The word for a NumPy dtype: ``Float``."""
    name = from_numpy(dtype).name
    return _WORDS.get(name, name.capitalize())


def legacy_type(dtype: Any) -> str:
    """The name of the type of tensors of a NumPy dtype: ``torch.FloatTensor``."""
    return f"torch.{scalar_type(dtype)}Tensor"


def c_type(dtype: Any) -> str:
    """The type of the elements in C++: ``float``."""
    name = from_numpy(dtype).name
    return _C_TYPES.get(name, name)
