"""Windows of planes: copied side by side, or their largest elements; `arrays.correlation`, `arrays.maxima` in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from pullback.arrays.compiled.words import loop


@loop
def columns(
    x: Any, kernel: Any, counts: Any, stride: Any, padding: Any, dilation: Any, together: bool, out: Any
) -> None:
    """Windows of ``x``, ``(N, C, H, W)``, into flat `out`: as ``(N, C, *kernel, *counts)``, or `together` with N inside."""
    samples, channels, height, width = x.shape
    (k0, k1), (o0, o1), (s0, s1), (p0, p1), (d0, d1) = kernel, counts, stride, padding, dilation
    planes = x.reshape(samples, channels, height * width)
    area = o0 * o1
    whole = s0 == s1 == 1 and o1 == width
    for n in range(samples):
        for c in range(channels):
            for i in range(k0):
                low, high = _inside(o0, height, s0, i * d0 - p0)
                for j in range(k1):
                    row = (c * k0 + i) * k1 + j
                    at = (row * samples + n if together else n * channels * k0 * k1 + row) * area
                    first, last = _inside(o1, width, s1, j * d1 - p1)
                    start = (i * d0 - p0) * width + j * d1 - p1
                    found = out[at : at + area]
                    if whole:
                        _shifted(planes[n, c], start, low * width + first, (high - 1) * width + last, found)
                    for a in range(low, high):
                        if not whole:
                            _strided(planes[n, c], start + a * s0 * width, s1, first, last, found[a * o1 : a * o1 + o1])
                        for b in range(first):
                            found[a * o1 + b] = 0
                        for b in range(last, o1):
                            found[a * o1 + b] = 0
                    for b in range(low * o1):
                        found[b] = 0
                    for b in range(high * o1, area):
                        found[b] = 0


@loop
def _inside(count: int, size: int, stride: int, shift: int) -> Any:
    """From which window on, and to which, index ``window * stride + shift`` lies in ``range(size)``."""
    first = min(max(0, (stride - 1 - shift) // stride), count)
    return first, max(first, min(count, (size - shift + stride - 1) // stride))


@loop
def _shifted(plane: Any, shift: int, first: int, last: int, out: Any) -> None:
    for b in range(first, last):
        out[b] = plane[b + shift]


@loop
def _strided(plane: Any, shift: int, step: int, first: int, last: int, out: Any) -> None:
    for b in range(first, last):
        out[b] = plane[b * step + shift]


@loop
def max_windows(x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, best: Any, places: Any) -> None:
    """The largest element of each window of planes ``(P, H, W)`` and its place in its plane."""
    rows = _reach(best.shape[1], x.shape[1], kernel[0], stride[0], padding[0], dilation[0])
    columns = _reach(best.shape[2], x.shape[2], kernel[1], stride[1], padding[1], dilation[1])
    size = kernel if rows[:, 1].min() == kernel[0] and columns[:, 1].min() == kernel[1] else (0, 0)
    # sizes that the compiler knows make choices of branches, half of which would be mispredicted: a quarter of the time
    if size == (2, 2):
        _search(x, rows, columns, dilation, 2, 2, best, places)
    elif size == (3, 3):
        _search(x, rows, columns, dilation, 3, 3, best, places)
    else:
        _search(x, rows, columns, dilation, 0, 0, best, places)


@njit(inline="always")
def _search(x: Any, rows: Any, columns: Any, dilation: Any, tall: int, wide: int, best: Any, places: Any) -> None:
    """`max_windows` of windows that are all ``tall x wide``, unless that is 0."""
    width, lowest = x.shape[2], x.dtype.type(-np.inf)
    for p in range(x.shape[0]):
        for a in range(best.shape[1]):
            for b in range(best.shape[2]):
                y, z = rows[a, 0], columns[b, 0]
                value, place = lowest, y * width + z
                for i in range(tall or rows[a, 1]):
                    for j in range(wide or columns[b, 1]):
                        new = x[p, y + i * dilation[0], z + j * dilation[1]]
                        higher = (new > value) | (new != new)  # the last NaN stays
                        value = new if higher else value
                        place = (y + i * dilation[0]) * width + z + j * dilation[1] if higher else place
                best[p, a, b], places[p, a, b] = value, place


@loop
def _reach(count: int, size: int, kernel: int, stride: int, padding: int, dilation: int) -> Any:
    """At which index each window begins, and how many elements of it there are: ``(count, 2)``."""
    found = np.empty((count, 2), np.int64)
    for a in range(count):
        start = a * stride - padding
        first = start if start >= 0 else start % dilation
        end = min(start + dilation * (kernel - 1) + 1, size)
        found[a, 0], found[a, 1] = first, max(0, (end - first + dilation - 1) // dilation)
    return found


@loop
def spread_places(values: Any, places: Any, out: Any) -> None:
    """Rows ``(P, K)`` added to rows of `out` at `places`."""
    for p in range(values.shape[0]):
        for i in range(values.shape[1]):
            place = places[p, i]
            if place < 0 or place >= out.shape[1]:
                raise IndexError("place out of range")
            out[p, place] += values[p, i]


SINGLE = DOUBLE = {"columns": columns, "max_windows": max_windows, "spread_places": spread_places}
