"""What keeps samples apart, and what sums over them: the rules of `SampleArray`. `None` means: write it out."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import along, masks, reductions, resampling, scatter, vocabulary, windows
from pullback.arrays.batched.array import BatchedArray
from pullback.arrays.batched.brackets import as_tuple
from pullback.arrays.batched.products import outer
from pullback.arrays.batched.samples import SampleArray, is_shared, sample_axis
from pullback.arrays.correlation import correlate_input, correlate_weight
from pullback.arrays.maxima import spread_places
from pullback.arrays.products import product

_UNARY = (np.negative, np.positive, np.conjugate)
_SUMS = (np.add, np.subtract)
_WHOLE = slice(None)


def on_ufunc(ufunc: np.ufunc, method: str, inputs: Any, kwargs: Any) -> Any:
    """The result of a ufunc that is linear in the cotangents."""
    if method == "reduce" and ufunc is np.add:
        return _sum(*inputs, **kwargs)
    if method != "__call__" or kwargs:
        return None
    if ufunc in _UNARY:
        return inputs[0].like(ufunc(inputs[0].payload))
    first, second = inputs if len(inputs) == 2 else (None, None)
    if ufunc is np.matmul:
        return _matmul(first, second)
    if ufunc in _SUMS:
        return _added(ufunc, first, second)
    if ufunc is np.multiply and first.__class__ is not SampleArray:
        first, second = second, first
    if ufunc in (np.multiply, np.true_divide) and first.__class__ is SampleArray and is_shared(second):
        return _kept(first, ufunc(first.payload, second))
    return None


def _kept(array: SampleArray, payload: Any) -> Any:
    """A result of broadcasting, if the samples still lie along one axis of it."""
    axis = array.axis + payload.ndim - array.ndim
    return array.like(payload, axis) if payload.shape[axis] == array.shape[array.axis] else None


def _added(ufunc: np.ufunc, first: Any, second: Any) -> Any:
    if first.__class__ is not second.__class__ or (first.axis, first.level, first.shape) != (
        second.axis,
        second.level,
        second.shape,
    ):
        return None
    return first.like(ufunc(first.payload, second.payload))


def _sum(array: SampleArray, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    every = range(array.ndim)
    axes = tuple(every) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple([each % array.ndim for each in axes]) if array.ndim else ()
    if array.axis not in axes:
        found = np.add.reduce(array.payload, axis=axes, dtype=dtype, keepdims=keepdims)
        return array.like(found, array.axis if keepdims else array.axis - sum(each < array.axis for each in axes))
    others = tuple([each + 2 if each < array.axis else each + 1 for each in axes if each != array.axis])
    found = np.add.reduce(array.cut(), axis=(1, *others), dtype=dtype)
    if keepdims:
        found = found.reshape(array.count, *[1 if each in axes else array.shape[each] for each in every])
    return BatchedArray(found, array.level)


def _matmul(first: Any, second: Any) -> Any:
    if first.__class__ is SampleArray:
        if not is_shared(second) or second.ndim > max(first.ndim, 2):
            return None
        if first.axis != first.ndim - 1:
            return first.like(product(first.payload, second))
        if first.ndim == second.ndim == 2:
            return _contracted(first, np.moveaxis(first.cut(), 2, 1), first.cut(second, 0))
        return None
    if not is_shared(first) or first.ndim > max(second.ndim, 2) or second.ndim < 2:
        return None
    if second.axis != second.ndim - 2:
        return second.like(product(first, second.payload))
    if first.ndim == second.ndim == 2:
        return _contracted(second, np.moveaxis(second.cut(first, 1), 2, 1), second.cut())
    return None


def _contracted(array: SampleArray, left: Any, right: Any) -> Any:
    """A product that sums over the samples, taken sample by sample: outer products where each has one row."""
    return BatchedArray(outer(left, right) if left.shape[-1] == 1 else product(left, right), array.level)


def _elementwise(function: Any) -> Any:
    def rule(array: Any, *others: Any) -> Any:
        if array.__class__ is not SampleArray or not all(
            isinstance(x, (np.dtype, type)) or is_shared(x) for x in others
        ):
            return None
        return _kept(array, function(array.payload, *others))

    return rule


def _where(condition: Any, first: Any, second: Any) -> Any:
    if not is_shared(condition):
        return None
    for one, other, turn in ((first, second, False), (second, first, True)):
        if one.__class__ is SampleArray and is_shared(other) and np.ndim(other) == 0 and not other:
            return _kept(one, np.where(condition, 0, one.payload) if turn else np.where(condition, one.payload, 0))
    return None


def _reshape(array: SampleArray, shape: Any) -> Any:
    found = array.payload.reshape(shape)
    axis = sample_axis(array, found.shape)
    return None if axis is None else array.like(found, axis)


def _transpose(array: SampleArray, axes: Any = None) -> Any:
    order = list(range(array.ndim))[::-1] if axes is None else [axis % array.ndim for axis in axes]
    return array.like(array.payload.transpose(order), order.index(array.axis))


def _swapaxes(array: SampleArray, first: int, second: int) -> Any:
    first, second = first % array.ndim, second % array.ndim
    axis = {first: second, second: first}.get(array.axis, array.axis)
    return array.like(array.payload.swapaxes(first, second), axis)


def _expand(array: SampleArray, shape: Any) -> Any:
    return _kept(array, vocabulary.expand(array.payload, tuple(shape)))


def _put(array: SampleArray, index: Any, shape: Any) -> Any:
    index = as_tuple(index)
    if any(each != _WHOLE for each in index[: array.axis + 1]) or len(index) <= array.axis:
        return None
    return array.like(scatter.put(array.payload, index, shape))


def _on_last_axes(function: Any, place: int) -> Any:
    """A word on as many last axes as its argument at `place` is long, with the samples among those before."""

    def rule(array: Any, *args: Any) -> Any:
        if array.__class__ is not SampleArray or array.axis >= array.ndim - len(args[place]):
            return None
        return array.like(function(array.payload, *args))

    return rule


def _spread(array: Any, indices: Any, axes: Any, shape: Any) -> Any:
    index = indices[0]
    if array.__class__ is not SampleArray or len(indices) != 1 or axes[0] or array.axis or not is_shared(index):
        return None
    if not np.ndim(index) or index.dtype.kind == "b":
        return None
    rows = BatchedArray(array.cut(), array.level)
    return scatter.spread(rows, [BatchedArray(array.cut(index, 0), array.level)], axes, shape)


def _along(function: Any) -> Any:
    """A word that writes along an axis which is not that of the samples."""

    def rule(array: Any, index: Any, axis: int, *args: Any) -> Any:
        if array.__class__ is not SampleArray or not is_shared(index) or axis % array.ndim == array.axis:
            return None
        return _kept(array, function(array.payload, index, axis, *args))

    return rule


def _correlate_input(y: Any, w: Any, sizes: Any, geometry: Any) -> Any:
    if y.__class__ is not SampleArray or y.axis or not is_shared(w):
        return None
    return y.like(correlate_input(y.payload, w, sizes, geometry))


def _correlate_weight(y: Any, x: Any, kernel: Any, geometry: Any) -> Any:
    if y.__class__ is not SampleArray or y.axis or not is_shared(x):
        return None
    return correlate_weight(BatchedArray(y.cut(), y.level), BatchedArray(y.cut(x, 0), y.level), kernel, geometry)


RULES: dict[Any, Any] = {
    np.where: _where,
    np.reshape: _reshape,
    np.transpose: _transpose,
    np.swapaxes: _swapaxes,
    np.broadcast_to: _expand,
    vocabulary.expand: _expand,
    vocabulary.cast: _elementwise(vocabulary.cast),
    vocabulary.zeros_like: lambda array, shape=None: np.zeros(array.shape if shape is None else shape, array.dtype),
    masks.keep: _elementwise(masks.keep),
    masks.drop: _elementwise(masks.drop),
    masks.hardtanh_backward: _elementwise(masks.hardtanh_backward),
    masks.threshold_backward: _elementwise(masks.threshold_backward),
    scatter.put: _put,
    scatter.spread: _spread,
    along.spread_along: _along(along.spread_along),
    reductions.put_along: _along(reductions.put_along),
    windows.pad: _on_last_axes(windows.pad, 0),
    windows.sum_windows: _on_last_axes(windows.sum_windows, 0),
    windows.spread_windows: _on_last_axes(windows.spread_windows, 0),
    resampling.resample: _on_last_axes(resampling.resample, 0),
    spread_places: _on_last_axes(spread_places, 1),
    correlate_input: _correlate_input,
    correlate_weight: _correlate_weight,
}


def rule_of(function: Any) -> Any:
    """The rule for one of NumPy's functions or our words, or `None`."""
    return RULES.get(function)
