"""Random tensors of a given shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.streams.whole import INT64
from pullback.device import META, check_device, chosen
from pullback.graph.inplace import spoken
from pullback.graph.tensor_base import TensorBase, solid
from pullback.graph.versions import bump
from pullback.ops.creation.filled import empty_like
from pullback.ops.creation.options import check_options, finish, numpy_dtype, size_of
from pullback.ops.random.checks import (
    COMPLEX,
    CREATION,
    FLOATING,
    WIDE_UNSIGNED,
    check_drawn,
    check_integers,
    check_tensor,
    no_such_form,
    unsupported,
    whole_number,
)
from pullback.ops.random.fills import drawn_for
from pullback.ops.random.generator import stream_of


def rand(
    *args: Any, size: Any = None, generator: Any = None, out: Any = None, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A tensor of numbers uniform on ``[0, 1)``, of the default floating dtype unless `dtype` says otherwise.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.rand(2, 3)
    tensor([[0.4963, 0.7682, 0.0885],
            [0.1320, 0.3074, 0.6341]])
    """
    check_options("rand", device, layout, pin_memory, requires_grad)
    shape, kind = _shape(args, size, "rand"), _kind(dtype, out)
    check_drawn(kind, "check_uniform_bounds")
    return _finished(_stream(generator, "rand", device).uniform(shape, kind), device, requires_grad, out)


