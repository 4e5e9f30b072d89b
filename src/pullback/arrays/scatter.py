"""Writing by position, said without writing: what NumPy does with ``out[index] = x`` and ``np.add.at``.

Each function is the transpose of a way to read. ::

    reads                                   writes
    x[index]                basic index     put(grad, index, shape)
    pick(x, indices, axes)  index arrays    spread(grad, indices, axes, shape)

`pullback.arrays.along` has those of `gather`. They dispatch as NumPy's functions do, so rules can be built on them for
every kind of array.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pullback.arrays.row_sums import add_rows, runs
from pullback.arrays.vocabulary import dispatched
from pullback.later import later

if TYPE_CHECKING:
    from pullback.arrays.sparse import coordinates
else:
    (coordinates,) = later("pullback.arrays.sparse", "coordinates")


@dispatched
def put(array: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` in which ``[index]`` (ints, slices, None, Ellipsis) shows `array`.

    >>> put(np.array([1., 2.]), (slice(None), 1), (2, 3))
    array([[0., 1., 0.],
           [0., 2., 0.]])
    """
    out = np.zeros(shape, array.dtype)
    out[index] = array
    return out


@dispatched
def replaced(array: Any, index: Any, values: Any) -> Any:
    """A copy of `array` in which ``[index]`` (basic) shows `values`.

    >>> replaced(np.zeros(3), slice(1, None), 5.)
    array([0., 5., 5.])
    """
    out = array.copy()
    out[index] = values
    return out


def key(indices: Sequence[Any], axes: Sequence[int]) -> tuple[Any, ...]:
    """NumPy's index for index arrays that stand at `axes`; a mask takes as many axes as it has."""
    places: list[Any] = []
    reached = 0
    for index, axis in zip(indices, axes):
        places += [slice(None)] * (axis - reached)
        places.append(index)
        reached = axis + (index.ndim if index.dtype.kind == "b" else 1)
    return tuple(places)


def _spoken(error: IndexError, indices: Sequence[Any], axes: Sequence[int]) -> IndexError:
    """NumPy's complaint in PyTorch's words, which count the index tensors rather than the axes."""
    text = str(error)
    where = re.fullmatch(r"(index -?\d+ is out of bounds for )axis (\d+)( with size [1-9]\d*)", text)
    if where:
        before = sum(i.ndim if i.dtype.kind == "b" else 1 for i, axis in zip(indices, axes) if axis < int(where[2]))
        return IndexError(f"{where[1]}dimension {before}{where[3]}")
    if text.endswith(("with size 0", "from an empty axes.")):
        return IndexError("index is out of bounds for dimension with size 0")
    if text.startswith("shape mismatch"):
        shapes = re.sub(r"\(([\d, ]*?),?\)", r"[\1],", text.partition("shapes ")[2]).replace("] [", "], [").strip(", ")
        text = f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
    return IndexError(text)


def _means_nothing(array: Any, indices: Sequence[Any], axes: Sequence[int]) -> bool:
    """Whether in an array of no elements another axis is the empty one: then PyTorch does not look at the places."""
    return all(array.shape[axis] for axis in axes) and all(each.dtype.kind != "b" for each in indices)


@dispatched
def sparsely(values: Any, indices: Any, shape: tuple[int, ...]) -> Any:
    """A sparse array of `shape` with `values` at the places ``indices[:, n]``."""
    return coordinates.COO(indices, values, shape)


@dispatched
def pick(array: Any, indices: Sequence[Any], axes: Sequence[int]) -> Any:
    """The elements of `array` at index arrays or masks that stand at `axes`, in C order.

    >>> pick(np.eye(3), [np.array([2, 0])], (1,))
    array([[0., 1.],
           [0., 0.],
           [1., 0.]])
    """
    if not array.size and _means_nothing(array, indices, axes):
        indices = [np.zeros_like(index) for index in indices]
    try:
        if len(indices) == 1 and indices[0].dtype.kind != "b":
            return array.take(indices[0], axis=axes[0])
        found = array[key(indices, axes)]
    except IndexError as error:
        raise _spoken(error, indices, axes) from None
    return found if found.flags.c_contiguous else found.copy(order="C")


@dispatched
def replaced_at(array: Any, indices: Sequence[Any], axes: Sequence[int], values: Any, accumulate: bool = False) -> Any:
    """A copy of `array` in which `pick` finds `values`, or to which they are added."""
    out = array.copy()
    write_at(out, indices, axes, values, accumulate)
    return out


def write_at(out: np.ndarray, indices: Sequence[Any], axes: Sequence[int], values: Any, accumulate: bool) -> None:
    """``out[indices] = values`` or, counting repeated indices, ``+= values``; writes into `out`."""
    if not out.size and _means_nothing(out, indices, axes):
        indices = [np.zeros_like(index) for index in indices]
    try:
        if accumulate:
            add_at(out, indices, axes, values)
        else:
            out[key(indices, axes)] = values
    except IndexError as error:
        raise _spoken(error, indices, axes) from None


@dispatched
def spread(array: Any, indices: Sequence[Any], axes: Sequence[int], shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` to which `array` is added at index arrays that stand at `axes`: the transpose of `pick`.

    An element that is named several times receives the sum.

    >>> spread(np.array([1., 2., 3.]), [np.array([1, 1, 0])], (0,), (3,))
    array([3., 3., 0.])
    """
    out = np.zeros(shape, array.dtype)
    if out.size:
        add_at(out, indices, axes, array)
    return out


_MANY = 1 << 14
"""Elements from which it is worth a look whether an index is a few runs."""


def add_at(out: np.ndarray, indices: Sequence[Any], axes: Sequence[int], values: Any) -> None:
    """``out[indices] += values``, counting repeated indices; writes into `out`."""
    if all(index.dtype.kind == "b" for index in indices):
        out[key(indices, axes)] += values
    elif len(indices) == 1:
        axis, index = axes[0], indices[0]
        shape = (*out.shape[:axis], *index.shape, *out.shape[axis + 1 :])
        rows = values if values.shape == shape else np.broadcast_to(values, shape)
        if index.ndim != 1:
            rows = rows.reshape(*out.shape[:axis], index.size, *out.shape[axis + 1 :])
        if axis and rows.size >= _MANY and (pieces := runs(index.reshape(-1), out.shape[axis])):
            before = (slice(None),) * axis
            for positions, places in pieces:
                out[(*before, places)] += rows[(*before, positions)]
            return
        if axis:
            out, rows = np.moveaxis(out, axis, 0), np.moveaxis(rows, axis, 0)
        add_rows(out, index.reshape(-1), rows)
    else:
        np.add.at(out, key(indices, axes), values)


@dispatched
def frequencies(indices: Any) -> Any:
    """How often each element occurs in an integer array, in its shape.

    >>> frequencies(np.array([3, 5, 3]))
    array([2, 1, 2])
    """
    _, inverse, counts = np.unique(indices.reshape(-1), return_inverse=True, return_counts=True)
    return counts[inverse].reshape(indices.shape)


@dispatched
def distinct(indices: Any) -> Any:
    """The different elements of an integer array, in order."""
    return np.unique(indices)


def inverse_permutation(axes: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes `axes`.

    >>> inverse_permutation((2, 0, 1))
    (1, 2, 0)
    """
    inverse = [0] * len(axes)
    for place, axis in enumerate(axes):
        inverse[axis] = place
    return tuple(inverse)
