"""Stride arithmetic: how the elements of an array lie in memory, counted in elements as PyTorch does.

NumPy counts strides in bytes, gives new axes of length 1 the stride 0 and empty arrays no strides at all; PyTorch
gives every axis the stride it would have if it were longer. The functions here speak PyTorch's dialect.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from pullback.arrays.dtypes import spoken
from pullback.arrays.mirrored import behind
from pullback.arrays.vocabulary import dispatched, reshape, strided

AXES_LAST = {"channels_last": (0, 2, 3, 1), "channels_last_3d": (0, 2, 3, 4, 1)}
"""Memory formats with the channels innermost: the axes from outermost to innermost."""

NOT_A_VIEW = (
    "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
    "contiguous subspaces). Use .reshape(...) instead."
)


def contiguous_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of an array in C order.

    >>> contiguous_strides((2, 3, 4))
    (12, 4, 1)
    """
    strides = []
    step = 1
    for length in reversed(shape):
        strides.append(step)
        step *= max(length, 1)
    return tuple(reversed(strides))


def element_strides(array: Any) -> tuple[int, ...]:
    """The strides of `array` in elements.

    >>> element_strides(np.zeros((2, 3)).T[None])
    (3, 1, 3)
    """
    array = behind(array)
    if not isinstance(array, np.ndarray):
        if hasattr(array, "payload"):  # of a batch: those of one example
            return element_strides(array.payload)[1:]
        memory = getattr(array, "memory", None)  # of a shell
        return contiguous_strides(array.shape) if memory is None else element_strides(memory)
    if not (array.size or any(array.strides)):  # nothing sliced away, made empty
        return contiguous_strides(array.shape)
    size = array.dtype.itemsize
    strides = [stride // size for stride in array.strides]
    for axis in range(array.ndim - 1, -1, -1):  # NumPy's stride 0 says that the axis is new
        if strides[axis] == 0 and array.shape[axis] == 1:
            last = axis + 1 == array.ndim
            strides[axis] = 1 if last else array.shape[axis + 1] * strides[axis + 1]
    return tuple(strides)


def is_contiguous(array: Any, memory_format: str = "contiguous_format") -> bool:
    """Whether the elements follow one another in the order of `memory_format`, without gaps."""
    array = behind(array)
    if not isinstance(array, np.ndarray):
        if hasattr(array, "payload"):
            _check_batch_format(memory_format)
            return not len(array.payload) or is_contiguous(array.payload[0])
        memory = getattr(array, "memory", None)  # of what has no values of its own
        return not isinstance(memory, np.ndarray) or is_contiguous(memory, memory_format)
    if memory_format in ("contiguous_format", "preserve_format"):
        return bool(array.flags.c_contiguous)
    axes = AXES_LAST[memory_format]
    if array.ndim != len(axes):
        return False
    return bool(array.transpose(axes).flags.c_contiguous)


def _check_batch_format(memory_format: str) -> None:
    if memory_format in AXES_LAST:
        raise RuntimeError(
            "NYI: querying is_contiguous inside of vmap for memory_format other than torch.contiguous_format"
        )


def in_format(array: np.ndarray, memory_format: str) -> np.ndarray:
    """A copy of `array` laid out in `memory_format`; ``RuntimeError`` if that wants another number of axes."""
    if memory_format == "preserve_format":
        repeats = any(step == 0 and length > 1 for step, length in zip(array.strides, array.shape))
        return array.copy(order="C" if repeats else "K")  # repeated axes have no order to keep
    if memory_format == "contiguous_format":
        return array.copy(order="C")
    axes = AXES_LAST[memory_format]
    if array.ndim != len(axes):
        raise RuntimeError(f"required rank {len(axes)} tensor to use {memory_format} format")
    return array.transpose(axes).copy(order="C").transpose(np.argsort(axes))


def view_strides(shape: Sequence[int], strides: Sequence[int], wanted: Sequence[int]) -> tuple[int, ...] | None:
    """The strides with which memory of `shape` and `strides` shows as `wanted`; `None` where it cannot.

    The old axes fall into runs in which each axis steps over the whole of the next; a new axis must lie inside one
    run. Works from the innermost axis outwards.

    >>> view_strides((2, 3), (3, 1), (3, 2)), view_strides((3, 2), (1, 3), (6,))
    ((2, 1), None)
    """
    if not prod(shape):
        return contiguous_strides(wanted)
    if not shape:
        return (1,) * len(wanted)
    found = [0] * len(wanted)
    new = len(wanted) - 1
    run, inside, base = 1, 1, strides[-1]
    for old in range(len(shape) - 1, -1, -1):
        run *= shape[old]
        if old and (shape[old - 1] == 1 or strides[old - 1] == run * base):
            continue
        while new >= 0 and (inside < run or wanted[new] == 1):
            found[new] = inside * base
            inside *= wanted[new]
            new -= 1
        if inside != run:
            return None
        if old:
            run, inside, base = 1, 1, strides[old - 1]
    return tuple(found) if new == -1 else None


def seen_as(array: Any, shape: tuple[int, ...]) -> Any:
    """`array` reshaped without a copy; axes of length 1 get PyTorch's strides, not NumPy's.

    >>> element_strides(seen_as(np.zeros((2, 3, 4)).transpose(0, 2, 1)[:, :, :1], (2, 4, 1, 1)))
    (12, 1, 4, 4)
    """
    found = reshape(array, shape)
    if 1 in shape and array.__class__ is np.ndarray and (1 in array.shape or not array.flags.c_contiguous):
        strides = view_strides(array.shape, element_strides(array), shape)
        if strides is not None and strides != element_strides(found):
            return strided(found, shape, tuple([step * array.itemsize for step in strides]))
    return found


def is_viewable(array: Any, shape: Sequence[int]) -> bool:
    """Whether `array` can be seen with `shape` without a copy."""
    array = behind(array)
    if not isinstance(array, np.ndarray) or array.flags.c_contiguous:
        return True
    return view_strides(array.shape, element_strides(array), shape) is not None


def inferred_shape(shape: Sequence[int], size: int) -> tuple[int, ...]:
    """`shape` with its -1 replaced by what gives `size` elements; PyTorch's ``RuntimeError`` where nothing does.

    >>> inferred_shape((2, -1), 6)
    (2, 3)
    """
    known, hole = 1, None
    for axis, length in enumerate(shape):
        if length >= 0:
            known *= length
        elif length < -1:
            raise RuntimeError(f"invalid shape dimension {length} at index {axis} of shape {list(shape)}")
        elif hole is not None:
            raise RuntimeError("only one dimension can be inferred")
        else:
            hole = axis
    if hole is None:
        if known != size:
            raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")
        return tuple(shape)
    if not known:
        if size:
            raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension size -1 "
            "can be any value and is ambiguous"
        )
    if size % known:
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")
    return tuple(size // known if axis == hole else length for axis, length in enumerate(shape))


def check_size(shape: Sequence[int], itemsize: int) -> None:
    """Raise PyTorch's ``RuntimeError`` if an array would have more bytes, or strides, than 63 bits count."""
    count = prod(shape)
    if count * itemsize >= 2**63:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)}")
    if not count and prod([max(length, 1) for length in shape]) * itemsize >= 2**63:  # NumPy counts bytes
        raise RuntimeError("Stride calculation overflowed")


