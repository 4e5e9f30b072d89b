"""Kernels of batch normalisation: arrays ``(N, C, S)``, statistics of each channel ``(1, C, 1)``."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.standardize import column_sums, plus, taken_from, times
from pullback.arrays.vocabulary import reshape
from pullback.later import later

compiled, threads = later("pullback.arrays", "compiled threads")

ndarray = np.ndarray
_SMALL = 1 << 12
"""Below this a plain reduction is faster than any other."""
_LARGE = 1 << 16


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


# ------------------------------------------------------------------------------------------------------ normalisation


def moments(x: Any) -> tuple[Any, Any, Any]:
    """``x - mean``, the mean and the variance of each channel."""
    count = x.shape[0] * x.shape[2]
    mean = channel_sums(x) / count
    gap = x - mean
    return gap, mean, channel_products(gap, gap) / count


def _scaled(gap: Any, rstd: Any, weight: Any, bias: Any) -> Any:
    found = times(gap, rstd if weight is None else rstd * weight)
    return found if bias is None else plus(found, bias)


def fixed(x: Any, weight: Any, bias: Any, mean: Any, variance: Any, eps: float) -> tuple[Any, Any]:
    """Channels by given statistics: the result and the reciprocal deviations."""
    rstd = 1 / np.sqrt(variance + eps)
    return _scaled(x - mean, rstd, weight, bias), rstd


def standardized(x: Any, weight: Any, bias: Any, eps: float) -> tuple[Any, Any, Any, Any]:
    """Channels by their own statistics: the result, means, variances and reciprocal deviations."""
    kernel = _kernel("channels", x, weight, bias)
    if kernel is None:
        gap, mean, variance = moments(x)
        rstd = 1 / np.sqrt(variance + eps)
        return _scaled(gap, rstd, weight, bias), mean, variance, rstd
    found = np.empty_like(x)
    mean, variance, rstd = np.empty((3, x.shape[1]), x.dtype)
    weight, bias = (None if vector is None else vector.reshape(-1) for vector in (weight, bias))
    threads.each(lambda c: kernel(x, weight, bias, eps, c, found, mean, variance, rstd), range(x.shape[1]))
    return found, *[vector.reshape(1, -1, 1) for vector in (mean, variance, rstd)]


def standardized_vjp(grad: Any, x: Any, weight: Any, mean: Any, rstd: Any, needs: Any) -> tuple[Any, Any, Any]:
    """Cotangents of ``(N, C, S)``, weight and bias through `standardized`.

    With x̂ = (x - mean) * rstd the first is ``(g - mean(g) - x̂ mean(g x̂)) * weight * rstd``.
    """
    kernel = _kernel("channels_vjp", grad, x, weight) if needs[0] and x.__class__ is ndarray else None
    if kernel is None:
        return _standardized_vjp(grad, x, weight, mean, rstd, needs)
    out = np.empty_like(x)
    sums = np.empty((2, x.shape[1]), x.dtype)
    scale, mean, rstd = (rstd if weight is None else rstd * weight).reshape(-1), mean.reshape(-1), rstd.reshape(-1)
    threads.each(lambda c: kernel(grad, x, scale, mean, rstd, c, out, sums), range(x.shape[1]))
    return out, *sums.reshape(2, 1, -1, 1)


def _standardized_vjp(grad: Any, x: Any, weight: Any, mean: Any, rstd: Any, needs: Any) -> tuple[Any, Any, Any]:
    total = channel_sums(grad) if needs[2] or needs[0] else None
    if not (needs[1] or needs[0]):
        return None, None, total
    gap = x - mean
    of_weight = channel_products(grad, gap) * rstd
    of_input = None
    if needs[0]:
        count = x.shape[0] * x.shape[2]
        shared = plus(times(gap, of_weight * rstd / count), total / count)
        of_input = times(taken_from(grad, shared), rstd if weight is None else rstd * weight)
    return of_input, of_weight, total


def _kernel(name: str, x: Any, *others: Any) -> Any:
    return compiled.twin(name, x, *others) if x.__class__ is ndarray and x.size >= _LARGE else None
