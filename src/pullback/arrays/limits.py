"""The range and the precision of a dtype: `torch.finfo` and `torch.iinfo`.

>>> from pullback.arrays.dtypes import float16, int8
>>> finfo(float16).max, iinfo(int8).min
(65504.0, -128)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.dtypes import BY_NAME, dtype, from_numpy
from pullback.arrays.promotion import default

_NOT_GIVEN: Any = object()


class _Limits:
    """What both classes share: they are read-only, equal by dtype, and print as PyTorch's do."""

    __slots__ = ("bits", "dtype", "max", "min")
    _shown: tuple[str, ...]

    bits: int
    """Size of one element in bits."""
    dtype: str
    """Name of the dtype; of a complex dtype, that of its parts."""

    def _fill(self, **fields: Any) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        kind = type(self).__name__
        if hasattr(self, name):
            raise AttributeError(f"attribute '{name}' of 'torch.{kind}' objects is not writable")
        raise AttributeError(f"'torch.{kind}' object has no attribute '{name}'")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Limits) and type(other) is type(self) and self.dtype == other.dtype

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (BY_NAME[self.dtype],)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name):g}" for name in self._shown)
        return f"{type(self).__name__}({fields}, dtype={self.dtype})"


_OF_PYTHON = {float: "float64", int: "int64", bool: "bool", complex: "complex128"}


def _require_dtype(kind: str, type: Any) -> dtype:
    """The dtype asked for; Python's types of numbers stand for theirs."""
    found = BY_NAME[_OF_PYTHON[type]] if type in _OF_PYTHON else type
    if not isinstance(found, dtype):
        raise TypeError(f"{kind}(): argument 'type' (position 1) must be torch.dtype, not {type.__class__.__name__}")
    return found


class finfo(_Limits):
    """The limits of a floating dtype, or of the parts of a complex one; by default, of the default dtype.

    Raises:
        TypeError: if the dtype is not floating or complex.

    >>> import pullback as torch
    >>> torch.finfo(torch.float32).eps
    1.1920928955078125e-07
    """

    __slots__ = ("eps", "resolution", "smallest_normal", "tiny")
    _shown = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")

    min: float
    max: float
    eps: float
    """Distance from 1 to the next larger number."""
    tiny: float
    """The same as `smallest_normal`."""
    smallest_normal: float
    """Smallest positive number of full precision."""
    resolution: float
    """Ten to the minus number of decimal digits that every number keeps."""

    def __init__(self, type: dtype = _NOT_GIVEN) -> None:
        if type is _NOT_GIVEN:
            type = from_numpy(default.real)
        type = _require_dtype("finfo", type)
        if not (type.is_floating_point or type.is_complex):
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        import ml_dtypes  # loaded late, see `dtypes`

        parts = type.to_real()
        limits = ml_dtypes.finfo(parts.numpy)
        self._fill(
            bits=8 * parts.itemsize,
            dtype=parts.name,
            resolution=float(f"1e-{limits.precision}") if parts.itemsize > 1 else 1.0,
        )
        self._fill(min=float(limits.min), max=float(limits.max), eps=float(limits.eps))
        self._fill(tiny=float(limits.tiny), smallest_normal=float(limits.tiny))


class iinfo(_Limits):
    """The limits of an integer dtype.

    Raises:
        TypeError: if the dtype is not an integer's.

    >>> import pullback as torch
    >>> torch.iinfo(torch.uint8)
    iinfo(min=0, max=255, dtype=uint8)
    """

    __slots__ = ()
    _shown = ("min", "max")

    min: int
    max: int

    def __init__(self, type: dtype) -> None:
        type = _require_dtype("iinfo", type)
        if type.is_floating_point or type.is_complex:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        if type.category == 0:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        limits = np.iinfo(type.numpy)
        self._fill(bits=limits.bits, min=int(limits.min), max=int(limits.max), dtype=type.name)
