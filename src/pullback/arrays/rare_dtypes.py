"""Dtypes that few programs name: eight-bit floats, and those that NumPy has no arrays of.

Tensors of eight-bit floats can be made and converted; arithmetic is for the wider types. Of the others there are only
the names: `dtype.numpy` refuses, so nothing can be made of them.
"""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from pullback.arrays.dtypes import FROM_NUMPY, dtype, join

RARE: dict[str, dtype] = {}


class _Bare(dtype):
    """A dtype without arrays."""

    __slots__ = ()

    @property
    def numpy(self) -> np.dtype[Any]:  # type: ignore[override]
        """Raises ``TypeError``."""
        raise TypeError(f"{self} has no NumPy dtype: pullback knows its name, and makes no tensors of it")


def _name(name: str, itemsize: int, category: int, kind: str, signed: bool) -> dtype:
    new = object.__new__(_Bare)
    new.name, new.itemsize, new.category, new.kind, new.is_signed = name, itemsize, category, kind, signed
    new.is_floating_point, new.is_complex = category == 2, category == 3
    RARE[name] = new
    return new


def _eight_bits(name: str, signed: bool = True) -> dtype:
    new = object.__new__(dtype)
    new.name, new.numpy, new.itemsize, new.category, new.kind = name, np.dtype(getattr(ml_dtypes, name)), 1, 2, "f"
    new.is_floating_point, new.is_complex, new.is_signed = True, False, signed
    RARE[name] = FROM_NUMPY[new.numpy] = new
    return new


def _half_complex() -> dtype:
    """Two half floats; only newer releases of ml_dtypes have arrays of them."""
    if not hasattr(ml_dtypes, "complex32"):
        return _name("complex32", 4, 3, "c", True)
    new = object.__new__(dtype)
    new.name, new.numpy, new.itemsize, new.category, new.kind = "complex32", np.dtype(ml_dtypes.complex32), 4, 3, "c"
    new.is_floating_point, new.is_complex, new.is_signed = False, True, True
    RARE["complex32"] = new
    join(new)
    return new


float8_e4m3fn = _eight_bits("float8_e4m3fn")
float8_e4m3fnuz = _eight_bits("float8_e4m3fnuz")
float8_e5m2 = _eight_bits("float8_e5m2")
float8_e5m2fnuz = _eight_bits("float8_e5m2fnuz")
float8_e8m0fnu = _eight_bits("float8_e8m0fnu", signed=False)
float4_e2m1fn_x2 = _name("float4_e2m1fn_x2", 1, 2, "f", True)
complex32 = chalf = _half_complex()
qint8, quint8 = _name("qint8", 1, 1, "i", True), _name("quint8", 1, 1, "u", False)
quint4x2, quint2x4 = _name("quint4x2", 1, 1, "u", False), _name("quint2x4", 1, 1, "u", False)
qint32 = _name("qint32", 4, 1, "i", True)


class qscheme:
    """How a quantized tensor's numbers stand for reals: a name, as there are no quantized tensors."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


per_tensor_affine, per_tensor_symmetric = qscheme("per_tensor_affine"), qscheme("per_tensor_symmetric")
per_channel_affine, per_channel_symmetric = qscheme("per_channel_affine"), qscheme("per_channel_symmetric")
