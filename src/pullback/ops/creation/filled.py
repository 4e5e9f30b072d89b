"""Tensors of one value, of no particular value, or of ones on the diagonal."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.fresh import unwritten
from pullback.arrays.promotion import scalar_dtype
from pullback.arrays.strides import AXES_LAST, check_size, in_format, restrided
from pullback.graph.tensor_base import TensorBase
from pullback.ops.creation.options import finish, numpy_dtype, plain_number, shape_of, size_of, whole
from pullback.ops.numbers import number_of
from pullback.ops.shape.memory import format_name
from pullback.ops.wrong_types import asks_for_tensors


def _kind(name: str, dtype: Any, out: Any) -> np.dtype[Any]:
    """The dtype asked for, else that of `out`, else the default floating dtype."""
    return out._array.dtype if dtype is None and out is not None else numpy_dtype(dtype, name)


def _made(make: Callable[..., Any], shape: Any, kind: Any) -> Any:
    """What `make` makes; PyTorch's error if there is no such size."""
    try:
        return make(shape, kind)
    except ValueError:
        check_size(shape, kind.itemsize)
        raise


def zeros(
    *args: Any, size: Any = None, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A tensor of zeros of shape `size`, of the default floating dtype unless `dtype` says otherwise.

    >>> import pullback as torch
    >>> torch.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    shape, kind = size_of(args, size, "zeros"), _kind("zeros", dtype, out)
    array = _made(np.zeros, shape, kind)
    return finish(
        array, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, out=out, name="zeros"
    )


def ones(
    *args: Any, size: Any = None, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A tensor of ones of shape `size`."""
    shape, kind = size_of(args, size, "ones"), _kind("ones", dtype, out)
    array = _made(np.ones, shape, kind)
    return finish(
        array, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, out=out, name="ones"
    )


def empty(
    *args: Any, size: Any = None, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Any:  # fmt: skip
    """A tensor of shape `size` whose values are whatever the memory holds."""
    shape, kind = size_of(args, size, "empty"), _kind("empty", dtype, out)
    array = _made(np.empty, shape, kind)
    if memory_format is not None:
        wanted = format_name(memory_format)
        if wanted == "preserve_format":
            raise RuntimeError("unsupported memory format Preserve")
        array = in_format(array, wanted)
    return finish(
        unwritten(array),
        device=device,
        layout=layout,
        pin_memory=pin_memory,
        requires_grad=requires_grad,
        out=out,
        name="empty",
    )


def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False,
) -> Any:  # fmt: skip
    """A tensor of shape `size` whose strides, in elements, are `stride`.

    Raises ``RuntimeError`` for another number of strides than of lengths, and for negative ones.
    """
    shape, kind = shape_of(size, "empty_strided"), numpy_dtype(dtype, "empty_strided")
    steps, length = _strided(shape, stride)
    memory = unwritten(np.empty(length, kind))
    array = np.lib.stride_tricks.as_strided(memory, shape, tuple(step * kind.itemsize for step in steps))
    return finish(
        array, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, name="empty_strided"
    )


def _strided(shape: Any, stride: Any) -> tuple[tuple[int, ...], int]:
    """The checked strides, and how many elements the memory holds."""
    steps = tuple(stride)
    if len(shape) != len(steps):
        raise RuntimeError(
            f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides ({len(steps)})"
        )
    if any(step < 0 for step in steps):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)} and strides={list(steps)}")
    return steps, 1 + sum((n - 1) * step for n, step in zip(shape, steps)) if all(shape) else 0


def empty_permuted(
    size: Any, physical_layout: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """An uninitialised tensor of shape `size` whose axes lie in memory in the order `physical_layout`, outermost first.

    Raises ``RuntimeError`` unless that names every axis once.

    >>> import pullback as torch
    >>> torch.empty_permuted((2, 3, 5), (0, 2, 1)).stride()
    (15, 1, 3)
    """
    shape, order, kind = shape_of(size, "empty_permuted"), tuple(physical_layout), numpy_dtype(dtype, "empty_permuted")
    if len(order) != len(shape):
        raise RuntimeError(
            f"Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = "
            f"{len(shape)} is not equal to len(physical_layout) = {len(order)}"
        )
    for place, axis in enumerate(order):
        if not 0 <= axis < len(shape):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(shape) - 1}, but got {axis} at index "
                f"{place}).  NB: negative dims not currently supported; file an issue if you want it."
            )
    if len(set(order)) != len(order):
        twice = next(axis for place, axis in enumerate(order) if axis in order[:place])
        raise RuntimeError(f"Duplicate dim not allowed: {twice} appears more than once in physical_layout {order}")
    array = np.empty([shape[axis] for axis in order], kind).transpose(np.argsort(order) if order else ())
    return finish(
        unwritten(array),
        device=device,
        layout=layout,
        pin_memory=pin_memory,
        requires_grad=requires_grad,
        name="empty_permuted",
    )


def full(
    size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, names: Any = None,
) -> Any:  # fmt: skip
    """A tensor of shape `size` filled with the number `fill_value`, whose type gives the dtype.

    Raises ``RuntimeError`` for a number that `dtype` cannot hold.
    """
    shape, value = shape_of(size, "full"), plain_number(fill_value, "full", "fill_value", 2)
    kind = scalar_dtype(value) if dtype is None and out is None else _kind("full", dtype, out)
    try:
        array = np.full(shape, number_of(value, kind))
    except ValueError:
        check_size(shape, kind.itemsize)
        raise
    return finish(
        array, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, out=out, name="full"
    )


def eye(
    n: int, m: int | None = None, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A matrix of shape ``(n, m)`` with ones on the diagonal."""
    rows = whole(n, "eye", "n", 1)
    columns = rows if m is None else whole(m, "eye", "m", 2)
    for name, count in (("n", rows), ("m", columns)):
        if count < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {count}")
    array = np.eye(rows, columns, dtype=_kind("eye", dtype, out))
    return finish(
        array, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, out=out, name="eye"
    )


def scalar_tensor(
    s: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:  # fmt: skip
    """A 0-d tensor holding the number `s`, of the default floating dtype."""
    value = plain_number(s, "scalar_tensor", "s", 1)
    array = np.asarray(number_of(value, numpy_dtype(dtype, "scalar_tensor")))[()]
    return finish(
        array, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, name="scalar_tensor"
    )


def _like(name: str, make: Any) -> Any:
    def like(
        input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
        requires_grad: bool = False, memory_format: Any = None,
    ) -> Any:  # fmt: skip
        if not isinstance(input, TensorBase):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        kind = input._array.dtype if dtype is None else numpy_dtype(dtype, name)
        array = make(_preserved(input._array, kind, memory_format))
        return finish(
            array, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, name=name
        )

    like.__name__ = like.__qualname__ = name
    like.__doc__ = f"`{name[:-5]}` with the shape, dtype and (if dense) strides of `input`."
    return like


def _preserved(array: Any, kind: np.dtype[Any], memory_format: Any) -> np.ndarray:
    """New memory laid out like `array` where that is dense, else in C order."""
    name = "preserve_format" if memory_format is None else format_name(memory_format)
    if name in AXES_LAST:
        return in_format(np.empty(array.shape, kind), name)
    order = "C" if name == "contiguous_format" else "K"
    if array.ndim and 0 in array.strides:
        order = "C"
    return np.empty_like(array, dtype=kind, order=order)  # type: ignore[call-overload]


def _filled(value: Any) -> Any:
    def fill(memory: np.ndarray) -> np.ndarray:
        memory[...] = value
        return memory

    return fill


zeros_like = _like("zeros_like", _filled(0))
ones_like = _like("ones_like", _filled(1))
empty_like = _like("empty_like", unwritten)


@asks_for_tensors
def full_like(
    input: Any, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Any:  # fmt: skip
    """`full` with the shape, dtype and (if dense) strides of `input`."""
    kind = input._array.dtype if dtype is None else numpy_dtype(dtype, "full_like")
    value = number_of(plain_number(fill_value, "full_like", "fill_value", 2), kind)
    memory = _preserved(input._array, kind, memory_format)
    memory[...] = value
    return finish(
        memory, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, name="full_like"
    )


def _new(make: Any, name: str) -> Any:
    def new(
        self: Any, *args: Any, size: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
        pin_memory: bool = False, requires_grad: bool = False,
    ) -> Any:  # fmt: skip
        kind = self._array.dtype if dtype is None else numpy_dtype(dtype, name)
        array = make(self._array, size_of(args, size, name), kind)
        return finish(
            array, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, name=name
        )

    new.__name__ = name
    new.__doc__ = f"`{name[4:]}` with the dtype of this tensor."
    return new


def _full(array: Any, shape: Any, kind: Any, value: Any) -> Any:
    """New memory of the kind of `array`, which may hold one value for each example of a batch."""
    if isinstance(array, _PLAIN):
        return np.zeros(shape, kind) if value is _ZERO else np.full(shape, value, kind)  # fresh pages are zero already
    return np.full_like(array, value, dtype=kind, shape=shape)


def _empty(array: Any, shape: Any, kind: Any) -> Any:
    return (
        unwritten(np.empty(shape, kind)) if isinstance(array, _PLAIN) else np.empty_like(array, dtype=kind, shape=shape)
    )


_PLAIN = (np.ndarray, np.generic)
_ZERO = 0
new_zeros, new_ones = _new(partial(_full, value=_ZERO), "new_zeros"), _new(partial(_full, value=1), "new_ones")
new_empty = _new(_empty, "new_empty")


def new_full(
    self: Any, size: Any, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """`full` with the dtype of this tensor."""
    shape, value = shape_of(size, "new_full"), plain_number(fill_value, "new_full", "fill_value", 2)
    kind = self._array.dtype if dtype is None else numpy_dtype(dtype, "new_full")
    array = _full(self._array, shape, kind, number_of(value, kind))
    return finish(
        array, device=device, layout=layout, pin_memory=pin_memory, requires_grad=requires_grad, name="new_full"
    )


def new_empty_strided(self: Any, size: Any, stride: Any, *, dtype: Any = None, **options: Any) -> Any:
    """`empty_strided` with the dtype of this tensor."""
    kind = dtypes.from_numpy(self._array.dtype) if dtype is None else dtype
    if not hasattr(self._array, "payload"):
        return empty_strided(size, stride, dtype=kind, **options)
    shape = shape_of(size, "new_empty_strided")  # one value for each example of a batch
    steps, length = _strided(shape, stride)
    memory = np.empty_like(self._array, dtype=kind.numpy, shape=(length,))
    return finish(restrided(memory, shape, steps), name="new_empty_strided", **options)
