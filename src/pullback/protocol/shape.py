"""NumPy's words for shapes, and ours, on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import diagonals as diagonal_words, dtypes, strides, unfolding, vocabulary
from pullback.graph.tensor_base import wrap
from pullback.ops.shape import (
    axes,
    bits,
    broadcasting,
    diagonals,
    joining,
    memory,
    repeating,
    reshape,
    singletons,
    splitting,
    turning,
    windows,
)


def _reshape(array: Any, shape: Any) -> Any:
    return reshape.reshape(array, shape)


def _transpose(array: Any, axes_: Any = None) -> Any:
    return axes.numpy_T(array) if axes_ is None else axes.permute(array, axes_)


def _concatenate(arrays: Any, axis: int | None = 0) -> Any:
    if axis is None:
        arrays, axis = [reshape.reshape(array, -1) for array in arrays], 0
    return joining.cat(list(arrays), axis)


def _squeeze(array: Any, axis: Any = None) -> Any:
    return singletons.squeeze(array, axis)


def _expand_dims(array: Any, axis: Any) -> Any:
    if isinstance(axis, (tuple, list)):
        places = {place % (array.ndim + len(axis)) for place in axis}
        return array[tuple([None if n in places else slice(None) for n in range(array.ndim + len(axis))])]
    return singletons.unsqueeze(array, axis)


def _flip(array: Any, axis: Any = None) -> Any:
    if axis is None:
        axis = tuple(range(array.ndim))
    return turning.flip(array, axis)


def _roll(array: Any, shift: Any, axis: Any = None) -> Any:
    return turning.roll(array, shift, () if axis is None else axis)


def _repeat(array: Any, repeats: Any, axis: int | None = None) -> Any:
    if isinstance(repeats, (list, tuple, np.ndarray)):
        repeats = wrap(np.asarray(repeats))
    return repeating.repeat_interleave(array, repeats, axis)


def _trace(array: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return diagonals.diagonal(array, offset, axis1, axis2).sum(-1)


FUNCTIONS: dict[Any, Any] = {
    np.reshape: _reshape,
    np.ravel: lambda a: reshape.reshape(a, -1),
    np.transpose: _transpose,
    np.swapaxes: axes.transpose,
    np.moveaxis: axes.movedim,
    np.squeeze: _squeeze,
    np.expand_dims: _expand_dims,
    np.broadcast_to: broadcasting.broadcast_to,
    np.broadcast_arrays: lambda *arrays: list(broadcasting.broadcast_tensors(*arrays)),
    np.concatenate: _concatenate,
    np.stack: lambda arrays, axis=0: joining.stack(list(arrays), axis),
    np.hstack: lambda arrays: joining.hstack(list(arrays)),
    np.vstack: lambda arrays: joining.vstack(list(arrays)),
    np.split: lambda a, sections, axis=0: list(splitting.tensor_split(a, sections, axis)),
    np.atleast_1d: singletons.atleast_1d,
    np.atleast_2d: singletons.atleast_2d,
    vocabulary.expand: broadcasting.expand,
    strides.restrided: lambda a, shape, steps, offset=0: windows.as_strided(
        a, shape, steps, a.storage_offset() + offset
    ),
    bits.reinterpreted: lambda array, dtype: bits.view_dtype(array, dtypes.from_numpy(dtype)),
    bits.as_pairs: bits.view_as_real,
    bits.as_complex: lambda a: bits.view_as_complex(memory.contiguous(a)),
    memory.copied: lambda a, memory_format: memory.clone(a, memory_format=memory_format),
    unfolding.windows: windows.unfold,
    unfolding.overlap_add: windows.overlap_add_tensor,
    diagonal_words.diagonal: diagonals.diagonal,
    diagonal_words.on_diagonal: diagonals.on_diagonal_tensor,
    diagonal_words.replaced_diagonal: diagonals.replaced_diagonal_tensor,
    np.diagonal: diagonals.diagonal,
    np.diag: diagonals.diag,
    np.diagflat: diagonals.diagflat,
    np.trace: _trace,
    np.triu: diagonals.triu,
    np.tril: diagonals.tril,
    np.flip: _flip,
    np.fliplr: turning.fliplr,
    np.flipud: turning.flipud,
    np.roll: _roll,
    np.rot90: turning.rot90,
    np.tile: lambda a, reps: repeating.tile(a, reps) if isinstance(reps, (tuple, list)) else repeating.tile(a, (reps,)),
    np.repeat: _repeat,
    np.dstack: lambda arrays: joining.dstack(list(arrays)),
    np.column_stack: lambda arrays: joining.column_stack(list(arrays)),
    np.atleast_3d: singletons.atleast_3d,
}
