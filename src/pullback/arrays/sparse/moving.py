"""Sparse arrays taken apart and put together: axes in another order, parts, joints, sums over axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.arrays.sparse.base import FUNCTIONS, Dense, unsupported
from pullback.arrays.sparse.compressed import compress, zeros
from pullback.arrays.sparse.coordinates import COO, empty


def transpose(array: Any, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order; sparse ones stay before dense ones."""
    order = list(range(array.ndim))[::-1] if axes is None else [axis % array.ndim for axis in axes]
    if order == sorted(order):
        return array.like(array.values)
    if not isinstance(array, COO):
        first = array.others.ndim - 1
        if order == [*range(first), first + 1, first, *range(first + 2, array.ndim)]:
            return array.turned()
        raise unsupported("permute", array.layout)
    sparse = array.sparse_dim
    if sorted(order[:sparse]) != list(range(sparse)):
        raise RuntimeError(
            "permute(sparse_coo): sparse dimensions cannot be exchanged with dense ones: "
            f"dims={order} of a tensor with {sparse} sparse dimensions"
        )
    values = array.values.transpose(0, *(axis - sparse + 1 for axis in order[sparse:]))
    coalesced = array.coalesced and order[:sparse] == list(range(sparse))
    return COO(array.indices[order[:sparse]], values, tuple(array.shape[axis] for axis in order), coalesced)


