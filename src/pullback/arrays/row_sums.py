"""Rows added at places that may repeat: ``out[index] += rows`` with every repetition counted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

_MANY = 1 << 14
"""From this many elements on SciPy is worth the tenth of a second in which it is loaded."""

_SPARSE = "scipy.sparse._sparsetools"

_WIDE = {"f": 512, "i": 512, "u": 512}
"""Rows of at least this many elements are added one by one; other dtypes, for which `numpy.add.at` is slow, from 32."""


def add_rows(out: np.ndarray, index: np.ndarray, rows: np.ndarray) -> None:
    """``out[index] += rows`` along the first axis, counting repeated indices; writes into `out`.

    SciPy adds an element in 0.5 ns. Without it `numpy.add.at` adds single elements of a 1-d array in 5 ns and rows in
    ten times that for each element; a loop over rows costs a microsecond for each. (Sorting the rows by index and
    summing run by run was slower than either.) All add in the order of the rows.

    >>> out = np.zeros((2, 2))
    >>> add_rows(out, np.array([1, 1]), np.ones((2, 2)))
    >>> out
    array([[0., 0.],
           [2., 2.]])
    """
    width = rows.size // max(len(index), 1)
    if width == 1 and out.flags.c_contiguous:
        np.add.at(out.reshape(-1), index, rows.reshape(-1))
        return
    if (rows.size >= _MANY or _SPARSE in sys.modules) and _added_by_scipy(out, index, rows):
        return
    half = out.dtype.itemsize == 2 and out.dtype.kind not in "iu"
    if width >= (32 if half else _WIDE.get(out.dtype.kind, 32)):
        for place, row in zip(index.tolist(), rows):
            out[place] += row
    elif rows.size <= 256 or not out.flags.c_contiguous:
        np.add.at(out, index, rows)
    else:
        flat = _from_the_front(index, len(out))[:, None] * width + np.arange(width)
        np.add.at(out.reshape(-1), flat.reshape(-1), rows.reshape(-1))


_RUNS = 8


def runs(index: np.ndarray, length: int) -> list[tuple[slice, slice]]:
    """Positions in a 1-d index and the places below `length` they name, both as slices: as few as 8, or none at all.

    What pads, rolls and crops names elements one after the other, up or down.

    >>> runs(np.array([1, 0, 1, 2]), 3)
    [(slice(0, 2, None), slice(1, None, -1)), (slice(2, 4, None), slice(1, 3, 1))]
    """
    places, start = index.tolist(), 0
    found: list[tuple[slice, slice]] = []
    while start < len(places):
        stop, step = start + 1, 1
        if stop < len(places) and places[stop] == places[start] - 1:
            step = -1
        while stop < len(places) and places[stop] == places[stop - 1] + step:
            stop += 1
        last = places[stop - 1]
        if len(found) == _RUNS or min(places[start], last) < 0 or max(places[start], last) >= length:
            return []
        found.append((slice(start, stop), slice(places[start], last + step if last + step >= 0 else None, step)))
        start = stop
    return found


def _from_the_front(index: np.ndarray, length: int) -> np.ndarray:
    return np.where(index < 0, index + length, index)


@cache
def _product() -> Callable[..., None] | None:
    """SciPy's ``out += matrix @ rows`` for a matrix kept column by column."""
    try:
        from scipy.sparse import _sparsetools
    except ImportError:
        return None
    found: Callable[..., None] | None = getattr(_sparsetools, "csc_matvecs", None)
    return found


def _added_by_scipy(out: np.ndarray, index: np.ndarray, rows: np.ndarray) -> bool:
    """Add the rows as a product with the matrix whose column `n` is one at ``index[n]``; False where that is not to be.

    SciPy looks at no index, so those out of range are left to NumPy's error. Complex numbers go as pairs of real ones:
    a product with one would spoil infinities.
    """
    dtype, count = out.dtype, len(index)
    if dtype.char not in "fdFDilq" or rows.dtype != dtype or not out.flags.c_contiguous or not rows.size:
        return False
    product = _product()
    if product is None or index.max() >= len(out) or index.min() < -len(out):
        return False
    places: Any = _from_the_front(index, len(out)).astype(np.intp, copy=False)
    rows = np.ascontiguousarray(rows)
    if dtype.kind == "c":
        out, rows = out.view(out.real.dtype), rows.view(out.real.dtype)
    ends, ones = np.arange(count + 1), np.ones(count, rows.dtype)
    product(len(out), count, rows.size // count, ends, places, ones, rows.reshape(-1), out.reshape(-1))
    return True
