"""Raise to a lower bound, lower to an upper one; a NaN on either side wins."""

from __future__ import annotations

from typing import Any

import numpy as np

SCALARS: Any = np.generic


def raised(array: Any, low: Any) -> Any:
    """`numpy.maximum`, ten times faster on a NumPy scalar.

    >>> raised(np.array([1.0, -1.0]), 0.0)
    array([1., 0.])
    """
    if isinstance(array, SCALARS) and isinstance(low, SCALARS):
        return array if array >= low or array != array else low
    return np.maximum(array, low)


def lowered(array: Any, high: Any) -> Any:
    """`numpy.minimum`, ten times faster on a NumPy scalar."""
    if isinstance(array, SCALARS) and isinstance(high, SCALARS):
        return array if array <= high or array != array else high
    return np.minimum(array, high)
