"""The ``out=`` argument: store a finished result in a tensor that the caller brought."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from itertools import zip_longest
from math import prod
from typing import Any

import numpy as np

from pullback.arrays.mirrored import read_like
from pullback.arrays.shells import Shell
from pullback.arrays.strides import memory_of, offset_in_memory
from pullback.graph.inplace import write_array
from pullback.graph.levels import is_batched
from pullback.graph.modes import NO_GRAD, SAVED_HOOKS, current_mode, get_mode
from pullback.graph.mutation import before_write
from pullback.graph.once import outside
from pullback.graph.out_dtypes import RESIZED, UNTRACKED, check_dtype
from pullback.graph.overlap import check_apart, check_no_overlap
from pullback.graph.tensor_base import TensorBase, solid
from pullback.graph.versions import bump
from pullback.return_types import return_type

OTHER_DEVICE = "Attempting to copy from device cpu to device meta, but cross-device copies are not allowed!"


def store(name: str, out: Any, result: Any, operands: Iterable[Any] = ()) -> Any:
    """Store `result` (a tensor or a tuple of them) in `out`, which is returned.

    `out` takes the result's shape (with a warning if it was not empty) and keeps its dtype, to which the result
    must be castable. Raises ``TypeError`` for what is no tensor, ``RuntimeError`` where a gradient would be lost or
    `out` shares a part of its memory with one of `operands`.
    """
    if isinstance(result, tuple):
        if not isinstance(out, (tuple, list)) or len(out) != len(result):
            raise TypeError(
                f"{name}(): argument 'out' must be tuple of {len(result)} Tensors, not {type(out).__name__}"
            )
        pairs = list(zip(out, result))
    else:
        pairs = [(out, result)]
    for place, (target, value) in enumerate(pairs):
        _check(name, target, value, operands, len(pairs) > 1, place)
    for target, value in pairs:
        _store(
            target, value, operands, name not in RESIZED and (name != "mode" or bool(next(iter(operands))._array.ndim))
        )
    if hasattr(result, "_fields"):
        return return_type(f"{type(result).__name__.removesuffix('_out')}_out", *result._fields)(*out)
    return tuple(out) if isinstance(result, tuple) else out


def refuse_gradients(name: str, out: Any, operands: Iterable[Any]) -> None:
    """Raise if a gradient would be lost: if something is recorded, and `out` or one of `operands` requires grad."""
    if current_mode() & NO_GRAD:
        return
    targets = () if name in UNTRACKED else out if isinstance(out, (tuple, list)) else (out,)
    for each in (*targets, *operands):
        if isinstance(each, TensorBase) and each.requires_grad:  # type: ignore[attr-defined]
            raise RuntimeError(
                f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
                "arguments requires grad."
            )


def _check(name: str, target: Any, value: Any, operands: Iterable[Any], several: bool, place: int) -> None:
    if not isinstance(target, TensorBase):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(target).__name__}")
    refuse_gradients(name, target, (value,))
    if any(is_batched(each) for each in (target, value)):
        raise RuntimeError(
            f"Batching rule not implemented for aten::{name}.out; the fallback path doesn't work on out= or view ops."
        )
    check_no_overlap(target._array)
    _check_apart(target, operands)
    if target._array.__class__ is Shell and value._array.__class__ is not Shell:
        raise RuntimeError(OTHER_DEVICE)
    check_dtype(name, value._array, target._array.dtype, several, place)


def _check_apart(target: Any, operands: Iterable[Any]) -> None:
    check_apart(target._array, (each._array for each in operands if isinstance(each, TensorBase)))


def check_memory(name: str, out: Any, operands: Iterable[Any], recorded: bool) -> None:
    """Raise if `out` shares memory in a way that writing would harm, or if a gradient would be lost: before anything is
    computed, whatever its shape."""
    if isinstance(out, TensorBase) and not is_batched(out):
        refuse_gradients(name, out, operands if recorded else ())
        check_no_overlap(out._array)
        _check_apart(out, operands)


def check_read_shape(out: Any, result: Any, operands: Iterable[Any]) -> None:
    """Raise if `out` is an operand too, so that it cannot take the shape of `result`, to which all are broadcast."""
    if not isinstance(result, TensorBase) or not any(each is out for each in operands):
        return
    have, wanted = out._array.shape, result._array.shape
    shapes = [each._array.shape for each in operands if isinstance(each, TensorBase)]
    lengths = zip_longest(*[shape[::-1] for shape in shapes], fillvalue=1)
    longest = tuple(min(each) if 0 in each else max(each) for each in lengths)[::-1]
    if have != wanted == longest:
        raise RuntimeError(f"output with shape {list(have)} doesn't match the broadcast shape {list(wanted)}")


def _store(target: Any, value: Any, operands: Iterable[Any], warns: bool) -> None:
    if get_mode() & SAVED_HOOKS:
        before_write(target)
    bump(target)
    if target._array.shape != value._array.shape:
        resize_memory(target, value._array.shape, warns)
        _check_apart(target, operands)
    write_array(solid(target), value._array)


def resize_memory(target: Any, shape: tuple[int, ...], warns: bool = True) -> None:
    """Give `target` the shape of a result, warning as PyTorch does if it held elements."""
    if warns and target._array.size:
        warnings.warn(
            f"An output with one or more elements was resized since it had shape {list(target._array.shape)}, which "
            f"does not match the required output shape {list(shape)}. This behavior is deprecated, and in a future "
            "PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse an "
            "out tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
            UserWarning,
            stacklevel=outside(),
        )
    array = solid(target)
    memory, start = memory_of(array), offset_in_memory(array) if array.size else 0
    if start + prod(shape) <= memory.size:  # as in PyTorch, other views of the memory see the result
        found = memory[start : start + prod(shape)].reshape(shape)
    else:
        found = np.empty(shape, array.dtype)
    target._array = read_like(array, found)
