"""Reading and checking settings that optimizers share."""

from __future__ import annotations

from collections.abc import Iterable
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


def check_one_lr(lr: Any, kind: str = "Invalid learning rate") -> None:
    """Raise ``ValueError`` for a learning rate that is negative, or a tensor of several."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    if not lr >= 0.0:
        raise ValueError(f"{kind}: {lr}")


def check_betas(betas: tuple[Any, Any]) -> None:
    """Raise ``ValueError`` unless both lie in [0, 1)."""
    for i, beta in enumerate(betas):
        require(bool(0.0 <= beta < 1.0), f"beta parameter at index {i}", beta)


CAPTURING = ("cuda", "xpu", "hpu", "privateuseone", "xla")
"""Devices that can capture a step into a graph; the CPU is none."""


def refuse_capture(group: dict[str, Any], param: Tensor, what: str = "params", devices: Any = CAPTURING) -> None:
    """Raise ``AssertionError`` if a step on this device is to be capturable."""
    if group["capturable"] and param.device.type not in devices:
        raise AssertionError(
            f"If capturable=True, {what} and state_steps must be on supported devices: {list(devices)}."
        )


def refuse_recording_foreach(group: dict[str, Any]) -> None:
    """Raise ``AssertionError`` where a recorded update is asked to go over all parameters at once."""
    if group["foreach"]:
        raise AssertionError("_foreach ops don't support autograd")


def number(value: Any) -> float:
    """A setting as a Python number; settings may be tensors of one element."""
    return value.item() if isinstance(value, Tensor) else value


def new_step() -> Tensor:
    """A count of steps at zero: a 0-d tensor, as PyTorch keeps it."""
    wide = pullback.get_default_dtype() == pullback.float64
    return pullback.tensor(0.0, dtype=pullback.float64 if wide else pullback.float32, device="cpu")


def start(state: dict[str, Any], param: Tensor, names: Iterable[str]) -> None:
    """Fill an empty state: a count of steps and zeros in the parameter's shape and layout."""
    state["step"] = new_step()
    for name in names:
        state[name] = pullback.zeros_like(param, memory_format=pullback.preserve_format)


def complete(optimizer: Any, **missing: Any) -> None:
    """Give groups that an older version pickled the settings that it did not know, and steps as tensors."""
    for group in optimizer.param_groups:
        for name, default in {"maximize": False, "foreach": None, "differentiable": False, **missing}.items():
            group.setdefault(name, default)
    count_in_tensors(optimizer)


def count_in_tensors(optimizer: Any) -> None:
    """Make tensors of counts of steps that were loaded as numbers."""
    for kept in optimizer.state.values():
        if "step" in kept and not isinstance(kept["step"], Tensor):
            kept["step"] = new_step() + float(kept["step"])


def advance(step: Tensor) -> float:
    """Count one step; returns the new count."""
    array = memory(step)
    array += 1
    return float(array)


def memory(tensor: Tensor) -> Any:
    """The array of a tensor, to be written to; a 0-d result may be a NumPy number until somebody asks."""
    array = tensor._array
    return array if type(array) is np.ndarray else tensor.data._array
