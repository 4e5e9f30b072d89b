"""A stand-in array that knows only NumPy's two protocols, operators, shape, dtype, ndim and size, and is immutable.

It keeps operators portable: a rule that calls an array method, writes into an array, or turns its operand into a
bare NumPy array fails on it.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class StrictArray(np.lib.mixins.NDArrayOperatorsMixin):
    """An immutable array without methods; `value` is for the test alone."""

    __slots__ = ("_hidden",)

    def __init__(self, value: Any) -> None:
        hidden = np.array(value)
        hidden.flags.writeable = False
        self._hidden = hidden

    shape = property(lambda self: self._hidden.shape)
    dtype = property(lambda self: self._hidden.dtype)
    ndim = property(lambda self: self._hidden.ndim)
    size = property(lambda self: self._hidden.size)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError("a strict array does not become a bare NumPy array")

    def __getitem__(self, index: Any) -> StrictArray:
        return StrictArray(self._hidden[_open(index)])

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs.get("out") is not None or method == "at":
            raise TypeError(f"a strict array is immutable: {ufunc.__name__}.{method} with out={kwargs.get('out')}")
        return _close(getattr(ufunc, method)(*_open(inputs), **_open(kwargs)))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if kwargs.get("out") is not None:
            raise TypeError(f"a strict array is immutable: {function.__name__} with out=")
        return _close(function(*_open(args), **_open(kwargs)))


def _open(value: Any) -> Any:
    if isinstance(value, StrictArray):
        return value._hidden.copy()
    if isinstance(value, (list, tuple)):
        return type(value)(_open(each) for each in value)
    if isinstance(value, dict):
        return {name: _open(each) for name, each in value.items()}
    return value


def _close(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return StrictArray(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(_close, value)) if not hasattr(value, "_fields") else type(value)(*map(_close, value))
    return value


def reveal(value: StrictArray) -> np.ndarray:
    """The numbers, for a test's own comparison."""
    assert isinstance(value, StrictArray), f"a bare {type(value).__name__} came out"
    return value._hidden
