"""Kernels of normalisation: subtract a mean, divide by a standard deviation, scale and shift.

The formulas are written once, for every kind of array. On NumPy arrays intermediate results that nobody else
holds are overwritten, and large arrays are taken in blocks of rows that stay in cache, on all cores.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.reductions import products_of_rows, sum_of_rows
from pullback.later import later

blocks, compiled, threads = later("pullback.arrays", "blocks compiled threads")

ndarray = np.ndarray

LARGE = 1 << 16
"""Elements from which rows are taken in blocks, or by a compiled kernel."""
BLOCK = 1 << 17
"""Elements in a block."""
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
    return blocks.even(rows.shape[0], max(BLOCK // max(rows.shape[1], 1), 1))  # type: ignore[no-any-return]


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
    if rows.__class__ is not ndarray or rows.size <= LARGE:
        return _standardized(rows, weight, bias, eps)
    found = np.empty_like(rows)
    mean, rstd = np.empty((2, rows.shape[0], 1), rows.dtype)

    kernel = compiled.twin("standardized", rows, weight, bias)

    def compute(block: slice) -> None:
        if kernel is not None:
            kernel(rows[block], weight, bias, eps, found[block], mean[block], rstd[block])
        else:
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
    if rows.__class__ is not ndarray or grad.__class__ is not ndarray or rows.size <= LARGE:
        return _standardized_vjp(grad, rows, weight, mean, rstd, needs)
    of_rows = np.empty_like(rows) if needs[0] else None
    parts = _blocks(rows)
    sums: list[Any] = [None] * len(parts)
    kernel = compiled.twin("standardized_vjp", rows, grad, weight)

    def compute(number: int) -> None:
        block = parts[number]
        if kernel is not None:
            sums[number] = [np.zeros(rows.shape[1], rows.dtype) if need else None for need in needs[1:]]
            out = None if of_rows is None else of_rows[block]
            kernel(grad[block], rows[block], weight, mean[block], rstd[block], out, *sums[number])
            return
        found = _standardized_vjp(grad[block], rows[block], weight, mean[block], rstd[block], needs)
        if of_rows is not None:
            of_rows[block] = found[0]
        sums[number] = found[1:]

    threads.each(compute, range(len(parts)))
    of_weight, of_bias = (np.add.reduce(each) if need else None for each, need in zip(zip(*sums), needs[1:]))
    return [of_rows, of_weight, of_bias]
