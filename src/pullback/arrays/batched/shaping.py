"""Shapes: reshape, permute, join, cut. Axes move up by one, the batch stays in front."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import diagonals, strides, unfolding, vocabulary
from pullback.arrays.batched.array import BatchedArray, payload_at, ranked
from pullback.arrays.batched.looping import loop, sizes_in
from pullback.arrays.batched.rules import alone, whole
from pullback.arrays.batched.ufuncs import shifted, shifted_axes


def _reshape(level: int, array: Any, shape: Any, order: str = "C", **_: Any) -> Any:
    wanted = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    size = array.batch_size
    if -1 in wanted:
        wanted = strides.inferred_shape(wanted, array.size)
    return BatchedArray(vocabulary.reshape(array.payload, (size, *wanted)), level)


def _transpose(level: int, array: Any, axes: Any = None) -> Any:
    ndim = array.ndim
    order = tuple(range(ndim))[::-1] if axes is None else [axis % ndim for axis in axes]
    return BatchedArray(vocabulary.transpose(array.payload, (0, *[axis + 1 for axis in order])), level)


def _swapaxes(level: int, array: Any, axis1: int, axis2: int) -> Any:
    payload = array.payload
    if axis1 < 0 > axis2 and min(axis1, axis2) > -payload.ndim:  # counted from the end: the same axes
        return BatchedArray(vocabulary.swapaxes(payload, axis1, axis2), level)
    if not array.ndim:
        raise np.exceptions.AxisError(axis1, 0)
    return BatchedArray(
        vocabulary.swapaxes(array.payload, shifted(axis1, array.ndim), shifted(axis2, array.ndim)), level
    )


def _moveaxis(level: int, array: Any, source: Any, destination: Any) -> Any:
    return BatchedArray(
        np.moveaxis(array.payload, shifted_axes(source, array.ndim), shifted_axes(destination, array.ndim)), level
    )


def _expand_dims(level: int, array: Any, axis: Any) -> Any:
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    return BatchedArray(np.expand_dims(array.payload, shifted_axes(axes, array.ndim + len(axes))), level)


def _squeeze(level: int, array: Any, axis: Any = None) -> Any:
    axes = [n for n, length in enumerate(array.shape) if length == 1] if axis is None else axis
    return BatchedArray(np.squeeze(array.payload, shifted_axes(axes, array.ndim)), level)


def _expand(level: int, array: Any, shape: Any) -> Any:
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    payload = ranked(array.payload, len(shape))
    if payload.ndim != len(shape) + 1:
        raise ValueError(f"cannot broadcast shape {array.shape} to {shape}")
    return BatchedArray(vocabulary.expand(payload, (array.batch_size, *shape)), level)


def _broadcast_arrays(level: int, *arrays: Any, **_: Any) -> Any:
    shape = np.broadcast_shapes(*[each.shape for each in arrays])
    return [each if each.shape == shape else vocabulary.expand(each, shape) for each in arrays]


def _concatenate(level: int, arrays: Any, axis: int | None = 0, **_: Any) -> Any:
    if axis is None:
        arrays, axis = [np.reshape(each, -1) for each in arrays], 0
    size = sizes_in(list(arrays), level)
    parts = [whole(each, level, size) for each in arrays]
    return BatchedArray(np.concatenate(parts, shifted(axis, parts[0].ndim - 1)), level)


def _stack(level: int, arrays: Any, axis: int = 0, **_: Any) -> Any:
    size = sizes_in(list(arrays), level)
    parts = [whole(np.asanyarray(each) if np.isscalar(each) else each, level, size) for each in arrays]
    return BatchedArray(np.stack(parts, shifted(axis, parts[0].ndim)), level)


def _flip(level: int, array: Any, axis: Any = None) -> Any:
    return BatchedArray(np.flip(array.payload, shifted_axes(axis, array.ndim)), level)


def _roll(level: int, array: Any, shift: Any, axis: Any = None) -> Any:
    if axis is None:
        return _reshape(level, _roll(level, _reshape(level, array, (-1,)), shift, 0), array.shape)
    axes = shifted_axes(axis, array.ndim)
    return BatchedArray(np.roll(array.payload, shift, axes if isinstance(axis, (tuple, list)) else axes[0]), level)


def _repeat(level: int, array: Any, repeats: Any, axis: int | None = None) -> Any:
    if repeats.__class__ is BatchedArray:
        return loop(np.repeat, (array, repeats, axis), {})
    if axis is None:
        array, axis = _reshape(level, array, (-1,)), 0
    return BatchedArray(np.repeat(array.payload, repeats, shifted(axis, array.ndim)), level)


def _tile(level: int, array: Any, reps: Any) -> Any:
    reps = (reps,) if isinstance(reps, int) else tuple(reps)
    reps = (1,) * (array.ndim - len(reps)) + reps
    return BatchedArray(np.tile(ranked(array.payload, len(reps)), (1, *reps)), level)


def _split(level: int, array: Any, sections: Any, axis: int = 0) -> Any:
    return [BatchedArray(each, level) for each in np.split(array.payload, sections, shifted(axis, array.ndim))]


def _restrided(level: int, array: Any, shape: Any, steps: Any, offset: int = 0) -> Any:
    payload = array.payload
    if payload.__class__ is BatchedArray:
        return loop(strides.restrided, (array, shape, steps, offset), {})
    front = strides.element_strides(payload)[0] if payload.size else 0
    return BatchedArray(strides.restrided(payload, (payload.shape[0], *shape), (front, *steps), offset), level)


def _diagonal(level: int, array: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    first, second = shifted(axis1, array.ndim), shifted(axis2, array.ndim)
    return BatchedArray(diagonals.diagonal(array.payload, offset, first, second), level)


def _on_diagonal(level: int, array: Any, offset: int, axis1: int, axis2: int, shape: Any) -> Any:
    first, second = shifted(axis1, len(shape)), shifted(axis2, len(shape))
    return BatchedArray(diagonals.on_diagonal(array.payload, offset, first, second, (array.batch_size, *shape)), level)


def _replaced_diagonal(level: int, array: Any, values: Any, offset: int, axis1: int, axis2: int) -> Any:
    size = sizes_in((array, values), level)
    first, second = shifted(axis1, array.ndim), shifted(axis2, array.ndim)
    put = payload_at(values, level)
    parts = whole(array, level, size), values if put is None else ranked(put, array.ndim - 1)
    return BatchedArray(diagonals.replaced_diagonal(*parts, offset, first, second), level)


def _windows(level: int, array: Any, dim: int, size: int, step: int) -> Any:
    if not array.ndim:
        return BatchedArray(array.payload[:, None][:, :size], level)
    return BatchedArray(unfolding.windows(array.payload, shifted(dim, array.ndim), size, step), level)


def _overlap_add(level: int, array: Any, dim: int, size: int, step: int, shape: Any) -> Any:
    if not shape:
        return loop(unfolding.overlap_add, (array, dim, size, step, shape), {})
    wanted = (array.batch_size, *shape)
    return BatchedArray(unfolding.overlap_add(array.payload, shifted(dim, len(shape)), size, step, wanted), level)


def _copied(level: int, array: Any, memory_format: str) -> Any:
    if memory_format in strides.AXES_LAST:
        told = "ChannelsLast" + "3d" * memory_format.endswith("3d")
        raise RuntimeError(
            "NYI: Tensor.clone(memory_format) inside vmap is only supported with memory_format torch.preserve_format or "
            f"torch.contiguous_format (got {told})"
        )
    return BatchedArray(np.copy(array.payload, order="C" if memory_format == "contiguous_format" else "K"), level)


def _as_pairs(level: int, array: Any) -> Any:
    payload = array.payload
    kind = np.dtype(f"f{payload.dtype.itemsize // 2}")
    return BatchedArray(payload[..., None].view(kind), level)


def _as_complex(level: int, array: Any) -> Any:
    payload = array.payload
    kind = np.dtype(f"c{payload.dtype.itemsize * 2}")
    if payload.__class__ is np.ndarray and payload.strides[-1] == payload.dtype.itemsize:
        return BatchedArray(payload.view(kind)[..., 0], level)
    return BatchedArray(payload[..., 0] + kind.type(1j) * payload[..., 1], level)


def _reinterpreted(level: int, array: Any, dtype: Any) -> Any:
    return BatchedArray(array.payload.view(dtype), level)


def _atleast(ndim: int) -> Any:
    def rule(level: int, *arrays: Any) -> Any:
        found = [each if each.ndim >= ndim else _reshape(level, each, _lengthened(each.shape, ndim)) for each in arrays]
        return found[0] if len(found) == 1 else found

    return rule


def _lengthened(shape: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    """Where NumPy puts the missing axes: in front, of three also one behind."""
    if ndim == 3 and len(shape) == 2:
        return (*shape, 1)
    if ndim == 3 and len(shape) == 1:
        return (1, *shape, 1)
    return (1,) * (ndim - len(shape)) + shape


RULES: dict[Any, Any] = {
    np.reshape: _reshape,
    np.ravel: lambda level, array, order="C": _reshape(level, array, (-1,)),
    np.transpose: _transpose,
    np.swapaxes: _swapaxes,
    np.moveaxis: _moveaxis,
    np.expand_dims: _expand_dims,
    np.squeeze: _squeeze,
    np.broadcast_to: lambda level, array, shape, subok=False: _expand(level, array, shape),
    np.broadcast_arrays: _broadcast_arrays,
    np.concatenate: _concatenate,
    np.stack: _stack,
    np.flip: _flip,
    np.roll: _roll,
    np.repeat: _repeat,
    np.tile: _tile,
    np.split: _split,
    np.atleast_1d: _atleast(1),
    np.atleast_2d: _atleast(2),
    np.atleast_3d: _atleast(3),
    np.triu: alone(np.triu, 2),
    np.tril: alone(np.tril, 2),
    np.diagonal: _diagonal,
    vocabulary.expand: _expand,
    strides.restrided: _restrided,
    diagonals.diagonal: _diagonal,
    diagonals.on_diagonal: _on_diagonal,
    diagonals.replaced_diagonal: _replaced_diagonal,
    unfolding.windows: _windows,
    unfolding.overlap_add: _overlap_add,
    "pullback.ops.shape.memory.copied": _copied,
    "pullback.ops.shape.bits.as_pairs": _as_pairs,
    "pullback.ops.shape.bits.as_complex": _as_complex,
    "pullback.ops.shape.bits.reinterpreted": _reinterpreted,
}
