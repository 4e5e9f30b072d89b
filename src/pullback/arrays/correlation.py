"""Convolution of raw arrays, as matrix products over windows.

One trilinear form stands behind every convolution, its gradients and theirs::

    T(x, w, y) = sum over n, o, c, p, k   y[n, o, p] * w[o, c, k] * x[n, c, p * stride + k * dilation - padding]

Each of the three functions here leaves one argument open: `correlate` gives y from x and w, `correlate_input` gives x
from y and w (which is also the transposed convolution), `correlate_weight` gives w from y and x. The derivative of any
of them is the other two.

Shapes: x ``(N, C, *sizes)``, w ``(O, C / groups, *kernel)``, y ``(N, O, *counts)``. The windows of a few samples at a
time are copied side by side into one matrix, ``(C k, positions)``, small enough to stay in the cache while BLAS reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from pullback.arrays import depthwise
from pullback.arrays.products import is_half
from pullback.arrays.vocabulary import cast, dispatched
from pullback.arrays.windows import Ints, crop, offsets, pad, window_view
from pullback.later import later

blocks, compiled, threads = later("pullback.arrays", "blocks compiled threads")

_SINGLE = np.dtype("f4")
_COMPLEX = np.dtype("c8")
_BLOCK = 1 << 18
"""Elements of the matrix of windows: 1 MB of floats. Between 2**17 and 2**19 the speed is flat, above it drops."""
_LARGE = 1 << 16
"""Elements of all windows from which they are copied by a compiled kernel."""
_FEW = 64
"""With fewer positions than this a sample's product is too thin for BLAS; several samples share one."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """How the windows of a convolution lie; one number per spatial axis."""

    stride: Ints
    padding: Ints
    dilation: Ints
    groups: int


