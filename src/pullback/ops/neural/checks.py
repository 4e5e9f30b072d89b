"""What the operators of networks refuse, in PyTorch's words."""

from __future__ import annotations

from typing import Any

from pullback.graph.inplace import spoken
from pullback.graph.modes import NO_GRAD, current_mode
from pullback.graph.tensor_base import TensorBase
from pullback.ops.pointwise.kinds import REAL, unsupported


def need_tensors(function: str, **arguments: Any) -> None:
    """Raise ``TypeError`` for an argument, counted from the first, that is no tensor."""
    for position, (name, value) in enumerate(arguments.items(), 1):
        if not isinstance(value, TensorBase):
            raise TypeError(
                f"{function}(): argument '{name}' (position {position}) must be Tensor, not {type(value).__name__}"
            )


def no_gradient(function: str, **arguments: Any) -> None:
    """Raise ``RuntimeError`` for a tensor that requires grad where PyTorch has no derivative for it."""
    for name, value in arguments.items():
        if value is not None and value._requires_grad and not current_mode() & NO_GRAD:
            raise RuntimeError(
                f"The function '{function}' is not differentiable with respect to argument '{name}'. This input "
                "cannot have requires_grad True."
            )


def need_floats(kernel: str, array: Any) -> None:
    """Raise ``NotImplementedError``, naming PyTorch's kernel, unless the dtype is real and floating."""
    if array.dtype not in REAL:
        raise unsupported(kernel, array.dtype)


def need_inexact(tensor: Any) -> None:
    """Raise ``RuntimeError`` for integers and booleans."""
    if tensor._array.dtype.kind in "biu":
        raise RuntimeError(f"expected scalar type Float but found {spoken(tensor._array.dtype)}")


def need_dtype(array: Any, dtype: Any) -> None:
    """Raise ``RuntimeError`` unless `array` has `dtype`."""
    if array.dtype != dtype:
        raise RuntimeError(f"expected scalar type {spoken(dtype)} but found {spoken(array.dtype)}")


def need_broadcast(shape: Any, other: Any) -> None:
    """Raise ``RuntimeError`` unless `other` broadcasts to `shape`."""
    for back in range(1, len(other) + 1):
        have = shape[-back] if back <= len(shape) else 1
        if other[-back] not in (1, have):
            raise RuntimeError(
                f"The size of tensor a ({have}) must match the size of tensor b ({other[-back]}) at non-singleton "
                f"dimension {max(len(shape), len(other)) - back}"
            )


def need_probabilities(target: Any) -> None:
    """Raise ``RuntimeError`` unless the target of a cross entropy, of the logits' shape, is floating."""
    if target._array.dtype not in REAL:
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {spoken(target._array.dtype)}"
        )