def address(array: np.ndarray) -> int:
    """The address of the first element."""
    return int(array.__array_interface__["data"][0])


def owner(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory of `array`."""
    array = behind(array)
    base = array.base
    while base is not None:
        if isinstance(base, np.ndarray):
            array = base
        base = getattr(base, "base", None)  # between two arrays may stand what `as_strided` made
    return array


def memory_of(array: np.ndarray) -> np.ndarray:
    """The whole memory that `array` lies in, as a 1-d array of its dtype."""
    whole = owner(array)
    if not whole.flags.c_contiguous:
        whole = whole.transpose(sorted(range(whole.ndim), key=lambda axis: -whole.strides[axis]))
    whole = whole.reshape(-1)
    if whole.nbytes % array.itemsize:  # seen as pairs: the last number has no partner
        whole = whole.view(np.uint8)[: whole.nbytes - whole.nbytes % array.itemsize]
    return whole.view(array.dtype)


def in_storage(data: Any, kind: np.dtype[Any], wanted: str, ending: str) -> np.ndarray[Any, Any]:
    """The memory of a storage as elements of dtype `kind`. Raises ``RuntimeError`` for elements of another dtype."""
    found = kind if not hasattr(data, "dtype") else data.dtype.numpy
    if found != kind:
        got = f"type {spoken(found)}{ending}" if ending else spoken(found)
        raise RuntimeError(f"Expected a Storage of type {wanted} or an UntypedStorage, but got {got}")
    memory: np.ndarray[Any, Any] = data.untyped().array
    if not isinstance(memory, np.ndarray):
        raise NotImplementedError("Not available for 'meta' device type")
    return memory[: memory.size // kind.itemsize * kind.itemsize].view(kind)


def offset_in_memory(array: np.ndarray) -> int:
    """Elements between the start of the memory and the first element of `array` (of a batch: of the first example)."""
    array = behind(array)
    while hasattr(array, "payload"):
        array = array.payload
    first = array.__array_interface__["data"][0] - owner(array).__array_interface__["data"][0]
    return int(first) // array.dtype.itemsize


@dispatched
def restrided(array: Any, shape: tuple[int, ...], strides: tuple[int, ...], offset: int = 0) -> Any:
    """A window on the memory of `array`: `strides` and `offset` in elements, from its first element on.

    Raises ``RuntimeError`` if an element would lie outside the memory.
    """
    memory = memory_of(array)
    start = offset_in_memory(array) + offset
    last = start + sum((length - 1) * stride for length, stride in zip(shape, strides))
    size = array.dtype.itemsize
    if prod(shape) and not (start >= 0 and last < memory.size):
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(strides)}, storage offset {start}, and itemsize {size} "
            f"requiring a storage size of {(last + 1) * size} are out of bounds for storage of size {memory.nbytes}"
        )
    if not prod(shape):
        return np.empty(shape, array.dtype)
    return strided(memory[start:], shape, tuple(stride * size for stride in strides))


def positions(shape: Sequence[int], strides: Sequence[int], offset: int = 0) -> np.ndarray:
    """Where each element of an array of `shape` lies in memory: an integer array of that shape.

    >>> positions((2, 2), (1, 2), 5)
    array([[5, 7],
           [6, 8]])
    """
    found = np.full((1,) * len(shape), offset, np.intp)
    for axis, (length, stride) in enumerate(zip(shape, strides)):
        found = found + (np.arange(length) * stride).reshape((-1,) + (1,) * (len(shape) - axis - 1))
    return found