def _in_single(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let half precision be computed in single and rounded once."""

    def compute(a: Any, b: Any, *rest: Any) -> Any:
        if is_half(a):
            return cast(function(cast(a, _SINGLE), cast(b, _SINGLE), *rest), a.dtype)
        if a.dtype.kind == "W":  # complex numbers of half floats
            return cast(function(cast(a, _COMPLEX), cast(b, _COMPLEX), *rest), a.dtype)
        return function(a, b, *rest)

    compute.__name__, compute.__doc__ = function.__name__, function.__doc__
    compute.__qualname__, compute.__module__ = function.__qualname__, function.__module__
    return compute


@dispatched
@_in_single
def correlate(x: Any, w: Any, counts: Ints, geometry: Geometry) -> Any:
    """y from x and w: the convolution of a neural network. `counts` says how many windows there are.

    >>> x, w = np.arange(5.).reshape(1, 1, 5), np.ones((1, 1, 2))
    >>> correlate(x, w, (4,), Geometry((1,), (0,), (1,), 1))
    array([[[1., 3., 5., 7.]]])
    """
    groups, kernel = geometry.groups, w.shape[2:]
    (n, c), o = x.shape[:2], w.shape[0]
    if _nothing(x, geometry) or not w.size:
        return np.zeros((n, o, *counts), x.dtype)
    if groups == c == o > 1:
        return depthwise.correlate(_padded(x, geometry), w, counts, geometry.stride, geometry.dilation)
    result = np.empty((n, groups, o // groups, prod(counts)), x.dtype)
    matrix = w.reshape(groups, o // groups, -1)
    together = prod(counts) < _FEW
    parts, columns = _columns(x, kernel, counts, geometry, together)

    def compute(part: slice) -> None:
        if together:
            found = np.matmul(matrix, columns(part)).reshape(groups, o // groups, -1, prod(counts))
            result[part] = found.transpose(2, 0, 1, 3)
        else:
            np.matmul(matrix, columns(part), out=result[part])

    threads.each_with_blas(compute, parts)
    return result.reshape(n, o, *counts)


@dispatched
@_in_single
def correlate_input(y: Any, w: Any, sizes: Ints, geometry: Geometry) -> Any:
    """x from y and w: the gradient of `correlate` with respect to its input, and the transposed convolution."""
    stride, padding, dilation, groups = geometry.stride, geometry.padding, geometry.dilation, geometry.groups
    (n, o), kernel, counts = y.shape[:2], w.shape[2:], y.shape[2:]
    c = w.shape[1] * groups
    if not y.size or not w.size:
        return np.zeros((n, c, *sizes), y.dtype)
    if groups == c == o > 1:
        return depthwise.correlate_input(y, w, sizes, stride, padding, dilation)
    reach = [d * (k - 1) for d, k in zip(dilation, kernel)]
    if max(stride) == 1 and all(r >= p and n == m + r - 2 * p for r, p, n, m in zip(reach, padding, sizes, counts)):
        return _as_correlation(y, w, sizes, geometry)
    padded = np.zeros((n, c, *[size + 2 * p for size, p in zip(sizes, padding)]), y.dtype)
    matrix = w.reshape(groups, o // groups, -1).swapaxes(1, 2)
    flat = y.reshape(n, groups, o // groups, -1)
    for part in _parts(n, c * prod(kernel) * prod(counts), _BLOCK):
        columns = np.matmul(matrix, flat[part]).reshape(-1, c, *kernel, *counts)
        target = padded[part]
        for at, place in offsets(counts, kernel, stride, dilation):
            target[place] += columns[(slice(None), slice(None), *at)]
    return np.ascontiguousarray(crop(padded, padding, sizes))


def _as_correlation(y: np.ndarray, w: np.ndarray, sizes: Ints, geometry: Geometry) -> np.ndarray:
    """With steps of 1 the gradient is a correlation itself, of the turned weight: faster than adding windows up."""
    groups, (o, c) = geometry.groups, w.shape[:2]
    flipped = w[(slice(None), slice(None), *(slice(None, None, -1),) * len(sizes))]
    turned = flipped.reshape(groups, o // groups, c, *w.shape[2:]).swapaxes(1, 2)
    around = tuple([d * (k - 1) - p for d, k, p in zip(geometry.dilation, w.shape[2:], geometry.padding)])
    wanted = Geometry(geometry.stride, around, geometry.dilation, groups)
    return correlate(y, turned.reshape(groups * c, o // groups, *w.shape[2:]), sizes, wanted)


@dispatched
@_in_single
def correlate_weight(y: Any, x: Any, kernel: Ints, geometry: Geometry) -> Any:
    """w from y and x: the gradient of `correlate` with respect to its weight."""
    groups = geometry.groups
    (n, c), o = x.shape[:2], y.shape[1]
    shape = (o, c // groups, *kernel)
    if _nothing(x, geometry) or not y.size:
        return np.zeros(shape, y.dtype)
    if groups == c == o > 1:
        return depthwise.correlate_weight(y, _padded(x, geometry), kernel, geometry.stride, geometry.dilation)
    flat = y.reshape(n, groups, o // groups, -1)
    parts, columns = _columns(x, kernel, y.shape[2:], geometry, together=True)
    found: list[Any] = [None] * len(parts)

    def compute(number: int) -> None:
        rows = np.ascontiguousarray(flat[parts[number]].transpose(1, 2, 0, 3)).reshape(groups, o // groups, -1)
        found[number] = np.matmul(rows, columns(parts[number]).swapaxes(1, 2))

    threads.each_with_blas(compute, range(len(parts)))
    total, *others = found
    for other in others:
        np.add(total, other, out=total)
    return total.reshape(shape)


def _parts(samples: int, each: int, block: int) -> list[slice]:
    """Cut the samples into runs whose matrix of windows fits a block."""
    return blocks.spans(samples, max(1, block // max(each, 1)))  # type: ignore[no-any-return]


def _padded(x: np.ndarray, geometry: Geometry) -> np.ndarray:
    return pad(x, geometry.padding, geometry.padding)


def _nothing(x: np.ndarray, geometry: Geometry) -> bool:
    """Whether there is no element, of `x` or of its padding."""
    return 0 in x.shape[:2] or any(n + p == 0 for n, p in zip(x.shape[2:], geometry.padding))


def _columns(x: np.ndarray, kernel: Ints, counts: Ints, geometry: Geometry, together: bool = False) -> Any:
    """Runs of samples, and a function that gives the windows of one as matrices ``(samples, groups, C k / groups, positions)``.

    With `together` the samples of a run lie side by side, ``(groups, C k / groups, samples positions)``: one large product
    instead of several small ones.
    """
    groups, (n, c) = geometry.groups, x.shape[:2]
    size = c * prod(kernel)
    shape = (groups, size // groups, -1) if together else (-1, groups, size // groups, prod(counts))
    parts = _parts(n, size * prod(counts), 4 * _BLOCK if together else _BLOCK)
    copy = compiled.twin("columns", x) if len(kernel) == 2 and n * size * prod(counts) >= _LARGE else None
    view = None if copy else window_view(_padded(x, geometry), kernel, counts, geometry.stride, geometry.dilation)

    def columns(part: slice) -> Any:
        if copy is None:
            return (np.moveaxis(view[part], 0, 1 + len(kernel)) if together else view[part]).reshape(shape)
        out = np.empty((part.stop - part.start) * size * prod(counts), x.dtype)
        copy(x[part], kernel, counts, geometry.stride, geometry.padding, geometry.dilation, together, out)
        return out.reshape(shape)

    return parts, columns
