"""Index tensors and masks: the operators behind ``x[i, :, mask]`` and ``x[i] = values``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.arrays.scatter import pick, replaced_at, spread, write_at
from pullback.graph.inplace import in_place, spoken
from pullback.graph.operator import linear
from pullback.graph.overlap import warn_expanded
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.writable import ANYHOW, REPEATED, check_history, check_writable
from pullback.ops.index.parse import as_index_tensor, check_masks, picked_shape
from pullback.ops.index.quiet import is_quiet, write_quietly
from pullback.ops.numbers import cpp_name
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


@linear(node="IndexBackward0", input=lambda grad, indices, axes, input_shape: spread(grad, indices, axes, input_shape))
def _index(input: V, indices: Sequence[V], axes: tuple[int, ...]) -> V:
    return pick(input, indices, axes)


@linear(
    node="IndexPutBackward0",
    input=lambda grad, indices, axes, accumulate: (
        grad if accumulate else replaced_at(grad, indices, axes, np.zeros((), bool))
    ),
    values=lambda grad, indices, axes: pick(grad, indices, axes),
)
def _index_put(input: V, indices: Sequence[V], axes: tuple[int, ...], values: V, accumulate: bool) -> V:
    return replaced_at(input, indices, axes, values, accumulate)


def index(input: V, indices: list[Any], axes: tuple[int, ...]) -> V:
    """The elements of `input` at index tensors or masks that stand at `axes`; not a view."""
    if len(indices) > 1 or indices[0]._array.dtype.kind == "b":
        check_masks(input._array.shape, indices, axes)
    return _index(input, indices, axes)


def _settled(input: Any, indices: Any, values: Any, name: str = "index_put") -> tuple[list[Any], tuple[int, ...]]:
    """Index tensors and their axes, from a tuple of tensors that take one axis (a mask: its axes) each."""
    if not isinstance(indices, (tuple, list)):
        raise TypeError(
            f"{name}(): argument 'indices' (position 1) must be tuple of Tensors, not {type(indices).__name__}"
        )
    if not isinstance(values, TensorBase):
        raise TypeError(f"{name}(): argument 'values' (position 2) must be Tensor, not {type(values).__name__}")
    found, axes, axis = [], [], 0
    whole = None
    for index in indices:
        if index is None:
            axis += 1
            continue
        tensor = as_index_tensor(index)
        is_mask = tensor._array.dtype.kind == "b"
        if is_mask and not tensor._array.ndim:
            whole = tensor
            continue
        found.append(tensor)
        axes.append(axis)
        axis += tensor._array.ndim if is_mask else 1
    if whole is not None and not found:  # a mask without axes, alone: everything or nothing
        return [wrap(np.broadcast_to(whole._array, input._array.shape))], (0,)
    if axis > input._array.ndim:
        raise IndexError(f"too many indices for tensor of dimension {input._array.ndim} (got {axis})")
    check_masks(input._array.shape, found, axes)
    return found, tuple(axes)


def _check_values(input: Any, indices: list[Any], axes: tuple[int, ...], values: Any, any_dtype: bool = False) -> None:
    shape = picked_shape(input._array.shape, indices, axes)
    have = values._array.shape
    extra = len(shape) - len(have)
    if extra < 0 or any(n not in (1, m) for n, m in zip(have, shape[extra:])):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(have)} cannot be broadcast to indexing result of shape "
            f"{list(shape)}"
        )
    if input._array.dtype != values._array.dtype and not any_dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{spoken(input._array.dtype)} for the destination and {spoken(values._array.dtype)} for the source."
        )


@asks_for_tensors
def index_put(input: V, indices: Any, values: V, accumulate: bool = False) -> V:
    """A copy of `input` with `values` at the places that a tuple of index tensors names (or added there).

    Raises ``RuntimeError`` if dtypes differ or `values` does not broadcast to the shape of ``input[indices]``.

    >>> import pullback as torch
    >>> torch.zeros(3).index_put((torch.tensor([1, 1]),), torch.tensor([2., 3.]), accumulate=True)
    tensor([0., 5., 0.])
    """
    found, axes = _settled(input, indices, values)
    _check_values(input, found, axes, values)
    return _index_put(input, found, axes, values, accumulate)


_index_put_recorded = in_place(_index_put, "index_put_", REPEATED)
_index_fill_recorded = in_place(_index_put, "index_put_", ANYHOW)


def index_put_(input: V, indices: Any, values: V, accumulate: bool = False) -> V:
    """`index_put` in place."""
    if isinstance(values, TensorBase):
        check_history(input, values)
    found, axes = _settled(input, indices, values, "index_put_")
    return write_values(input, found, axes, values, accumulate)


def write_values(input: V, indices: list[Any], axes: tuple[int, ...], values: V, accumulate: bool = False) -> V:
    """Write `values` into `input` at index tensors; without a history to record, straight into the memory."""
    arrays = [index._array for index in indices]
    filled = values._array.size == 1 and not accumulate and len(arrays) == 1 and arrays[0].dtype.kind == "b"
    sharing = ANYHOW if filled else REPEATED  # one value at a mask is read before anything is written
    check_writable(input, (*indices, values), sharing)
    if filled and values._array.dtype.kind == "c" and input._array.dtype.kind not in "bc" and values._array.imag.any():
        raise RuntimeError(f"value cannot be converted to type {cpp_name(input._array.dtype)} without overflow")
    _check_values(input, indices, axes, values, any_dtype=filled)
    if filled:
        warn_expanded(input._array, "masked_fill_")
    else:
        warn_expanded(input._array, "index_put_", "tensor[indices] = tensor")
    if not is_quiet(input, values):
        recorded = _index_fill_recorded if filled else _index_put_recorded
        return recorded(input, indices, axes, values, accumulate)
    return write_quietly(
        input,
        lambda memory: write_at(memory, arrays, axes, values._array, accumulate),
        *indices,
        values,
        sharing=sharing,
    )
