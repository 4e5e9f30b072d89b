"""Random slopes: what rrelu draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.streams.uniforms import doubles
from pullback.ops.random.generator import stream_of


def slopes(array: Any, lower: float, upper: float, training: bool, generator: Any) -> Any:
    """The mean slope; in training one for each element: drawn, in their order, for those that are not positive."""
    lower, upper = (each.item() if hasattr(each, "_array") else each for each in (lower, upper))
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return (lower + upper) / 2
    negative = array <= 0
    drawn = doubles(stream_of(generator, "rrelu"), int(np.count_nonzero(negative)))
    found = np.ones(array.shape, array.dtype)
    low, high = (float(array.dtype.type(bound)) for bound in (lower, upper))  # PyTorch rounds the bounds first
    found[negative] = drawn * (high - low) + low
    return found
