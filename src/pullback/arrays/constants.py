"""Numbers as 0-d arrays: beside a small array NumPy takes twice as long over a Python number."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes

ZERO: dict[Any, np.ndarray] = {}
"""A zero of each dtype."""
ONE: dict[Any, np.ndarray] = {}
"""A one of each dtype."""
_known: dict[Any, dict[float, Any]] = {}
_LIMIT = 1000


def _prepare(dtype: np.dtype[Any]) -> None:
    ZERO[dtype], ONE[dtype], _known[dtype] = np.zeros((), dtype), np.ones((), dtype), {}


for each in dtypes.numpy_dtypes(lambda each: each is not dtypes.bfloat16):
    _prepare(each)
dtypes.when_loaded(_prepare)
dtypes.when_joined(_prepare)


def constant(value: float, like: Any) -> Any:
    """The number `value` of a formula in the dtype of the array `like`; as it is beside anything else.

    >>> constant(0.5, np.ones(3, np.float32)).dtype
    dtype('float32')
    """
    if like.__class__ is not np.ndarray:
        return value
    known = _known[like.dtype]
    found = known.get(value)
    if found is None:
        found = np.array(value, like.dtype)
        if value and len(known) < _LIMIT:  # 0.0 and -0.0 are equal keys
            found.flags.writeable = False
            known[value] = found
    return found
