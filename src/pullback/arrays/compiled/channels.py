"""Normalisation of one channel ``c`` of ``(N, C, S)``; `pullback.arrays.channels` has the formulas in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.compiled.words import f8, loop


@loop
def channels(
    x: Any, weight: Any, bias: Any, eps: float, c: int, out: Any, means: Any, variances: Any, rstds: Any
) -> None:
    number, count = x.dtype.type, x.shape[0] * x.shape[2]
    total, squares = f8(0), f8(0)  # sums of rows; a row is summed in its own precision
    for n in range(x.shape[0]):
        part = number(0)
        for i in range(x.shape[2]):
            part += x[n, c, i]
        total += part
    mean = number(total / count)
    for n in range(x.shape[0]):
        part = number(0)
        for i in range(x.shape[2]):
            part += (x[n, c, i] - mean) * (x[n, c, i] - mean)
        squares += part
    variance = number(squares / count)
    rstd = number(1) / np.sqrt(variance + number(eps))
    means[c], variances[c], rstds[c] = mean, variance, rstd
    scale = rstd if weight is None else rstd * weight[c]
    shift = number(0) if bias is None else bias[c]
    for n in range(x.shape[0]):
        for i in range(x.shape[2]):
            out[n, c, i] = (x[n, c, i] - mean) * scale + shift


@loop
def channels_vjp(grad: Any, x: Any, scale: Any, means: Any, rstds: Any, c: int, out: Any, sums: Any) -> None:
    number, count = x.dtype.type, x.shape[0] * x.shape[2]
    mean, rstd = means[c], rstds[c]
    total, inner = f8(0), f8(0)
    for n in range(x.shape[0]):
        of_bias, of_weight = number(0), number(0)
        for i in range(x.shape[2]):
            of_bias += grad[n, c, i]
            of_weight += grad[n, c, i] * (x[n, c, i] - mean)
        total += of_bias
        inner += of_weight
    inner *= rstd
    sums[0, c], sums[1, c] = inner, total
    shift, slope = number(total / count), number(inner * rstd / count)
    for n in range(x.shape[0]):
        for i in range(x.shape[2]):
            out[n, c, i] = (grad[n, c, i] - shift - (x[n, c, i] - mean) * slope) * scale[c]


SINGLE = DOUBLE = {"channels": channels, "channels_vjp": channels_vjp}
