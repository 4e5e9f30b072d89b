"""What stands between the brackets: basic indices become views one by one, index tensors are collected.

``x[0, :, i, None]`` is ``select``, a full slice, an index tensor for the axis after it and ``unsqueeze``. The result is
the view and the index tensors with the axes of the view that they stand for.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from operator import index as as_int
from typing import Any

import numpy as np

from pullback.graph.once import outside
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.creation.data import as_array
from pullback.ops.index.kinds import INTEGERS, UINT8
from pullback.ops.shape.singletons import _unsqueeze as unsqueeze
from pullback.ops.shape.windows import _select as select, slice_
from pullback.ops.typing import V

_BYTE_MASK = "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead."
_SEQUENCE = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use "
    "x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], "
    "which will result either in an error or a different result"
)
_SCALAR = (
    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim "
    "tensor to a number"
)
_FULL = slice(None)


def select_at(view: V, dim: int, place: int, seen: int | None = None) -> V:
    """Position `place` of axis `dim` of a view, which messages call `seen`."""
    shape = view._array.shape
    if not shape:
        raise IndexError(f"index {place} is out of bounds for dimension 0 with size 0" if place else _SCALAR)
    if not -shape[dim] <= place < shape[dim]:
        if not -(2**63) <= place < 2**63:
            raise ValueError("Overflow when unpacking long long")
        raise IndexError(
            f"index {place} is out of bounds for dimension {dim if seen is None else seen} with size {shape[dim]}"
        )
    return select(view, dim, place)


def slice_at(view: V, dim: int, part: slice, always: bool = False) -> V:
    """The range `part` of axis `dim`; the view itself if it is the whole axis, unless `always`."""
    shape = view._array.shape
    if not shape:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    start, stop, step = part.indices(shape[dim])
    if step < 0:
        raise ValueError("step must be greater than zero")
    if not part.start and stop == shape[dim] and step == 1 and not always:
        return view
    return slice_(view, dim, start, max(start, stop), step)


def parse(input: V, index: Any) -> tuple[V, list[Any], list[int]]:
    """The view that the basic part of `index` gives, and the index tensors with their axes in it."""
    items = index if index.__class__ is tuple else _as_items(index)
    view, dim = input, 0
    tensors: list[Any] = []
    axes: list[int] = []
    given = _count(items)
    if given > input._array.ndim and (index is items or not isinstance(items[0], (int, np.integer, slice))):
        raise IndexError(f"too many indices for tensor of dimension {input._array.ndim}")
    for number, item in enumerate(items):
        kind = item.__class__
        if kind is int:
            view = select_at(view, dim, item, number)
        elif kind is slice:
            view = slice_at(view, dim, item)
            dim += 1
        elif item is Ellipsis:
            dim += input._array.ndim - given
        elif item is None:
            view = unsqueeze(view, dim)
            dim += 1
        else:
            place = _array_index(item)
            if isinstance(place, int):
                view = select_at(view, dim, place, number)
                continue
            if not place._array.ndim:
                view = unsqueeze(view, dim)
                place = wrap(place._array.reshape(1))
            tensors.append(place)
            axes.append(dim)
            dim += place._array.ndim if place._array.dtype.kind == "b" else 1
    if len(axes) and dim > view._array.ndim:
        raise IndexError(f"too many indices for tensor of dimension {input._array.ndim}")
    return view, tensors, axes


def _count(items: Sequence[Any]) -> int:
    """How many axes the items take."""
    taken = 0
    for item in items:
        if item is None or item is Ellipsis or item.__class__ is bool:
            continue
        shape = getattr(item, "shape", None)
        if shape is not None and _is_mask(item):
            taken += len(shape)
        else:
            taken += 1
    return taken


def _is_mask(item: Any) -> bool:
    dtype = item._array.dtype if isinstance(item, TensorBase) else item.dtype
    return dtype.kind == "b" or (dtype.kind == "u" and dtype.itemsize == 1)


def _as_items(index: Any) -> Sequence[Any]:
    """A single index as a tuple; a list that holds more than numbers is a tuple too, which PyTorch warns of."""
    if isinstance(index, tuple):
        return index
    if isinstance(index, list) and len(index) < 32:
        for item in index:
            if item is None or item is Ellipsis or isinstance(item, (slice, Sequence, TensorBase, np.ndarray)):
                warnings.warn(_SEQUENCE, UserWarning, stacklevel=outside())
                return index
    return (index,)


def _array_index(item: Any) -> Any:
    """An index that is neither basic nor an integer, as an index tensor; an integer where it is one."""
    if isinstance(item, TensorBase):
        if not item._array.ndim and item._array.dtype.kind in "iu" and item._array.dtype != UINT8:
            return int(item._array)
        return as_index_tensor(item)
    if isinstance(item, bool):
        return wrap(np.array(item))
    if isinstance(item, np.ndarray):
        if not item.ndim and item.dtype.kind in "iu":
            return int(item)
        return as_index_tensor(wrap(item))
    if isinstance(item, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(item).__name__}'")
    if isinstance(item, Sequence):
        return as_index_tensor(_from_sequence(item))
    if not isinstance(item, np.bool_) and hasattr(item, "__index__"):
        return as_int(item)
    kind = type(item)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    raise IndexError(
        f"only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {name})"
    )


def _from_sequence(items: Sequence[Any]) -> Any:
    array = np.asarray(as_array(list(items)))
    return wrap(array if array.size and array.dtype.kind in "biu" else array.astype(np.int64))


def as_index_tensor(tensor: Any) -> Any:
    """A tensor that may serve as an index: of int64, int32 or bool; a byte mask becomes a boolean one.

    Raises ``IndexError`` for other dtypes.
    """
    if not isinstance(tensor, TensorBase):
        raise TypeError(f"expected Tensor as element 0 in argument 0, but got {type(tensor).__name__}")
    dtype = tensor._array.dtype
    if dtype in INTEGERS or dtype.kind == "b":
        return tensor
    if dtype == UINT8:
        warnings.warn(_BYTE_MASK, UserWarning, stacklevel=outside())
        return wrap(tensor._array.astype(bool))
    raise IndexError("tensors used as indices must be long, int, byte or bool tensors")


def check_masks(shape: Sequence[int], indices: Sequence[Any], axes: Sequence[int]) -> None:
    """Raise ``IndexError`` for a mask whose axes are not as long as those it stands for."""
    for index, axis in zip(indices, axes):
        mask = index._array
        if mask.dtype.kind != "b":
            continue
        if axis + mask.ndim > len(shape):
            raise IndexError(f"too many indices for tensor of dimension {len(shape)}")
        for place, length in enumerate(mask.shape):
            if length != shape[axis + place]:
                raise IndexError(
                    f"The shape of the mask {list(mask.shape)} at index {place} does not match the shape of the "
                    f"indexed tensor {list(shape)} at index {axis + place}"
                )


def picked_shape(shape: Sequence[int], indices: Sequence[Any], axes: Sequence[int]) -> tuple[int, ...]:
    """The shape of what index tensors pick from a tensor of `shape`."""
    indices = [index._array for index in indices]
    counts = [(int(np.count_nonzero(i)),) if i.dtype.kind == "b" else i.shape for i in indices]
    try:
        common = np.broadcast_shapes(*counts)
    except ValueError:
        shapes = ", ".join(str(list(count)) for count in counts)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        ) from None
    taken: list[int] = []
    for index, axis in zip(indices, axes):
        taken += range(axis, axis + (index.ndim if index.dtype.kind == "b" else 1))
    rest = [n for axis, n in enumerate(shape) if axis not in taken]
    if not taken:
        raise RuntimeError("at least one index must be provided")
    together = taken == list(range(taken[0], taken[0] + len(taken)))
    front = taken[0] if together else 0
    return (*rest[:front], *common, *rest[front:])
