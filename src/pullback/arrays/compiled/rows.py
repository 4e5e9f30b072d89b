"""Softmax and its kin over rows, ``(R, W)``; `pullback.arrays.exponential` has the formulas in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.compiled.words import exp, largest, loop


@loop
def _exponentials(row: Any, top: Any, out: Any) -> Any:
    """Exponentials of ``row - top`` into `out`, and their sum."""
    total = row.dtype.type(0)
    for i in range(row.size):
        value = exp(row[i] - top)
        out[i] = value
        total += value
    return total


@loop
def softmax(rows: Any, out: Any) -> None:
    for r in range(rows.shape[0]):
        row, found = rows[r], out[r]
        factor = rows.dtype.type(1) / _exponentials(row, largest(row), found)
        for i in range(row.size):
            found[i] *= factor


@loop
def softmax_vjp(grad: Any, result: Any, out: Any) -> None:
    for r in range(grad.shape[0]):
        g, y, found = grad[r], result[r], out[r]
        total = g.dtype.type(0)
        for i in range(g.size):
            total += g[i] * y[i]
        for i in range(g.size):
            found[i] = (g[i] - total) * y[i]


@loop
def log_softmax(rows: Any, out: Any) -> None:
    for r in range(rows.shape[0]):
        row, found = rows[r], out[r]
        top = largest(row)
        total = rows.dtype.type(0)
        for i in range(row.size):
            value = row[i] - top
            found[i] = value  # kept, or the compiler would subtract both at once, which is less exact
            total += exp(value)
        shift = np.log(total)
        for i in range(row.size):
            found[i] -= shift


@loop
def log_softmax_vjp(grad: Any, result: Any, out: Any) -> None:
    for r in range(grad.shape[0]):
        g, y, found = grad[r], result[r], out[r]
        total = g.dtype.type(0)
        for i in range(g.size):
            total += g[i]
        for i in range(g.size):
            found[i] = g[i] - exp(y[i]) * total


SINGLE = DOUBLE = {
    "softmax": softmax,
    "softmax_vjp": softmax_vjp,
    "log_softmax": log_softmax,
    "log_softmax_vjp": log_softmax_vjp,
}