def randn(
    *args: Any, size: Any = None, generator: Any = None, out: Any = None, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A tensor of standard normal numbers; complex ones have variance 1 over both parts.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.randn(4)
    tensor([ 1.5410, -0.2934, -2.1788,  0.5684])
    """
    check_options("randn", device, layout, pin_memory, requires_grad)
    shape, kind = _shape(args, size, "randn"), _kind(dtype, out)
    check_drawn(kind, "normal_kernel_cpu")
    return _finished(_stream(generator, "randn", device).normal(shape, kind), device, requires_grad, out)


_RANDINT_FORMS = (
    f"int high, tuple of ints size, *, {CREATION}",
    f"int low, int high, tuple of ints size, *, {CREATION}",
)


def randint(
    low: Any = 0, high: Any = None, size: Any = None, *, generator: Any = None, out: Any = None,
    dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """``randint(high, size)`` or ``randint(low, high, size)``: integers of ``[low, high)``, int64 by default.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.randint(3, 10, (4,))
    tensor([7, 6, 3, 5])
    """
    check_options("randint", device, layout, pin_memory, requires_grad)
    if size is None and high is not None:
        high, size = None, high
    if high is None:
        low, high = 0, low
    if size is None:
        raise no_such_form("randint", (high,), {}, _RANDINT_FORMS)
    if not isinstance(size, (tuple, list)):
        got = type(size).__name__
        raise TypeError(f"randint(): argument 'size' (position 2) must be tuple of ints, not {got}")
    low, high = whole_number(low, "randint", "low", 1), whole_number(high, "randint", "high", 1)
    shape, kind = size_of((), size, "randint"), _kind(dtype, out, INT64)
    _check_grad(kind, requires_grad)
    check_integers(kind, low, high)
    drawn = _stream(generator, "randint", device).integers(shape, kind, low, high=high)
    return _finished(drawn, device, requires_grad, out)


def randperm(
    n: int, *, generator: Any = None, out: Any = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """The integers from 0 to ``n - 1`` in random order, int64 by default.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.randperm(4)
    tensor([0, 1, 3, 2])
    """
    check_options("randperm", device, layout, pin_memory, requires_grad)
    count, kind = whole_number(n, "randperm", "n", 1), _kind(dtype, out, INT64)
    if count < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {count}: [{count}]")
    _check_grad(kind, requires_grad)
    _check_permutation(count, kind)
    return _finished(_stream(generator, "randperm", device).permutation(count, kind), device, requires_grad, out)


def _check_permutation(count: int, kind: np.dtype[Any]) -> None:
    if kind.kind in "iu" and count - 1 > np.iinfo(kind).max:
        raise RuntimeError(f"value cannot be converted to type {kind.name}_t without overflow")
    if kind.kind == "b" or kind in COMPLEX or kind in WIDE_UNSIGNED:
        raise unsupported("randperm", kind)
    if kind == np.float16 and count > 2049:
        raise RuntimeError("n cannot be greater than 2049 for Half type.")


def _check_dense(input: Any, kernel: str) -> None:
    layout = getattr(input._array, "layout", None)
    if layout is not None:
        raise NotImplementedError(f"Could not run 'aten::{kernel}' with arguments of layout torch.{layout}")


def rand_like(
    input: Any, *, generator: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Any:  # fmt: skip
    """`rand` with the shape, dtype and (if dense) strides of `input`."""
    check_tensor(input, "rand_like")
    _check_dense(input, "uniform_")
    check_options("rand_like", device, layout, pin_memory, requires_grad)
    memory = empty_like(input, dtype=dtype, memory_format=memory_format)._array
    check_drawn(memory.dtype, "check_uniform_bounds")
    stream = stream_of(generator, "rand_like")
    drawn = drawn_for(memory, lambda shape, _: stream.uniform(shape, memory.dtype))
    return finish(drawn, device=device, requires_grad=requires_grad, name="rand_like")


def randn_like(
    input: Any, *, generator: Any = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Any:  # fmt: skip
    """`randn` with the shape, dtype and (if dense) strides of `input`."""
    check_tensor(input, "randn_like")
    _check_dense(input, "normal_")
    check_options("randn_like", device, layout, pin_memory, requires_grad)
    memory = empty_like(input, dtype=dtype, memory_format=memory_format)._array
    check_drawn(memory.dtype, "normal_kernel_cpu")
    stream = stream_of(generator, "randn_like")
    drawn = drawn_for(memory, lambda shape, packed: stream.normal(shape, memory.dtype, contiguous=packed))
    return finish(drawn, device=device, requires_grad=requires_grad, name="randn_like")


def randint_like(
    input: Any, low: Any = 0, high: Any = None, *, generator: Any = None, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
    memory_format: Any = None,
) -> Any:  # fmt: skip
    """``randint_like(input, high)`` or ``randint_like(input, low, high)``: `randint` with the shape, dtype
    and (if dense) strides of `input`.
    """
    check_tensor(input, "randint_like")
    check_options("randint_like", device, layout, pin_memory, requires_grad)
    if high is None:
        low, high = 0, low
    low, high = whole_number(low, "randint_like", "low", 2), whole_number(high, "randint_like", "high", 2)
    memory = empty_like(input, dtype=dtype, memory_format=memory_format)._array
    _check_grad(memory.dtype, requires_grad)
    check_integers(memory.dtype, low, high)
    stream = stream_of(generator, "randint_like")
    drawn = drawn_for(memory, lambda shape, _: stream.integers(shape, memory.dtype, low, high=high))
    return finish(drawn, device=device, requires_grad=requires_grad, name="randint_like")


class _NoStream:
    """Where numbers are drawn for tensors without values: nowhere."""

    def uniform(self, shape: Any, kind: Any, *_: Any, **__: Any) -> Any:
        return np.zeros(shape, kind)

    normal = integers = permutation = uniform


def _stream(generator: Any, name: str, device: Any) -> Any:
    place = chosen() if device is None else check_device(device)
    return _NoStream() if place is META else stream_of(generator, name)


def _shape(args: tuple[Any, ...], size: Any, name: str) -> tuple[int, ...]:
    if not args and size is None:
        raise no_such_form(name, (), {}, (f"tuple of ints size, *, {CREATION}",))
    return size_of(args, size, name)


def _kind(dtype: Any, out: Any, default: np.dtype[Any] | None = None) -> np.dtype[Any]:
    """The dtype to draw: that asked for, else that of `out`, else the default. The first two must agree."""
    wanted = default if dtype is None and default is not None else numpy_dtype(dtype)
    if isinstance(out, TensorBase):
        found: np.dtype[Any] = out._array.dtype
        if dtype is not None and found != wanted:
            raise RuntimeError(f"dtype {spoken(wanted)} does not match dtype of out parameter ({spoken(found)})")
        return found
    return wanted


def _check_grad(kind: np.dtype[Any], requires_grad: bool) -> None:
    """Raise before a number is drawn that nobody will get."""
    if requires_grad and kind not in FLOATING and kind not in COMPLEX:
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")


def _finished(drawn: Any, device: Any, requires_grad: bool, out: Any) -> Any:
    """A leaf around `drawn`; or `out`, which takes its shape without a word, as PyTorch's does here."""
    if isinstance(out, TensorBase) and out.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    if isinstance(out, TensorBase) and out._array.shape != drawn.shape:
        out._array = np.empty(drawn.shape, drawn.dtype)
    if out is None:
        return finish(drawn, device=device, requires_grad=requires_grad)
    check_tensor(out, "rand", "out")
    np.copyto(solid(out), drawn)
    bump(out)
    return out
