"""Kernels of normalisation: subtract a mean, divide by a standard deviation, scale and shift.

The formulas are written once, for every kind of array. On NumPy arrays intermediate results that nobody else
holds are overwritten, and large arrays are taken in blocks of rows that stay in cache, on all cores.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.reductions import products_of_rows, sum_of_rows
from pullback.arrays.vocabulary import reshape
from pullback.later import later

(threads,) = later("pullback.arrays", "threads")

ndarray = np.ndarray

BLOCK = 1 << 16
"""Elements in a block: with its intermediates it fits a second-level cache."""
_SMALL = 1 << 12
"""Below this a plain reduction is faster than any other."""


def times(owned: Any, factor: Any) -> Any:
    """``owned * factor`` in the memory of `owned`, which the caller gives up."""
    return np.multiply(owned, factor, out=owned) if owned.__class__ is ndarray else owned * factor


def plus(owned: Any, term: Any) -> Any:
    """``owned + term`` in the memory of `owned`, which the caller gives up."""
    return np.add(owned, term, out=owned) if owned.__class__ is ndarray else owned + term


def taken_from(value: Any, owned: Any) -> Any:
    """``value - owned`` in the memory of `owned`, which the caller gives up."""
    return np.subtract(value, owned, out=owned) if owned.__class__ is ndarray else value - owned


# ------------------------------------------------------------------------------------------------------ rows


def row_sums(rows: Any) -> Any:
    """The sum of each row: ``(R, W) -> (R, 1)``."""
    if rows.__class__ is not ndarray or rows.size < _SMALL:
        return np.add.reduce(rows, axis=1, keepdims=True)
    return sum_of_rows(rows)


def row_products(a: Any, b: Any) -> Any:
    """The inner product of each row of `a` with that of `b`: ``(R, W), (R, W) -> (R, 1)``."""
    if a.__class__ is not ndarray or b.__class__ is not ndarray:
        return np.add.reduce(a * b, axis=1, keepdims=True)
    return products_of_rows(a, b)


def column_sums(rows: Any) -> Any:
    """The sum of each column: ``(R, W) -> (W)``."""
    if rows.__class__ is not ndarray or rows.size < _SMALL:
        return np.add.reduce(rows, axis=0)
    return np.einsum("ij->j", rows)


def _blocks(rows: Any) -> list[slice]:
    step = max(BLOCK // max(rows.shape[1], 1), 1)
    return [slice(start, start + step) for start in range(0, rows.shape[0], step)]


def _standardized(rows: Any, weight: Any, bias: Any, eps: float) -> tuple[Any, Any, Any]:
    count = max(rows.shape[1], 1)
    mean = row_sums(rows) / count
    found = rows - mean
    rstd = 1 / np.sqrt(row_products(found, found) / count + eps)
    found = times(found, rstd)
    if weight is not None:
        found = times(found, weight)
    return (found if bias is None else plus(found, bias)), mean, rstd


def standardized(rows: Any, weight: Any, bias: Any, eps: float) -> tuple[Any, Any, Any]:
    """Rows of mean 0 and variance 1, times `weight` plus `bias` (of columns); means; reciprocal deviations.

    Shapes: ``(R, W), (W), (W) -> (R, W), (R, 1), (R, 1)``.
    """
    if rows.__class__ is not ndarray or rows.size <= BLOCK:
        return _standardized(rows, weight, bias, eps)
    found = np.empty_like(rows)
    mean, rstd = np.empty((2, rows.shape[0], 1), rows.dtype)

    def compute(block: slice) -> None:
        found[block], mean[block], rstd[block] = _standardized(rows[block], weight, bias, eps)

    threads.each(compute, _blocks(rows))
    return found, mean, rstd


def _standardized_vjp(grad: Any, rows: Any, weight: Any, mean: Any, rstd: Any, needs: Any) -> list[Any]:
    x_hat = times(rows - mean, rstd)
    of_weight = column_sums(grad * x_hat) if needs[1] else None
    of_bias = column_sums(grad) if needs[2] else None
    if not needs[0]:
        return [None, of_weight, of_bias]
    count = max(rows.shape[1], 1)
    g = grad if weight is None else grad * weight
    shared = plus(times(x_hat, row_products(g, x_hat) / count), row_sums(g) / count)
    return [times(taken_from(g, shared), rstd), of_weight, of_bias]


def standardized_vjp(grad: Any, rows: Any, weight: Any, mean: Any, rstd: Any, needs: Any) -> list[Any]:
    """Cotangents of rows, weight and bias through `standardized`, those that `needs` asks for.

    With x̂ the standardised rows and g = grad * weight that of rows is ``(g - mean(g) - x̂ mean(g x̂)) * rstd``.
    """
    if rows.__class__ is not ndarray or grad.__class__ is not ndarray or rows.size <= BLOCK:
        return _standardized_vjp(grad, rows, weight, mean, rstd, needs)
    of_rows = np.empty_like(rows) if needs[0] else None
    blocks = _blocks(rows)
    sums: list[Any] = [None] * len(blocks)

    def compute(number: int) -> None:
        block = blocks[number]
        found = _standardized_vjp(grad[block], rows[block], weight, mean[block], rstd[block], needs)
        if of_rows is not None:
            of_rows[block] = found[0]
        sums[number] = found[1:]

    threads.each(compute, range(len(blocks)))
    of_weight, of_bias = (np.add.reduce(each) if need else None for each, need in zip(zip(*sums), needs[1:]))
    return [of_rows, of_weight, of_bias]


# -------------------------------------------------------------------------------------------------- channels


def channel_sums(array: Any) -> Any:
    """The sum of each channel: ``(N, C, S) -> (1, C, 1)``."""
    if array.__class__ is not ndarray or array.size < _SMALL:
        return np.add.reduce(array, axis=(0, 2), keepdims=True)
    if array.shape[2] == 1:
        return reshape(column_sums(reshape(array, array.shape[:2])), (1, -1, 1))
    return np.add.reduce(array @ np.ones((array.shape[2], 1), array.dtype), axis=0, keepdims=True)


def channel_products(a: Any, b: Any) -> Any:
    """The sum of ``a * b`` over each channel: ``(N, C, S), (N, C, S) -> (1, C, 1)``."""
    if a.__class__ is not ndarray or b.__class__ is not ndarray or a.size < _SMALL:
        return np.add.reduce(a * b, axis=(0, 2), keepdims=True)
    if a.shape[2] == 1:
        return np.einsum("ncs,ncs->c", a, b).reshape(1, -1, 1)
    return np.add.reduce(np.vecdot(a, b), axis=0).reshape(1, -1, 1)
