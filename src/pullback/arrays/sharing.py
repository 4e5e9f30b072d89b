"""Memory that a process shares with others."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.strides import owner


def in_shared_memory(array: np.ndarray) -> np.ndarray:
    """A copy of `array` in new shared memory, laid out in C order or, if `array` is, the other way round."""
    from pullback.arrays.shared_maps import new_map  # few programs need it

    memory: Any = new_map(max(array.nbytes, 1))
    order: Any = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    copy: np.ndarray = np.ndarray(array.shape, array.dtype, memory, order=order)
    copy[...] = array
    return copy


def is_shared(array: np.ndarray) -> bool:
    """Whether the memory of `array` is shared; what has no elements counts as shared."""
    return not array.size or type(owner(array).base).__name__ == "SharedMap"
