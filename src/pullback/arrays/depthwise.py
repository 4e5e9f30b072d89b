"""Convolution in which every channel has a kernel of its own: no sum over channels, so no matrix product.

Offset by offset the input is multiplied by one weight and added up, in blocks of samples and channels that stay in the
cache. NumPy is fast on long rows only; so with steps of 1 whole padded images are taken as one row each. An offset is then
a shift of that row, and what falls between the lines of the image is computed too and cut off at the end::

    a a a . .        row of the image: 3 elements and 2 of padding
    b b b . .   =    a a a . . b b b . . c c c . .     one row: an offset of (1, 1) is a shift by 6
    c c c . .
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.windows import Ints, crop, offsets

_BLOCK = 1 << 15
"""Elements of an image block: 128 KB of floats, three of which are in use at a time."""


def _blocks(n: int, c: int, each: int) -> list[tuple[slice, slice]]:
    """Cut samples and channels, each of `each` elements, into blocks."""
    channels = max(1, min(c, _BLOCK // max(each, 1)))
    samples = max(1, min(n, _BLOCK // max(each * c, 1))) if channels == c else 1
    return [
        (slice(i, i + samples), slice(j, min(j + channels, c)))
        for i in range(0, n, samples)
        for j in range(0, c, channels)
    ]


def _rows(padded: Ints, counts: Ints, kernel: Ints, stride: Ints, dilation: Ints) -> tuple[Ints, list[Any]]:
    """The shape that results take while they are summed, and for each offset its index and where it reads."""
    if max(stride) > 1:
        return counts, list(offsets(counts, kernel, stride, dilation))
    steps = [prod(padded[axis + 1 :]) for axis in range(len(padded))]
    length = sum((n - 1) * step for n, step in zip(counts, steps)) + 1
    shifts = []
    for at in np.ndindex(*kernel):
        shift = sum(o * d * step for o, d, step in zip(at, dilation, steps))
        shifts.append((at, (..., slice(shift, shift + length))))
    return (length,), shifts


def _flat(images: np.ndarray, stride: Ints) -> np.ndarray:
    """Whole images as rows where steps are 1."""
    return images if max(stride) > 1 else images.reshape(*images.shape[:2], -1)


def _factors(w: np.ndarray, channels: slice, at: Ints, rank: int) -> np.ndarray:
    """The weights of some channels at one offset, shaped to multiply images or rows."""
    return w[(channels, 0, *at)].reshape(-1, *(1,) * rank)


def _unrolled(rows: np.ndarray, padded: Ints, counts: Ints) -> np.ndarray:
    """The images in rows of length ``(counts - 1) * steps + 1``, as a view on memory of whole lines."""
    lines = rows.reshape(*rows.shape[:2], counts[0], *padded[1:])
    return lines[(..., *[slice(0, n) for n in counts])]


def correlate(x: np.ndarray, w: np.ndarray, counts: Ints, stride: Ints, dilation: Ints) -> np.ndarray:
    """y from the padded x and w."""
    padded = x.shape[2:]
    shape, places = _rows(padded, counts, w.shape[2:], stride, dilation)
    flat = max(stride) == 1
    whole = (counts[0] * prod(padded[1:]),) if flat else shape
    result = np.empty((*x.shape[:2], *whole), x.dtype)
    source = _flat(x, stride)
    for block in _blocks(x.shape[0], x.shape[1], prod(shape)):
        target = result[block][..., : shape[0]] if flat else result[block]
        term = np.empty_like(target)
        for number, (at, place) in enumerate(places):
            np.multiply(source[block][place], _factors(w, block[1], at, len(shape)), out=term if number else target)
            if number:
                np.add(target, term, out=target)
    return np.ascontiguousarray(_unrolled(result, padded, counts)) if flat else result


def _rolled(y: np.ndarray, padded: Ints, shape: Ints, stride: Ints) -> np.ndarray:
    """y laid into rows like those of the padded x, zeros between the lines."""
    if max(stride) > 1:
        return y
    counts = y.shape[2:]
    rows = np.zeros((*y.shape[:2], counts[0] * prod(padded[1:])), y.dtype)
    _unrolled(rows, padded, counts)[...] = y
    return rows[..., : shape[0]]


def correlate_input(
    y: np.ndarray, w: np.ndarray, sizes: Ints, stride: Ints, padding: Ints, dilation: Ints
) -> np.ndarray:
    """x from y and w."""
    padded = tuple([n + 2 * p for n, p in zip(sizes, padding)])
    shape, places = _rows(padded, y.shape[2:], w.shape[2:], stride, dilation)
    rows = _rolled(y, padded, shape, stride)
    result = np.zeros((*y.shape[:2], *padded), y.dtype)
    targets = _flat(result, stride)
    for block in _blocks(y.shape[0], y.shape[1], prod(shape)):
        source, target = rows[block], targets[block]
        term = np.empty(source.shape, y.dtype)
        for at, place in places:
            np.multiply(source, _factors(w, block[1], at, len(shape)), out=term)
            target[place] += term
    return np.ascontiguousarray(crop(result, padding, sizes))


def correlate_weight(y: np.ndarray, x: np.ndarray, kernel: Ints, stride: Ints, dilation: Ints) -> np.ndarray:
    """w from y and the padded x."""
    shape, places = _rows(x.shape[2:], y.shape[2:], kernel, stride, dilation)
    rows, source = _rolled(y, x.shape[2:], shape, stride), _flat(x, stride)
    result: Any = np.zeros((y.shape[1], 1, *kernel), y.dtype)
    axes = (0, *range(2, 2 + len(shape)))
    for block in _blocks(y.shape[0], y.shape[1], prod(shape)):
        term = np.empty(rows[block].shape, y.dtype)
        for at, place in places:
            np.multiply(rows[block], source[block][place], out=term)
            result[(block[1], 0, *at)] += np.add.reduce(term, axis=axes)
    return result  # type: ignore[no-any-return]
