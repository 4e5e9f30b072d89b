"""Functions as the methods behind ``+ - * / < & …``: what they cannot take they leave to the other operand.

Python asks ``b.__radd__(a)`` only if ``a.__add__(b)`` returns `NotImplemented`, where the function `add` raises
``TypeError``. A wrapper would cost a call on the hottest path there is and hide the caller's line from the node, so
an operator gets a second function written for it, whose slow path answers `NotImplemented`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

import numpy as np

from pullback.graph.dispatch import lazy_function
from pullback.graph.modes import NO_GRAD, get_mode
from pullback.graph.tensor_base import TensorBase
from pullback.graph.versions import bump

F = TypeVar("F", bound=Callable[..., Any])
ndarray = np.ndarray
_PLAIN = frozenset((np.dtype("f4"), np.dtype("f8")))


def dunder(function: F) -> F:
    """The method form of an operator or of a plain function of two operands: ``TypeError`` is `NotImplemented`."""
    if "operator" not in function.__dict__ or function.operator.function is not function:  # type: ignore[attr-defined]
        return _guarded(function)
    twin = lazy_function(function.operator)  # type: ignore[attr-defined]
    write = function.__globals__["write"]

    def write_leaving(stub: Any) -> None:
        write(stub)
        stub.__globals__["call_slowly"] = partial(_call_or_leave, stub.__globals__["call_slowly"])

    twin.__globals__["write"] = write_leaving
    return twin


def reflected(function: F) -> F:
    """`function` with its two operands turned around, as ``2 ** x`` calls it: ``x.__rpow__(2)``."""

    @wraps(function)
    def turned(self: Any, other: Any) -> Any:
        return function(other, self)

    del turned.__wrapped__  # type: ignore[attr-defined]
    turned.__dict__.pop("operator", None)
    return turned  # type: ignore[return-value]


def _guarded(function: F) -> F:
    @wraps(function)
    def method(self: Any, other: Any) -> Any:
        try:
            return function(self, other)
        except TypeError:
            return NotImplemented

    return method  # type: ignore[return-value]


def _call_or_leave(call: Any, operator: Any, values: Any, out: Any = None, failed: Any = None) -> Any:
    if not isinstance(values[0], TensorBase):
        raise TypeError(
            f"descriptor of '{operator.name}' for 'torch._C.TensorBase' objects doesn't apply to a "
            f"'{type(values[0]).__name__}' object"
        )
    try:
        return call(operator, values, out, failed)
    except TypeError:
        return NotImplemented


def augmented(function: F, ufunc: np.ufunc) -> F:
    """The form of ``+=`` and its kin: `dunder` of an in-place operator, which an update of parameters need not wait for.

    Where nothing is recorded and no memory is shared, `ufunc` writes the result where it belongs: a quarter of the time.
    """
    general = dunder(function)

    def assign(self: Any, other: Any) -> Any:
        if get_mode() == NO_GRAD:
            memory, array = self._array, getattr(other, "_array", None)
            if (
                array is not None
                and memory.__class__ is ndarray
                and memory.dtype is array.dtype in _PLAIN
                and memory.shape == array.shape
                and memory.base is None is array.base
            ):
                bump(self)
                ufunc(memory, array, memory)
                return self
        return general(self, other)

    assign.__name__ = function.__name__
    return assign  # type: ignore[return-value]
