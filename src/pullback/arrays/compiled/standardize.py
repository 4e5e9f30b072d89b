"""Normalisation of rows, ``(R, W)``; `pullback.arrays.standardize` has the formulas in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.compiled.words import loop


@loop
def standardized(rows: Any, weight: Any, bias: Any, eps: float, out: Any, means: Any, rstds: Any) -> None:
    number = rows.dtype.type
    count = number(rows.shape[1])
    for r in range(rows.shape[0]):
        row, found = rows[r], out[r]
        total = number(0)
        for i in range(row.size):
            total += row[i]
        mean = total / count
        squares = number(0)
        for i in range(row.size):
            squares += (row[i] - mean) * (row[i] - mean)
        rstd = number(1) / np.sqrt(squares / count + number(eps))
        means[r, 0], rstds[r, 0] = mean, rstd
        if weight is None:
            for i in range(row.size):
                found[i] = (row[i] - mean) * rstd
        elif bias is None:
            for i in range(row.size):
                found[i] = (row[i] - mean) * rstd * weight[i]
        else:
            for i in range(row.size):
                found[i] = (row[i] - mean) * rstd * weight[i] + bias[i]


@loop
def standardized_vjp(
    grad: Any, rows: Any, weight: Any, means: Any, rstds: Any, out: Any, of_weight: Any, of_bias: Any
) -> None:
    number = rows.dtype.type
    count = number(rows.shape[1])
    for r in range(rows.shape[0]):
        row, g, mean, rstd = rows[r], grad[r], means[r, 0], rstds[r, 0]
        if of_weight is not None:
            for i in range(row.size):
                of_weight[i] += g[i] * ((row[i] - mean) * rstd)
        if of_bias is not None:
            for i in range(row.size):
                of_bias[i] += g[i]
        if out is not None:
            found = out[r]
            total = inner = number(0)
            for i in range(row.size):
                slope = g[i] if weight is None else g[i] * weight[i]
                total += slope
                inner += slope * (row[i] - mean)
            total, inner = total / count, inner * rstd * rstd / count
            for i in range(row.size):
                slope = g[i] if weight is None else g[i] * weight[i]
                found[i] = (slope - total - (row[i] - mean) * inner) * rstd


SINGLE = DOUBLE = {"standardized": standardized, "standardized_vjp": standardized_vjp}
