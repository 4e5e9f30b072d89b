"""The quotient that C takes of integers and NumPy lacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import dispatched


@dispatched
def truncated_quotient(first: Any, second: Any) -> Any:
    """``trunc(first / second)`` of real arrays, exact for integers.

    >>> truncated_quotient(np.array([-7, 7]), np.array([2, 2]))
    array([-3,  3])
    """
    if first.dtype.kind in "iu":
        floor = first // second  # one too low where it is negative and not exact
        return floor + ((first < 0) ^ (second < 0)) * (floor * second != first)
    return np.trunc(first / second)
