"""Tensors cut into equal chunks that are laid side by side, as sharded training sends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback.graph.out import store
from pullback.ops.dims import wrap_dim
from pullback.ops.shape.joining import cat
from pullback.ops.shape.padding import constant_pad_nd
from pullback.ops.shape.reshape import reshape
from pullback.ops.typing import V


def _chunk_cat(tensors: Sequence[Any], dim: int, num_chunks: int, *, out: Any = None) -> V:
    """Each tensor cut along `dim` into `num_chunks` chunks, flattened from there on, and all joined chunk by chunk.

    The result has the axes before `dim`, then one of length `num_chunks`, then the elements of a chunk of all tensors;
    what is missing to a whole chunk is zero. Raises ``RuntimeError`` for tensors whose leading axes differ.
    """
    if num_chunks < 1:
        raise RuntimeError("_chunk_cat expects positive num_chunks")
    if not tensors:
        raise RuntimeError("_chunk_cat expects a non-empty input tensor list")
    axis = _common_axis([tuple(tensor._array.shape) for tensor in tensors], dim)
    result: Any = cat([_chunks(tensor, axis, num_chunks) for tensor in tensors], axis + 1)
    return result if out is None else store("_chunk_cat", out, result)


def _common_axis(shapes: list[tuple[int, ...]], dim: int) -> int:
    first = shapes[0]
    if dim < 0 and any(len(shape) != len(first) for shape in shapes):
        raise RuntimeError("_chunk_cat expects non-negative dim when input tensors have different ndims")
    axis = wrap_dim(dim, len(first))
    if any(0 in shape for shape in shapes):
        raise RuntimeError("_chunk_cat expects non-empty tensor")
    if any(axis >= len(shape) for shape in shapes):
        raise RuntimeError("_chunk_cat expects dim < ndim for all input tensors")
    if any(shape[:axis] != first[:axis] for shape in shapes):
        raise RuntimeError("_chunk_cat expects same sizes of 0,...,dim-1 dimensions for all tensors")
    return axis


def _chunks(tensor: Any, axis: int, count: int) -> V:
    shape = tensor._array.shape
    missing = -shape[axis] % count
    whole = constant_pad_nd(tensor, [0, 0] * (len(shape) - axis - 1) + [0, missing]) if missing else tensor
    return reshape(whole, (*shape[:axis], count, -1))
