"""NumPy's reductions, accumulations and searches on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import reductions
from pullback.ops.reduction import (
    cumulative,
    extrema,
    positions,
    products,
    recurrences,
    selection,
    sums,
    truth,
)


def _add_reduce(array: Any, axis: Any = 0, dtype: Any = None, keepdims: bool = False) -> Any:
    if axis is None and not keepdims:
        return sums.sum(array, dtype=dtype)
    return array if axis == () else sums.sum(array, axis, keepdims, dtype=dtype)


def _multiply_reduce(array: Any, axis: Any = 0, keepdims: bool = False) -> Any:
    if axis is None and not keepdims:
        return products.prod(array)
    for each in sorted(range(array.ndim) if axis is None else np.atleast_1d(axis) % array.ndim, reverse=True):
        array = products.prod(array, int(each), keepdims)
    return array


def _maximum_reduce(array: Any, axis: Any = 0, keepdims: bool = False) -> Any:
    return extrema.amax(array, axis, keepdims)


def _minimum_reduce(array: Any, axis: Any = 0, keepdims: bool = False) -> Any:
    return extrema.amin(array, axis, keepdims)


def _and_reduce(array: Any, axis: Any = 0, keepdims: bool = False) -> Any:
    return truth.all(array, axis, keepdims)


def _or_reduce(array: Any, axis: Any = 0, keepdims: bool = False) -> Any:
    return truth.any(array, axis, keepdims)


def _along(function: Any) -> Any:
    """The adapter of a running sum or product, which NumPy takes over the flattened array by default."""

    def adapter(array: Any, axis: int | None = None, dtype: Any = None) -> Any:
        return function(array.reshape(-1), 0, dtype=dtype) if axis is None else function(array, axis, dtype=dtype)

    return adapter


def _where(function: Any) -> Any:
    """The adapter of ``argmax`` and ``argmin``."""

    def adapter(array: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
        return function(array, axis, keepdims)

    return adapter


def _over(function: Any) -> Any:
    """The adapter of a reduction with NumPy's argument names."""

    def adapter(array: Any, axis: Any = None, *, keepdims: bool = False, **kwargs: Any) -> Any:
        if axis is None and not keepdims:
            return function(array, **kwargs)
        return function(array, tuple(range(array.ndim)) if axis is None else axis, keepdim=keepdims, **kwargs)

    return adapter


UFUNCS: dict[Any, Any] = {}
REDUCTIONS: dict[Any, Any] = {
    np.add: _add_reduce,
    np.logical_and: _and_reduce,
    np.logical_or: _or_reduce,
    np.maximum: _maximum_reduce,
    np.minimum: _minimum_reduce,
    np.multiply: _multiply_reduce,
}
ACCUMULATIONS: dict[Any, Any] = {
    np.add: lambda array, axis=0, dtype=None: cumulative.cumsum(array, axis, dtype=dtype),
    np.multiply: lambda array, axis=0, dtype=None: cumulative.cumprod(array, axis, dtype=dtype),
    np.maximum: lambda array, axis=0: cumulative.cummax(array, axis)[0],
    np.minimum: lambda array, axis=0: cumulative.cummin(array, axis)[0],
    np.logaddexp: lambda array, axis=0: cumulative.logcumsumexp(array, axis),
}
FUNCTIONS: dict[Any, Any] = {
    np.all: _over(truth.all),
    np.any: _over(truth.any),
    np.argmax: _where(positions.argmax),
    np.argmin: _where(positions.argmin),
    np.cumprod: _along(cumulative.cumprod),
    np.cumsum: _along(cumulative.cumsum),
    np.max: _over(extrema.amax),
    np.mean: _over(sums.mean),
    np.min: _over(extrema.amin),
    np.nansum: _over(sums.nansum),
    np.sum: _over(sums.sum),
    reductions.matches: selection.matches,
    reductions.put_along: selection.put_along,
    **recurrences.FUNCTIONS,
}
