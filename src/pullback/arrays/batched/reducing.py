"""Reductions, running sums and Fourier transforms along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.arrays import cumulative, fourier
from pullback.arrays.batched.array import BatchedArray
from pullback.arrays.batched.rules import along
from pullback.arrays.batched.ufuncs import shifted, shifted_axes


def _over(function: Callable[..., Any]) -> Any:
    """A reduction: ``axis=None`` runs over all axes of one example."""

    def rule(level: int, array: Any, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
        return BatchedArray(function(array.payload, shifted_axes(axis, array.ndim), *args, **kwargs), level)

    return rule


def _position(function: Callable[..., Any]) -> Any:
    """``argmax`` and ``argmin``: one axis, or all of them flattened."""

    def rule(level: int, array: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
        payload, size, ndim = array.payload, array.batch_size, array.ndim
        if axis is None or not ndim:
            found = function(np.reshape(payload, (size, -1)), 1)
            return BatchedArray(np.reshape(found, (size,) + (1,) * ndim) if keepdims else found, level)
        return BatchedArray(function(payload, shifted(axis, ndim), keepdims=keepdims), level)

    return rule


RULES: dict[Any, Any] = {
    each: _over(each)
    for each in (np.sum, np.mean, np.max, np.min, np.all, np.any, np.prod, np.nansum, np.count_nonzero, np.std, np.var)
}
RULES |= {
    np.argmax: _position(np.argmax),
    np.argmin: _position(np.argmin),
    np.cumsum: along(np.cumsum, 1),
    np.cumprod: along(np.cumprod, 1),
    np.diff: along(np.diff, 2, default=-1),
    cumulative.running_sum: along(cumulative.running_sum, 1),
    cumulative.running_sum_from_end: along(cumulative.running_sum_from_end, 1),
    cumulative.running_product: along(cumulative.running_product, 1),
    cumulative.running_extreme: along(cumulative.running_extreme, 1),
    cumulative.running_log_sum_exp: along(cumulative.running_log_sum_exp, 1),
    cumulative.recurrence: along(cumulative.recurrence, 2, count=2),
    cumulative.recurrence_from_end: along(cumulative.recurrence_from_end, 2, count=2),
    cumulative.running_product_vjp: along(cumulative.running_product_vjp, 3, count=3),
    cumulative.product_vjp: along(cumulative.product_vjp, 3, count=3),
    fourier.c2c: along(fourier.c2c, 1, "axes"),
    fourier.r2c: along(fourier.r2c, 1, "axes"),
    fourier.c2r: along(fourier.c2r, 1, "axes"),
}
