"""A cotangent in the shape and dtype of the value it belongs to.

Axes that were broadcast are summed, missing ones repeated; of a complex cotangent for a real value the real part counts.
This is the one place that knows, so no rule has to.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import cast, expand, filled, unbroadcast
from pullback.graph.tensor_base import TensorBase, wrap


def mend(cotangent: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """The raw array `cotangent` in `shape` and `dtype`."""
    found = cotangent.shape
    if found != shape:
        if not found and isinstance(cotangent, np.generic):
            cotangent = filled(cotangent, shape)
        elif len(found) >= len(shape):
            cotangent = unbroadcast(cotangent, shape)
        if cotangent.shape != shape:
            try:
                cotangent = expand(cotangent, shape)
            except ValueError:  # the tensor has got another shape where nothing was recorded
                raise RuntimeError(
                    f"Function returned an invalid gradient - got {list(found)} but expected shape compatible with {list(shape)}"
                ) from None
    if cotangent.dtype is not dtype and cotangent.dtype != dtype:
        cotangent = cast(cotangent, dtype)
    return cotangent


def mend_traced(cotangent: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """`mend` on tensors, by operators that record."""
    if not isinstance(cotangent, TensorBase):
        cotangent = wrap(np.asarray(cotangent))
    array = cotangent._array
    if array.shape == shape and array.dtype == dtype:
        return cotangent
    if array.shape != shape:
        if array.ndim >= len(shape):
            cotangent = unbroadcast(cotangent, shape)
        if cotangent._array.shape != shape:
            cotangent = cotangent._expand_to(shape)
    return cast(cotangent, dtype) if cotangent._array.dtype != dtype else cotangent
