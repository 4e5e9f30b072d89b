"""Reading and checking settings that optimizers share."""

from __future__ import annotations

from typing import Any

import numpy as np

import pullback
from pullback.tensor import Tensor


def require(holds: bool, what: str, value: Any) -> None:
    """Raise PyTorch's ``ValueError`` about a setting that does not hold."""
    if not holds:
        raise ValueError(f"Invalid {what}: {value}")


def check_lr(lr: Any, foreach: bool | None = None, capturable: bool = False) -> None:
    """Raise ``ValueError`` for a learning rate that is negative, or a tensor where none can stand."""
    if isinstance(lr, Tensor):
        if foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        if lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
    require(bool(lr >= 0.0), "learning rate", lr)


def check_modes(foreach: bool | None, fused: bool | None, differentiable: bool) -> None:
    """Raise ``RuntimeError`` for ways of computing that exclude each other."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def number(value: Any) -> float:
    """A setting as a Python number; settings may be tensors of one element."""
    return value.item() if isinstance(value, Tensor) else value


def new_step() -> Tensor:
    """A count of steps at zero: a 0-d tensor, as PyTorch keeps it."""
    wide = pullback.get_default_dtype() == pullback.float64
    return pullback.tensor(0.0, dtype=pullback.float64 if wide else pullback.float32)


def advance(step: Tensor) -> float:
    """Count one step; returns the new count."""
    array = memory(step)
    array += 1
    return float(array)


def memory(tensor: Tensor) -> Any:
    """The array of a tensor, to be written to; a 0-d result may be a NumPy number until somebody asks."""
    array = tensor._array
    return array if type(array) is np.ndarray else tensor.data._array
