"""The exponential of raw matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.products import is_half
from pullback.arrays.vocabulary import cast, dispatched

# Coefficients of the numerator of the [13/13] Padé approximant, lowest power first (N. Higham, "The scaling and squaring
# method for the matrix exponential revisited", 2005); up to a norm of 5.37 it is exact to double precision.
_PADE = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0,
    10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
_REACH = 5.371920351148152


@dispatched
def exponential(array: Any) -> Any:
    """The exponential of stacked square matrices: halve until small, approximate, square again."""
    if is_half(array):
        return cast(exponential(cast(array, np.dtype("f4"))), array.dtype)
    if not array.size:
        return array.copy()
    largest = np.abs(array).sum(-2).max(-1)
    with np.errstate(divide="ignore"):
        halvings = np.maximum(0, np.ceil(np.log2(largest / _REACH)))
    halvings = np.where(np.isfinite(halvings), halvings, 0).astype(int)
    wide = array.astype(np.result_type(array.dtype, np.float64))
    result = _pade(wide / (2.0**halvings)[..., None, None])
    for step in range(int(np.max(halvings, initial=0))):
        again = (halvings > step)[..., None, None]
        result = np.where(again, result @ result, result)
    return result.astype(array.dtype)


def _pade(array: np.ndarray) -> np.ndarray:
    b = _PADE
    one = np.eye(array.shape[-1])
    a2 = array @ array
    a4 = a2 @ a2
    a6 = a4 @ a2
    odd = a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one
    odd = array @ odd
    even = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one
    return np.linalg.solve(even - odd, even + odd)  # type: ignore[no-any-return]
