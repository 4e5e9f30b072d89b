"""Writing whole tensors: `copy_`, `fill_`, `zero_`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.mirrored import Mirrored, behind, reading
from pullback.arrays.vocabulary import add_reduce, cast, expand, zeros_like
from pullback.graph.inplace import in_place, write_array
from pullback.graph.operands import FLOATS
from pullback.graph.operator import general, linear
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.writable import ANYHOW, COPIED, DISTINCT, check_history, check_writable
from pullback.ops.index.quiet import is_quiet, write_quietly
from pullback.ops.numbers import number_of
from pullback.ops.shape.memory import copied
from pullback.ops.typing import Scalar, V
from pullback.ops.wrong_types import asks_for_tensors


@linear(node="CopyBackwards", input=lambda grad: zeros_like(grad), src=lambda grad: grad)
def _copy(input: V, src: V) -> V:
    return expand(cast(src, input.dtype), input.shape)


_copy_recorded = in_place(_copy, "copy_", COPIED)
_copy_itself = in_place(_copy, "copy_", ANYHOW)


def copy_(input: V, src: V, non_blocking: bool = False) -> V:
    """Overwrite the tensor with the values of `src`, broadcast to its shape and cast to its dtype.

    Gradients flow to `src`. Raises ``RuntimeError`` if the shapes do not broadcast. Matches
    https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.copy_.html.

    >>> import pullback as torch
    >>> torch.zeros(2, 2).copy_(torch.tensor([1., 2.]))
    tensor([[1., 2.],
            [1., 2.]])
    """
    if not isinstance(src, TensorBase):
        src = _as_source(src)
    if src._requires_grad and input._array.dtype not in FLOATS:
        src = src.detach()  # integers and booleans have no history
    sharing = ANYHOW if _is_same(input._array, src._array) else COPIED
    if src._array.shape != input._array.shape:
        check_writable(input, (src,), COPIED)
        _check_fits(input._array.shape, src._array.shape)
    if not is_quiet(input, src):
        return (_copy_itself if sharing is ANYHOW else _copy_recorded)(input, src)
    return write_quietly(input, lambda memory: write_array(memory, src._array), src, sharing=sharing)


def _is_same(memory: Any, source: Any) -> bool:
    """Whether two arrays show the same elements in the same way, so that a copy does nothing."""
    return memory is source or bool(
        isinstance(memory, (np.ndarray, Mirrored))
        and isinstance(source, (np.ndarray, Mirrored))
        and memory.shape == source.shape
        and memory.strides == source.strides
        and reading(memory) == reading(source)
        and _of_one_owner(behind(memory), behind(source))
        and behind(memory).__array_interface__["data"] == behind(source).__array_interface__["data"]
    )


def _of_one_owner(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays are windows on one, or one is a window on the other."""
    return one.base is other or other.base is one or (one.base is not None and one.base is other.base)


def _as_source(value: Any) -> Any:
    if isinstance(value, (bool, int, float, complex)):
        return wrap(np.array(value))
    raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {type(value).__name__}")


def _check_fits(shape: tuple[int, ...], source: tuple[int, ...]) -> None:
    extra = len(shape) - len(source)
    for back in range(1, min(len(shape), len(source)) + 1):
        if source[-back] != shape[-back] and 1 not in (source[-back], shape[-back]):
            raise RuntimeError(
                f"The size of tensor a ({shape[-back]}) must match the size of tensor b ({source[-back]}) at "
                f"non-singleton dimension {max(len(shape), len(source)) - back}"
            )
    if extra < 0 or any(n not in (1, m) for n, m in zip(source, shape[extra:])):
        wanted = np.broadcast_shapes(shape, source)
        raise RuntimeError(f"output with shape {list(shape)} doesn't match the broadcast shape {list(wanted)}")


@general(node="FillBackward2", input=lambda grad: zeros_like(grad))
def _fill_number(input: V, value: Scalar) -> V:
    return np.full_like(input, value)


@linear(node="FillBackward3", input=lambda grad: zeros_like(grad), value=lambda grad: add_reduce(grad, None))
def _fill_tensor(input: V, value: V) -> V:
    return expand(cast(value, input.dtype), input.shape)


@general(node="ZeroBackward0", input=lambda grad: zeros_like(grad))
def _zero(input: V) -> V:
    return zeros_like(input)


_fill_number_recorded = in_place(_fill_number, "fill_", ANYHOW)
_fill_tensor_recorded = in_place(_fill_tensor, "fill_", DISTINCT)
_zero_recorded = in_place(_zero, "zero_", ANYHOW)


def fill_(input: V, value: Any) -> V:
    """Overwrite every element with `value`, a number or a 0-d tensor (through which gradients flow).

    >>> import pullback as torch
    >>> torch.zeros(3).fill_(2)
    tensor([2., 2., 2.])
    """
    if isinstance(value, TensorBase):
        if value._array.ndim:
            check_history(input, value)
        _need_scalar(value, "fill_")
    else:
        value = _number("fill_", value, input._array.dtype)
    if not is_quiet(input, value):
        return (_fill_tensor_recorded if isinstance(value, TensorBase) else _fill_number_recorded)(input, value)
    if isinstance(value, TensorBase):
        return write_quietly(input, lambda memory: write_array(memory, value._array), value, sharing=DISTINCT)
    return write_quietly(input, lambda memory: write_array(memory, value), sharing=ANYHOW)


def zero_(input: V) -> V:
    """Overwrite every element with 0."""
    if not is_quiet(input):
        return _zero_recorded(input)
    return write_quietly(input, lambda memory: memory.fill(0), sharing=ANYHOW)


@general(node="FillBackward0", input=lambda grad: zeros_like(grad))
def _filled_number(input: V, value: Scalar) -> V:
    return np.full_like(input, value)


@linear(node="FillBackward1", input=lambda grad: zeros_like(grad), value=lambda grad: add_reduce(grad, None))
def _filled_tensor(input: V, value: V) -> V:
    return copied(expand(cast(value, input.dtype), input.shape), "contiguous_format")


@asks_for_tensors
def fill(input: V, value: Any) -> V:
    """A tensor like `input` with every element `value`, a number or a 0-d tensor."""
    if isinstance(value, TensorBase):
        _need_scalar(value, "fill")
        return _filled_tensor(input, value)
    return _filled_number(input, _number("fill", value, input._array.dtype))


def _need_scalar(value: Any, name: str) -> None:
    if value._array.ndim:
        raise RuntimeError(
            f"{name} only supports 0-dimension value tensor but got tensor with {value._array.ndim} dimensions."
        )


def _number(name: str, value: Any, dtype: Any) -> Any:
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        value = value.item()
    if not isinstance(value, (bool, int, float, complex)):
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got ({type(value).__name__}), but expected one "
            "of:\n * (Tensor value)\n * (Number value)\n"
        )
    return number_of(value, dtype)
