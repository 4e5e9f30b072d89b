"""Distances between all pairs of rows, by their differences, and the cotangents of the rows.

The differences of P with R rows are P times R rows. NumPy arrays are taken in blocks of rows, so that these stay in
cache; other arrays at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from pullback.arrays.norms import vector_norm, vector_norm_vjp
from pullback.arrays.reductions import matches
from pullback.arrays.vocabulary import add_reduce, zeros_like

_BLOCK = 1 << 16
"""Elements of the differences in a block."""


def norm_of(gap: Any, p: float) -> Any:
    """The p-norm of each row of differences."""
    if not gap.shape[-1]:  # the largest of nothing is no number, but no difference is no distance
        p = 1.0
    return vector_norm(gap, p, (gap.ndim - 1,))


def norm_vjp(grad: Any, gap: Any, norm: Any, p: float) -> Any:
    """The cotangent of differences; 0 where the norm is 0, whole for each of equal extremes, NaN of NaN."""
    if p == 0:
        return zeros_like(gap)
    if p == 1:
        return np.sign(gap) * grad[..., None]
    if p == np.inf:
        return np.sign(gap) * matches(np.abs(gap), norm[..., None]) * grad[..., None]
    return vector_norm_vjp(grad, gap, norm, p, (gap.ndim - 1,))


def _differences(x1: Any, x2: Any) -> Any:
    return x1[..., :, None, :] - x2[..., None, :, :]


def _blocks(x1: Any, x2: Any) -> Iterator[slice]:
    """Pieces of the rows of `x1`: one, unless both are large NumPy arrays."""
    rows, others = x1.shape[-2], x2.shape[-2] * x2.shape[-1]
    stack = max(prod(x1.shape[:-2]), prod(x2.shape[:-2]), 1)
    step = max(_BLOCK // max(others * stack, 1), 1)
    if x1.__class__ is not np.ndarray or x2.__class__ is not np.ndarray or step >= rows:
        step = max(rows, 1)
    return (slice(start, start + step) for start in range(0, max(rows, 1), step))


def _joined(parts: list[Any], axis: int) -> Any:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis)


def pairwise(x1: Any, x2: Any, p: float) -> Any:
    """The p-norm of each row of `x1` minus each of `x2`: ``(*, P, M), (*, R, M) -> (*, P, R)``.

    >>> pairwise(np.array([[0., 0.], [3., 0.]]), np.array([[0., 4.]]), 2.0)
    array([[4.],
           [5.]])
    """
    return _joined([norm_of(_differences(x1[..., part, :], x2), p) for part in _blocks(x1, x2)], -2)


def pairwise_vjp(grad: Any, x1: Any, x2: Any, distances: Any, p: float, needs: Any) -> tuple[Any, Any]:
    """The cotangents of `x1` and `x2` through `pairwise`, those that `needs` asks for."""
    first, second = [], None
    for part in _blocks(x1, x2):
        gap = _differences(x1[..., part, :], x2)
        found = norm_vjp(grad[..., part, :], gap, distances[..., part, :], p)
        if needs[0]:
            first.append(add_reduce(found, gap.ndim - 2))
        if needs[1]:
            share = add_reduce(found, gap.ndim - 3)
            second = share if second is None else second + share
    return _joined(first, -2) if needs[0] else None, -second if needs[1] else None
