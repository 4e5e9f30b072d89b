"""The sign of a number, which for NaN is 0 in PyTorch and NaN in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import cast, dispatched


@dispatched
def sign_of(array: Any) -> Any:
    """-1, 0 or 1 in the dtype of `array`, 0 for NaN; of a complex number its direction.

    >>> sign_of(np.array([-2.0, 0.0, np.nan, 3.0]))
    array([-1.,  0.,  0.,  1.])
    """
    kind = array.dtype.kind
    if kind == "c":
        modulus = np.absolute(array)
        return cast(array / (modulus + (modulus == 0)), array.dtype)
    if kind in "bu":
        return cast(array != 0, array.dtype)
    if kind == "i":
        return np.sign(array)
    found = np.sign(array)
    return np.where(found == found, found, cast(np.zeros(()), array.dtype)) if _has_nan(found) else found


def _has_nan(array: Any) -> bool:
    """Whether there is a NaN, told by one sum."""
    total = np.add.reduce(array, axis=None)
    return bool(total != total)
