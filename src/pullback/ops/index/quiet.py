"""When a write need not be recorded: nobody asked for gradients, tangents or anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.graph.modes import NO_GRAD, get_mode
from pullback.graph.tensor_base import TensorBase, solid
from pullback.graph.versions import bump
from pullback.graph.writable import ELEMENTWISE, check_writable


def is_quiet(*tensors: Any) -> bool:
    """Whether a write among `tensors` leaves no trace in any graph, so that it may go straight to the memory.

    Values that are no tensors (numbers, `None`) are passed over; arrays that are not NumPy's are left to the operators.
    """
    mode = get_mode()
    if mode > NO_GRAD:
        return False
    for tensor in tensors:
        if isinstance(tensor, TensorBase):
            if not isinstance(tensor._array, (np.ndarray, np.generic)):
                return False
            if not mode and tensor.requires_grad:  # type: ignore[attr-defined]
                return False
    return True


def write_quietly(input: Any, write: Callable[[np.ndarray], Any], *operands: Any, sharing: str = ELEMENTWISE) -> Any:
    """Let `write` change the memory of `input` from `operands` and count the version up; returns `input`."""
    check_writable(input, operands, sharing)
    write(solid(input))
    bump(input)  # after the write: one that fails has changed nothing
    return input
