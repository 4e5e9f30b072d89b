"""Elements named by an index array along one axis: gather, and the writes that mirror it, on a copy.

Element ``[i, j, k]`` of the index stands for ``[i, index[i, j, k], k]`` of the array (for axis 1); the other axes of
the index may be shorter than those of the array.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays.row_sums import add_rows
from pullback.arrays.vocabulary import dispatched


@dispatched
def pick_along(array: Any, index: Any, axis: int) -> Any:
    """The elements of `array` at `index` along `axis`; other axes of `index` may be shorter than those of `array`.

    >>> pick_along(np.array([[1, 2], [3, 4]]), np.array([[1]]), 1)
    array([[2]])
    """
    if axis == 0 and _names_rows(index, array):
        return array.take(index[:, 0], axis=0)
    if _is_flat(array, index, axis):
        return array.reshape(-1).take(_flat(index, array.shape, axis))
    return array[along(index, axis)]


def _is_flat(array: np.ndarray, index: np.ndarray, axis: int) -> bool:
    """Whether the other axes of the index are as long as those of `array`, and a flat index is worth its arithmetic."""
    if index.size < _MANY or index.ndim < 2 or not array.flags.c_contiguous:
        return False
    return index.shape[:axis] == array.shape[:axis] and index.shape[axis + 1 :] == array.shape[axis + 1 :]


_MANY = 1 << 10
"""Elements of an index from which a flat one is faster than one array for each axis."""


def _flat(index: np.ndarray, shape: tuple[int, ...], axis: int) -> np.ndarray:
    """The places in a flat array of `shape` that `index` names along `axis`."""
    length, behind = shape[axis], prod(shape[axis + 1 :])
    starts = np.arange(prod(shape[:axis])).reshape(-1, 1, 1) * (length * behind)
    flat = index.astype(np.intp, copy=False).reshape(len(starts), -1, behind)
    flat = flat + starts if behind == 1 else flat * behind + (starts + np.arange(behind))
    return flat.reshape(index.shape)


@dispatched
def spread_along(array: Any, index: Any, axis: int, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` to which `array` is added at `index` along `axis`: the transpose of `pick_along`.

    >>> spread_along(np.array([[1., 2.]]), np.array([[2, 2]]), 1, (1, 3))
    array([[0., 0., 3.]])
    """
    out = np.zeros(shape, array.dtype)
    write_along(out, index, axis, array, "sum")
    return out


@dispatched
def replaced_along(array: Any, index: Any, axis: int, values: Any) -> Any:
    """A copy of `array` with `values` at `index` along `axis`."""
    out = array.copy()
    write_along(out, index, axis, values)
    return out


@dispatched
def reduced_along(array: Any, index: Any, axis: int, values: Any, how: str, include_self: bool = True) -> Any:
    """A copy of `array` into which `values` are reduced at `index` along `axis`.

    `how` is ``sum``, ``prod``, ``mean``, ``amax`` or ``amin``; with `include_self` the elements that are there take
    part.

    >>> reduced_along(np.zeros(2), np.array([1, 1]), 0, np.array([3., 5.]), "mean", False)
    array([0., 4.])
    """
    out = array.copy()
    write_along(out, index, axis, values, how, include_self)
    return out


_AT = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def write_along(
    out: np.ndarray, index: np.ndarray, axis: int, values: Any, how: str | None = None, include_self: bool = True
) -> None:
    """Write `values` into `out` at `index` along `axis`, or reduce them into it."""
    if not index.size:
        return
    if how == "sum" and axis == 0 and _names_rows(index, out):
        add_rows(out, index[:, 0], np.broadcast_to(values, index.shape))
        return
    if how is not None and index.ndim > 1 and out.flags.c_contiguous:  # ufunc.at has a fast loop for a flat index
        if _is_flat(out, index, axis):
            flat = _flat(index, out.shape, axis)
        else:
            flat = np.ravel_multi_index(along(index, axis), out.shape, mode="raise")
        out, places = out.reshape(-1), flat.reshape(-1)
        values = np.broadcast_to(values, index.shape).reshape(-1)
    else:
        places = along(index, axis)
    if how is None:
        out[places] = values
        return
    if not include_self:
        out[places] = _neutral(how, out.dtype)
    _AT[how].at(out, places, values)
    if how == "mean":
        counts = np.full(out.shape, int(include_self), np.intp)
        np.add.at(counts, places, 1)
        np.maximum(counts, 1, out=counts)
        out[...] = out // counts if out.dtype.kind in "iu" else out / counts.astype(out.dtype)


def _names_rows(index: np.ndarray, out: np.ndarray) -> bool:
    """Whether an index is a column that was expanded, as graph networks write it: then it names whole rows."""
    return index.ndim == 2 and index.strides[1] == 0 and index.shape[1] == out.shape[1]


def _neutral(how: str, dtype: np.dtype[Any]) -> Any:
    """What a reduction starts from."""
    if how in ("sum", "mean"):
        return 0
    if how == "prod":
        return 1
    if dtype.kind == "b":
        return how == "amin"
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return info.min if how == "amax" else info.max
    return -np.inf if how == "amax" else np.inf


def along(index: Any, axis: int) -> tuple[Any, ...]:
    """The index with which `index` names elements along `axis` and each other axis names itself."""
    shape = index.shape
    grid: list[Any] = [
        np.arange(length).reshape((-1,) + (1,) * (len(shape) - place - 1)) for place, length in enumerate(shape)
    ]
    if grid:
        grid[axis] = index
    return tuple(grid)


@dispatched
def once_only(array: Any, mask: Any) -> Any:
    """`array` itself; where derivatives are recorded, another one is an error if `mask` holds anywhere."""
    return array
