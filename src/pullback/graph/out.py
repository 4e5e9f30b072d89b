"""The ``out=`` argument: store a finished result in a tensor that the caller brought."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.graph.inplace import check_castable, check_no_overlap, write_array
from pullback.graph.modes import NO_GRAD, current_mode
from pullback.graph.tensor_base import TensorBase, solid
from pullback.graph.versions import bump


def store(name: str, out: Any, result: Any) -> Any:
    """Store `result` (a tensor or a tuple of them) in `out`, which is returned.

    `out` takes the result's shape (with a warning if it was not empty) and keeps its dtype, to which the result
    must be castable. Raises ``TypeError`` for what is no tensor, ``RuntimeError`` where a gradient would be lost.
    """
    if isinstance(result, tuple):
        if not isinstance(out, (tuple, list)) or len(out) != len(result):
            raise TypeError(
                f"{name}(): argument 'out' must be tuple of {len(result)} Tensors, not {type(out).__name__}"
            )
        pairs = list(zip(out, result))
    else:
        pairs = [(out, result)]
    for target, value in pairs:
        _check(name, target, value)
    for target, value in pairs:
        _store(target, value)
    return out if not isinstance(result, tuple) else type(result)(*out) if hasattr(result, "_fields") else tuple(out)


def _check(name: str, target: Any, value: Any) -> None:
    if not isinstance(target, TensorBase):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(target).__name__}")
    if not current_mode() & NO_GRAD:
        if value._requires_grad:
            raise RuntimeError(
                f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
                "arguments requires grad."
            )
        if target._requires_grad:
            raise RuntimeError(
                f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
                "arguments requires grad."
            )
    check_castable(value._array.dtype, target._array.dtype)
    if target._array.shape == value._array.shape:
        check_no_overlap(target._array)


def _store(target: Any, value: Any) -> None:
    if target._array.shape != value._array.shape:
        resize_memory(target, value._array.shape)
    write_array(solid(target), value._array)
    bump(target)


def resize_memory(target: Any, shape: tuple[int, ...]) -> None:
    """Give `target` the shape of a result, warning as PyTorch does if it held elements."""
    if target._array.size:
        warnings.warn(
            f"An output with one or more elements was resized since it had shape {list(target._array.shape)}, which "
            f"does not match the required output shape {list(shape)}. This behavior is deprecated, and in a future "
            "PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse an "
            "out tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
            UserWarning,
            stacklevel=4,
        )
    target._array = np.empty(shape, target._array.dtype)
