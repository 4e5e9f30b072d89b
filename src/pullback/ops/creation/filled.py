"""Tensors of one value, of no particular value, or of ones on the diagonal."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.promotion import scalar_dtype
from pullback.graph.tensor_base import TensorBase
from pullback.ops.creation.options import finish, numpy_dtype, size_of


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
    shape = size_of(args, size, "zeros")
    kind = numpy_dtype(dtype) if dtype is not None or out is None else out._array.dtype
    return finish(np.zeros(shape, kind), device=device, requires_grad=requires_grad, out=out, name="zeros")


def ones(
    *args: Any, size: Any = None, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A tensor of ones of shape `size`."""
    shape = size_of(args, size, "ones")
    kind = numpy_dtype(dtype) if dtype is not None or out is None else out._array.dtype
    return finish(np.ones(shape, kind), device=device, requires_grad=requires_grad, out=out, name="ones")


def empty(
    *args: Any, size: Any = None, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Any:  # fmt: skip
    """A tensor of shape `size` whose values are whatever the memory holds."""
    shape = size_of(args, size, "empty")
    return finish(
        np.empty(shape, numpy_dtype(dtype)), device=device, requires_grad=requires_grad, out=out, name="empty"
    )


def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False, pin_memory: bool = False,
) -> Any:  # fmt: skip
    """A tensor of shape `size` whose strides, in elements, are `stride`."""
    shape = size_of((), tuple(size), "empty_strided")
    kind = numpy_dtype(dtype)
    length = 1 + sum((n - 1) * s for n, s in zip(shape, stride)) if all(shape) else 0
    memory = np.empty(length, kind)
    array = np.lib.stride_tricks.as_strided(memory, shape, tuple(s * kind.itemsize for s in stride))
    return finish(array, device=device, requires_grad=requires_grad)


def full(
    size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, names: Any = None,
) -> Any:  # fmt: skip
    """A tensor of shape `size` filled with `fill_value`, whose type gives the dtype."""
    value = _number(fill_value)
    kind = scalar_dtype(value) if dtype is None else numpy_dtype(dtype)
    if out is not None and dtype is None:
        kind = out._array.dtype
    array = np.full(size_of((), size, "full"), _fitted(value, kind))
    return finish(array, device=device, requires_grad=requires_grad, out=out, name="full")


def eye(
    n: int, m: int | None = None, *, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A matrix of shape ``(n, m)`` with ones on the diagonal."""
    if n < 0 or (m is not None and m < 0):
        raise RuntimeError(f"n must be greater or equal to 0, got {n if n < 0 else m}")
    return finish(
        np.eye(n, m, dtype=numpy_dtype(dtype)), device=device, requires_grad=requires_grad, out=out, name="eye"
    )


def scalar_tensor(
    s: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:  # fmt: skip
    """A 0-d tensor holding the number `s`, of the default floating dtype."""
    return finish(np.array(_number(s)).astype(numpy_dtype(dtype))[()], device=device, requires_grad=requires_grad)


def _number(value: Any) -> Any:
    if isinstance(value, TensorBase):
        return value._array.item()
    return value.item() if isinstance(value, np.generic) else value


def _fitted(value: Any, kind: np.dtype[Any]) -> Any:
    """`value` as a 0-d array of dtype `kind`, wrapping integers around as PyTorch does."""
    return np.asarray(value).astype(kind)


def _like(name: str, make: Any) -> Any:
    def like(
        input: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
        requires_grad: bool = False, memory_format: Any = None,
    ) -> Any:  # fmt: skip
        if not isinstance(input, TensorBase):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
        kind = input._array.dtype if dtype is None else numpy_dtype(dtype)
        return finish(make(_preserved(input._array, kind, memory_format)), device=device, requires_grad=requires_grad)

    like.__name__ = like.__qualname__ = name
    like.__doc__ = f"`{name[:-5]}` with the shape, dtype and (if dense) strides of `input`."
    return like


def _preserved(array: Any, kind: np.dtype[Any], memory_format: Any) -> np.ndarray:
    """New memory laid out like `array` where that is dense, else in C order."""
    order = "C" if getattr(memory_format, "name", "") == "contiguous_format" else "K"
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
empty_like = _like("empty_like", lambda memory: memory)


def full_like(
    input: Any, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Any:  # fmt: skip
    """`full` with the shape, dtype and (if dense) strides of `input`."""
    kind = input._array.dtype if dtype is None else numpy_dtype(dtype)
    memory = _preserved(input._array, kind, memory_format)
    memory[...] = _fitted(_number(fill_value), kind)
    return finish(memory, device=device, requires_grad=requires_grad)


def _new(make: Any, name: str) -> Any:
    def new(
        self: Any, *args: Any, size: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
        pin_memory: bool = False, requires_grad: bool = False,
    ) -> Any:  # fmt: skip
        kind = dtypes.from_numpy(self._array.dtype) if dtype is None else dtype
        return make(*args, size=size, dtype=kind, device=device, requires_grad=requires_grad)

    new.__name__ = name
    new.__doc__ = f"`{name[4:]}` with the dtype of this tensor."
    return new


new_zeros, new_ones, new_empty = _new(zeros, "new_zeros"), _new(ones, "new_ones"), _new(empty, "new_empty")


def new_full(
    self: Any, size: Any, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """`full` with the dtype of this tensor."""
    kind = dtypes.from_numpy(self._array.dtype) if dtype is None else dtype
    return full(size, fill_value, dtype=kind, device=device, requires_grad=requires_grad)


def new_empty_strided(self: Any, size: Any, stride: Any, *, dtype: Any = None, **options: Any) -> Any:
    """`empty_strided` with the dtype of this tensor."""
    kind = dtypes.from_numpy(self._array.dtype) if dtype is None else dtype
    return empty_strided(size, stride, dtype=kind, **options)
