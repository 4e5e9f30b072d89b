"""NumPy arrays beside tensors among the arguments of NumPy's functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from pullback.graph.tensor_base import TensorBase, wrap


def lift(value: Any) -> Any:
    """An array as a tensor, in lists and tuples too; everything else as it is."""
    if value.__class__ is np.ndarray:
        return wrap(value) if value.dtype.kind != "O" else value
    if value.__class__ in (list, tuple) and any(
        isinstance(each, (TensorBase, np.ndarray, list, tuple)) for each in value
    ):
        return value.__class__([lift(each) for each in value])
    return value


def tensor(value: Any) -> Any:
    """A number, list or array as a tensor; a tensor as it is."""
    return value if isinstance(value, TensorBase) else wrap(np.asarray(value))


def floating(a: Any) -> Any:
    """Integers and booleans as float64, as NumPy takes them where it computes with fractions."""
    return a.double() if a._array.dtype.kind in "biu" else a


_LIFTED = {np.ndarray, list, tuple}


def lifted(adapter: Callable[..., Any]) -> Callable[..., Any]:
    """`adapter` with arrays among its arguments made tensors."""

    @wraps(adapter)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and _LIFTED.isdisjoint([each.__class__ for each in args]):  # nearly all: rules hand tensors
            return adapter(*args)
        return adapter(*map(lift, args), **{name: lift(each) for name, each in kwargs.items()})

    return call


def given(name: str, **unsupported: Any) -> None:
    """``NotImplementedError`` for the first argument that is not at its default, `None` or `False`."""
    for word, value in unsupported.items():
        if value is not None and value is not False:
            raise NotImplementedError(f"numpy.{name} of a tensor does not take {word}={value!r}")
