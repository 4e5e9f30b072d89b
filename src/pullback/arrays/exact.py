"""A number beside half precision, kept in single: PyTorch rounds the product, not the factor.

``x.half() * 0.7`` is 0.7 in float32 times `x` in float32, rounded once. An array of float16 has no place for 0.7, so
the number travels as a 0-d array of float32 that shows itself as half precision and rounds what comes of it.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from pullback.arrays import dtypes

_SINGLE = dtypes.float32.numpy


class ExactNumber(np.ndarray):
    """A number, 0-d and in float32, that stands beside arrays of the dtype `half`."""

    half: ClassVar[np.dtype[Any]]

    @property
    def dtype(self) -> np.dtype[Any]:  # type: ignore[override]
        """The half precision of the arrays around it."""
        return self.half

    def __getitem__(self, key: Any) -> Any:
        return self  # a number has no axes

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """The number in another dtype."""
        return self.view(np.ndarray).astype(dtype, *args, **kwargs)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(_is_foreign(each) for each in inputs):
            return NotImplemented
        exact = ufunc is np.multiply or (ufunc is np.true_divide and inputs[0] is not self)  # else PyTorch rounds it
        result = getattr(ufunc, method)(*(_plain(each, exact) for each in inputs), **kwargs)
        return result.astype(self.half) if exact and result.dtype == _SINGLE else result

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return func(*_rounded(args), **_rounded(kwargs))


class _BesideFloat16(ExactNumber):
    half = dtypes.float16.numpy


class _BesideBfloat16(ExactNumber):
    """`half` is set when it is loaded."""


_CLASSES: dict[Any, type[ExactNumber]] = {dtypes.float16.numpy: _BesideFloat16}


def _take_in(half: np.dtype[Any]) -> None:
    _BesideBfloat16.half = half
    _CLASSES[half] = _BesideBfloat16


dtypes.when_loaded(_take_in)


def exact(value: Any, half: np.dtype[Any]) -> np.ndarray:
    """The real number `value` as an `ExactNumber` beside arrays of the dtype `half`.

    >>> seven, half = np.array([7.0], np.float16), np.dtype(np.float16)
    >>> seven * exact(0.7, half), seven * half.type(0.7)
    (array([4.9], dtype=float16), array([4.902], dtype=float16))
    """
    return np.array(value, _SINGLE).view(_CLASSES[half])


def _is_foreign(value: Any) -> bool:
    return not isinstance(value, (np.ndarray, np.generic)) and hasattr(value, "__array_ufunc__")


def _plain(value: Any, exactly: bool) -> Any:
    """`value` as an array that hides nothing: in single where the ufunc is to round once, else rounded now."""
    if isinstance(value, ExactNumber):
        return value.view(np.ndarray) if exactly else value.astype(value.half)
    if exactly and getattr(value, "dtype", None) in _CLASSES:
        return value.astype(_SINGLE)
    return value


def _rounded(values: Any) -> Any:
    if isinstance(values, (list, tuple)):
        return type(values)(map(_rounded, values))
    if isinstance(values, dict):
        return {name: _rounded(each) for name, each in values.items()}
    return _plain(values, False)