def swapaxes(array: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    order = list(range(array.ndim))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return transpose(array, order)


def getitem(array: Any, index: Any) -> Any:
    """``array[...]`` by integers, slices of step 1 and `None`; dense where no sparse axis is left."""
    index = list(index) if isinstance(index, tuple) else [index]
    if Ellipsis in index:
        place = index.index(Ellipsis)
        missing = array.ndim - sum(each is not None for each in index) + 1
        index[place : place + 1] = [slice(None)] * missing
    array, axis = array.coo(), 0
    for each in index:
        if each is None:
            array = _new_axis(array, axis)
        elif isinstance(each, slice):
            if each != slice(None):
                array = _range(array, axis, *each.indices(array.shape[axis]))
        elif isinstance(each, (int, np.integer)):
            array = array[_whole(axis, int(each))] if isinstance(array, np.ndarray) else _select(array, axis, int(each))
            axis -= 1
        else:
            raise unsupported("index.Tensor", array.layout)
        axis += 1
    return array


def _whole(axis: int, place: Any) -> tuple[Any, ...]:
    return (slice(None),) * axis + (place,)


def _select(array: COO, axis: int, place: int) -> Any:
    shape = array.shape[:axis] + array.shape[axis + 1 :]
    if axis >= array.sparse_dim:
        return COO(array.indices, array.values[_whole(axis - array.sparse_dim + 1, place)], shape, array.coalesced)
    kept = array.indices[axis] == place % array.shape[axis]
    values = array.values[kept]
    if array.sparse_dim == 1:
        return np.add.reduce(values, axis=0)
    return COO(np.delete(array.indices, axis, 0)[:, kept], values, shape, array.coalesced)


def _range(array: Any, axis: int, start: int, stop: int, step: int) -> Any:
    if step != 1 or isinstance(array, np.ndarray):
        raise unsupported("as_strided", "sparse_coo")
    shape = (*array.shape[:axis], max(stop - start, 0), *array.shape[axis + 1 :])
    if axis >= array.sparse_dim:
        cut = _whole(axis - array.sparse_dim + 1, slice(start, stop))
        return COO(array.indices, array.values[cut], shape, array.coalesced)
    kept = (array.indices[axis] >= start) & (array.indices[axis] < stop)
    indices = array.indices[:, kept]
    indices[axis] -= start
    return COO(indices, array.values[kept], shape, array.coalesced)


def _new_axis(array: COO, axis: int) -> COO:
    shape = (*array.shape[:axis], 1, *array.shape[axis:])
    if axis > array.sparse_dim:
        return COO(array.indices, np.expand_dims(array.values, axis - array.sparse_dim + 1), shape, array.coalesced)
    return COO(np.insert(array.indices, axis, 0, 0), array.values, shape, array.coalesced)


def put(array: Any, index: Any, shape: tuple[int, ...]) -> COO:
    """Zeros of `shape` in which ``[index]`` shows `array`: the transpose of `getitem` with one integer or slice."""
    places = [(axis, each) for axis, each in enumerate(index) if each is not Ellipsis and each != slice(None)]
    if len(places) != 1 or not isinstance(array, COO) or places[0][0] >= array.sparse_dim + 1:
        raise unsupported("select_backward", array.layout)
    ((axis, place),) = places
    if isinstance(place, slice):
        indices = array.indices.copy()
        indices[axis] += place.indices(shape[axis])[0]
    else:
        indices = np.insert(array.indices, axis, place % shape[axis], 0)
    return COO(indices, array.values, tuple(shape), array.coalesced)


def concatenate(arrays: Sequence[Any], axis: int = 0) -> COO:
    """Sparse arrays one after the other: their places follow one another too."""
    if not all(isinstance(array, COO) for array in arrays):
        raise RuntimeError(
            "Concatenating sparse tensors, but a dense tensor was found: all must have layout sparse_coo"
        )
    first, sparse = arrays[0], arrays[0].sparse_dim
    if any(array.sparse_dim != sparse or array.dense_dim != first.dense_dim for array in arrays):
        raise RuntimeError("All tensors must have the same sparse_dim() and dense_dim() to be concatenated")
    starts = np.cumsum([0, *(array.shape[axis] for array in arrays)])
    shape = (*first.shape[:axis], int(starts[-1]), *first.shape[axis + 1 :])
    indices, values = [array.indices for array in arrays], [array.values for array in arrays]
    if axis < sparse:
        indices = [index + start * (np.arange(sparse) == axis)[:, None] for index, start in zip(indices, starts)]
    else:
        values = [_padded(value, axis - sparse + 1, shape, sparse, start) for value, start in zip(values, starts)]
    return COO(np.concatenate(indices, 1), np.concatenate(values), shape)


def _padded(values: Dense, axis: int, shape: tuple[int, ...], sparse: int, start: int) -> Dense:
    out = np.zeros((len(values), *shape[sparse:]), values.dtype)
    out[_whole(axis, slice(start, start + values.shape[axis]))] = values
    return out


def pick(array: Any, indices: Sequence[Any], axes: Sequence[int]) -> COO:
    """The slices along one axis at the positions of a list, in its order."""
    if len(indices) > 1 or indices[0].ndim != 1 or indices[0].dtype.kind == "b":
        raise unsupported("index.Tensor", array.layout)
    array = array.coo()
    (index,), (axis,) = indices, axes
    shape = (*array.shape[:axis], len(index), *array.shape[axis + 1 :])
    if axis >= array.sparse_dim:
        return COO(array.indices, array.values.take(index, axis - array.sparse_dim + 1), shape, array.coalesced)
    order = np.argsort(array.indices[axis], kind="stable")
    ordered = array.indices[axis][order]
    starts, ends = np.searchsorted(ordered, index), np.searchsorted(ordered, index, "right")
    counts = ends - starts
    target = np.repeat(np.arange(len(index)), counts)
    chosen = order[np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(len(target))]
    found = array.indices[:, chosen]
    found[axis] = target
    return COO(found, array.values[chosen], shape)


def total(array: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None, **options: Any) -> Any:
    """The sum of all elements or over axes; dense where no sparse axis is left."""
    axes = tuple(range(array.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    axes = tuple(each % array.ndim for each in axes)
    layout, array = array.layout, array.coo()
    if layout != "sparse_coo" and len(axes) < array.ndim and not keepdims:
        raise RuntimeError("reduction operations on CSR tensors with keepdim=False is unsupported")
    sparse = array.sparse_dim
    inner = tuple(each - sparse + 1 for each in axes if each >= sparse)
    values = np.add.reduce(array.values, axis=inner, keepdims=keepdims, dtype=dtype) if inner or dtype else array.values
    left = [each for each in range(sparse) if each not in axes]
    if not left and not keepdims:
        return np.add.reduce(values, axis=0)
    indices = array.indices[left]
    lengths = [1 if each in axes else length for each, length in enumerate(array.shape)]
    if keepdims:
        indices = np.where(np.isin(np.arange(sparse), left)[:, None], array.indices, 0)
    shape = tuple(lengths if keepdims else [n for each, n in enumerate(array.shape) if each not in axes])
    same = len(left) == sparse and array.coalesced
    found = COO(indices, values, shape, same).unique()
    return found if layout == "sparse_coo" else compress(found, layout)


def zeros_like(array: Any, shape: tuple[int, ...] | None = None) -> Any:
    """A sparse array without values."""
    if not isinstance(array, COO):
        return zeros(array.shape if shape is None else shape, array.dtype, array.layout)
    shape = array.shape if shape is None else shape
    return empty(shape, array.dtype, None if len(shape) != array.ndim else array.sparse_dim)


def as_pairs(array: Any) -> COO:
    """Complex values as pairs along a last, dense axis."""
    array = array.coo()
    pairs = array.values[..., None].view(f"f{array.itemsize // 2}")
    return COO(array.indices, pairs, (*array.shape, 2), array.coalesced)


def full_like(array: Any, fill_value: Any, dtype: Any = None, shape: Any = None, **options: Any) -> Any:
    """As `zeros_like`; nothing but zeros is sparse, but the values of compressed layouts."""
    if fill_value != 0 and array.layout != "sparse_coo" and shape in (None, array.shape):
        found = array.like(np.full_like(array.values, fill_value))
        return found if dtype is None else found.astype(dtype)
    if fill_value != 0:
        raise unsupported("fill_.Scalar", array.layout)
    found = zeros_like(array, array.shape if shape is None else tuple(np.atleast_1d(shape).tolist()))
    return found if dtype is None else found.astype(dtype)


def squeeze(array: Any, axis: Any = None) -> Any:
    """The array without axes of length 1."""
    axes = [n for n, length in enumerate(array.shape) if length == 1] if axis is None else np.atleast_1d(axis).tolist()
    return getitem(array, tuple(0 if n in axes else slice(None) for n in range(array.ndim)))


def expand(array: Any, shape: tuple[int, ...]) -> Any:
    """The array itself, if it has `shape`."""
    if tuple(shape) != array.shape:
        raise RuntimeError("expand is unsupported for Sparse tensors")
    return array


def reshape(array: Any, *shape: Any, **options: Any) -> Any:
    """Refused."""
    raise RuntimeError("reshape is not implemented for sparse tensors")


def empty_like(array: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None) -> Any:
    """An array of the same layout without values."""
    if shape is None and array.layout != "sparse_coo":
        return array.like(np.zeros_like(array.values, dtype=dtype))  # the places stay
    found = zeros(array.shape if shape is None else shape, array.dtype if dtype is None else dtype, array.layout)
    return found if shape is not None or not isinstance(array, COO) else zeros_like(array).astype(found.dtype)


FUNCTIONS.update(
    reshape=reshape, transpose=transpose, permute_dims=transpose, swapaxes=swapaxes, getitem=getitem, put=put, concatenate=concatenate,
    pick=pick, sum=total, zeros_like=zeros_like, squeeze=squeeze, expand=expand, empty_like=empty_like, full_like=full_like, as_pairs=as_pairs,
)  # fmt: skip
FUNCTIONS.update(
    cast=lambda array, dtype: array.astype(dtype, copy=False),
    copied=lambda array, memory_format: _copied(array, memory_format),
    real=lambda array: array.real,
)


def _copied(array: Any, memory_format: str) -> Any:
    if memory_format != "preserve_format":
        word = memory_format.replace("_format", "").capitalize()
        raise RuntimeError(f"unsupported memory format option {word}")
    return array.copy()
