"""NumPy's statistics on tensors: spread, averages, quantiles, and what passes over NaNs."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.ops.reduction import correlation, cumulative, extrema, moments, quantiles, sums
from pullback.protocol.lifting import floating, given, tensor
from pullback.protocol.reduction import _along, _multiply_reduce, _over


def _axes(a: Any, axis: Any) -> tuple[int, ...]:
    return tuple(range(a.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)


def _spread(function: Any) -> Any:
    """The adapter of ``std`` and ``var``."""

    def adapter(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, keepdims: bool = False,
        *, correction: float | None = None, where: Any = None, mean: Any = None,
    ) -> Any:  # fmt: skip
        given(function.__name__, dtype=dtype, out=out, where=where, mean=mean)
        by = ddof if correction is None else correction
        return function(floating(a), _axes(a, axis), correction=by, keepdim=keepdims)

    return adapter


def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    a, axes = floating(tensor(a)), _axes(tensor(a), axis)
    if weights is None:
        mean = sums.mean(a, axes, keepdim=keepdims)
        total = mean.detach() * 0 + a.numel() / max(mean.numel(), 1)
        return (mean, total) if returned else mean
    w = floating(tensor(weights))
    if w.shape != a.shape:
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        if tuple(w.shape) != tuple(a.shape[each] for each in axes):
            raise ValueError("Shape of weights must be consistent with shape of a along specified axis.")
        w = w.reshape([n if place in {each % a.ndim for each in axes} else 1 for place, n in enumerate(a.shape)])
        w = w.expand(a.shape)
    total = sums.sum(w, axes, keepdims)
    if bool((total == 0).any()):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    mean = sums.sum(a * w, axes, keepdims) / total
    return (mean, total) if returned else mean


def _quantile_by(function: Any, scale: float) -> Any:
    """The adapter of quantiles, ``q`` counted in parts of `scale`."""

    def adapter(
        a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, method: str = "linear",
        keepdims: bool = False, *, weights: Any = None,
    ) -> Any:  # fmt: skip
        given("quantile", out=out, weights=weights)
        if method not in ("linear", "lower", "higher", "midpoint", "nearest"):
            raise NotImplementedError(f"numpy.quantile of a tensor does not take method={method!r}")
        a, axes = floating(tensor(a)), [each % a.ndim for each in _axes(a, axis)]
        q = tensor(q).detach().to(a.dtype) / scale
        rest = [n for n in range(a.ndim) if n not in axes]
        flat = a.permute(*rest, *axes).reshape(*[a.shape[n] for n in rest], -1)
        found = function(flat, q.reshape(-1), -1, interpolation=method)
        shape = [1 if n in axes else length for n, length in enumerate(a.shape)] if keepdims else flat.shape[:-1]
        return found.reshape(*q.shape, *shape)

    return adapter


def _median_by(quantile: Any) -> Any:
    def adapter(
        a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
    ) -> Any:
        return quantile(a, 0.5, axis, out, keepdims=keepdims)

    return adapter


def _passing_over(function: Any, filler: Any) -> Any:
    """`function` with NaNs replaced by what does not change the outcome."""

    def adapter(a: Any, axis: Any = None, **settings: Any) -> Any:
        return function(np.where(np.isnan(a), filler, a), axis, **settings)

    return adapter


def _nan_extreme(function: Any, filler: float) -> Any:
    def adapter(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
        missing = np.isnan(a)
        axes = _axes(a, axis)
        found = function(np.where(missing, filler, a), axes, keepdims)
        return np.where(missing.all(axes, keepdims), np.nan, found)

    return adapter


def _nanvar(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, keepdims: bool = False
) -> Any:
    given("nanvar", dtype=dtype, out=out)
    axes, kept = _axes(a, axis), ~np.isnan(a)
    count = kept.sum(axes, True)
    zero = a.new_zeros(())
    known: Any = np.where(kept, a, zero)  # a tensor
    mean = known.sum(axes, True) / count
    squares: Any = np.where(kept, a - mean, zero) ** 2
    total = squares.sum(axes, keepdims)
    count = count.reshape(total.shape) - ddof
    return total / np.where(count > 0, count, np.nan)


def _cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None, fweights: Any = None,
    aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    given("cov", dtype=dtype)
    rows = floating(tensor(m))
    rows = rows.T if not rowvar and rows.ndim == 2 and rows.shape[0] != 1 else rows
    if y is not None:
        other = floating(tensor(y))
        other = other.T if not rowvar and other.ndim == 2 else other
        rows = np.concatenate([np.atleast_2d(rows), np.atleast_2d(other)])
    weights = {
        name: tensor(each) for name, each in (("fweights", fweights), ("aweights", aweights)) if each is not None
    }
    return correlation.cov(rows, correction=(0 if bias else 1) if ddof is None else ddof, **weights)


def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = _cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    scale = np.sqrt(np.diagonal(c))
    return c / scale[:, None] / scale[None, :]


_quantile, _nanquantile = _quantile_by(quantiles.quantile, 1), _quantile_by(quantiles.nanquantile, 1)
_cumsum, _cumprod = _along(cumulative.cumsum), _along(cumulative.cumprod)


def _prod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    given("prod", dtype=dtype, out=out)
    return _multiply_reduce(a, axis, keepdims)


def _ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    given("ptp", out=out)
    return extrema.amax(a, _axes(a, axis), keepdims) - extrema.amin(a, _axes(a, axis), keepdims)


FUNCTIONS: dict[Any, Any] = {
    np.amax: _over(extrema.amax),
    np.amin: _over(extrema.amin),
    np.average: _average,
    np.corrcoef: _corrcoef,
    np.cov: _cov,
    np.median: _median_by(_quantile),
    np.nancumprod: _passing_over(_cumprod, 1.0),
    np.nancumsum: _passing_over(_cumsum, 0.0),
    np.nanmax: _nan_extreme(extrema.amax, -np.inf),
    np.nanmean: _over(sums.nanmean),
    np.nanmedian: _median_by(_nanquantile),
    np.nanmin: _nan_extreme(extrema.amin, np.inf),
    np.nanpercentile: _quantile_by(quantiles.nanquantile, 100),
    np.nanprod: _passing_over(_prod, 1.0),
    np.nanquantile: _nanquantile,
    np.nanstd: lambda *args, **settings: np.sqrt(_nanvar(*args, **settings)),
    np.nanvar: _nanvar,
    np.percentile: _quantile_by(quantiles.quantile, 100),
    np.prod: _prod,
    np.ptp: _ptp,
    np.quantile: _quantile,
    np.std: _spread(moments.std),
    np.var: _spread(moments.var),
}
