"""Checks that hold for a tracer, and numbers that it does not know yet; without a tracer, plain checks and numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pullback
from pullback.overrides import handle_torch_function
from pullback.tensor import Tensor

_TEXT = (
    "Expected cond to be True, but got False. (Could this error message be improved? If so, please report an "
    "enhancement request to PyTorch.)"
)


class SymInt:
    """The class of whole numbers that a tracer does not know: no number is one."""


class SymFloat:
    """The class of numbers that a tracer does not know: no number is one."""


class SymBool:
    """The class of truths that a tracer does not know: none is one."""


def _check_with(kind: type[Exception], cond: bool, message: Callable[[], str] | str | None = None) -> None:
    """Raise `kind` with what `message` returns unless `cond` holds."""
    if not isinstance(cond, bool):
        if isinstance(cond, Tensor):
            raise TypeError(
                "cond must be a bool, but got a Tensor. For tensor conditions, use torch._check_tensor_all() to assert that "
                "all elements are true."
            )
        raise TypeError(f"cond must be a bool, but got {type(cond)}")
    if not cond:
        if message is not None and not callable(message):
            raise TypeError("message must be a callable")
        raise kind(_TEXT if message is None else str(message()))


def _checking(kind: type[Exception]) -> Callable[..., None]:
    def check(cond: bool, message: Callable[[], str] | str | None = None) -> None:
        _check_with(kind, cond, message)

    check.__doc__ = f"Raise ``{kind.__name__}`` unless `cond` holds."
    return check


_check = _checking(RuntimeError)
_check_index = _checking(IndexError)
_check_value = _checking(ValueError)
_check_type = _checking(TypeError)
_check_not_implemented = _checking(NotImplementedError)


def _check_is_size(i: int, message: Any = None, *, max: int | None = None) -> None:
    """Raise ``RuntimeError`` unless ``0 <= i <= max``."""
    _check(i >= 0 and (max is None or i <= max), message)


def _check_tensor_all_with(kind: type[Exception], cond: Tensor, message: Any = None) -> None:
    """Raise `kind` unless all elements hold."""
    if not isinstance(cond, Tensor):
        raise TypeError(f"cond must be a tensor, but got {type(cond)}")
    if cond.dtype is not pullback.bool:
        raise TypeError(f"cond tensor must have dtype torch.bool, but got {cond.dtype}")
    _check_with(kind, bool(cond.all()), message)


def _check_tensor_all(cond: Tensor, message: Any = None) -> None:
    """Raise ``RuntimeError`` unless all elements hold."""
    _check_tensor_all_with(RuntimeError, cond, message)


def _assert(condition: Any, message: str) -> Any:
    """``assert condition, message``, also for a tensor of one element; other classes are asked (a tracer notes it)."""
    if not isinstance(condition, Tensor) and hasattr(type(condition), "__torch_function__"):
        return handle_torch_function(_assert, (condition,), condition, message)
    assert condition, message


def _assert_async(input: Tensor, assert_msg: str = "Expected Tensor with single nonzero value, but got zero") -> None:
    """Raise ``RuntimeError`` unless the only element holds."""
    if not bool(input):
        raise RuntimeError(assert_msg)


sym_int = int
sym_float = float
sym_sqrt = math.sqrt
sym_sum = sum


def sym_max(a: float, b: float) -> Any:
    """The larger number; a float if one of the two is."""
    return float(max(a, b)) if isinstance(a, float) or isinstance(b, float) else max(a, b)


def sym_min(a: float, b: float) -> Any:
    """The smaller number; a float if one of the two is."""
    return float(min(a, b)) if isinstance(a, float) or isinstance(b, float) else min(a, b)


def sym_not(a: bool) -> bool:
    """``not a``"""
    return not a


def sym_ite(b: bool, t: Any, f: Any) -> Any:
    """``t if b else f``"""
    return t if b else f


def _shape_as_tensor(self: Tensor) -> Tensor:
    """The shape, as a tensor of int64."""
    return pullback.tensor(self.shape, dtype=pullback.int64)


def _cast_Long(input: Tensor, non_blocking: bool = False) -> Tensor:
    """``input.long()``"""
    return input.long()
