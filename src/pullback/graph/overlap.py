"""Whether a write may harm itself: elements of the target that share memory, or memory shared with an operand.

The rules are PyTorch's, which answers fast rather than fully: a stride of 0 is seen, two arrays without gaps are compared by
the bytes they span, and anything harder passes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from pullback.arrays.mirrored import behind
from pullback.arrays.strides import element_strides
from pullback.graph.once import outside

_ITSELF = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please "
    "clone() the tensor before performing the operation."
)
_OTHER = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
    "location. Please clone() the tensor before performing the operation."
)


def check_no_overlap(memory: Any) -> None:
    """Raise if two elements of the array `memory` are one, as after `expand`."""
    if 0 in memory.strides and memory.__class__ is np.ndarray and not memory.flags.c_contiguous:
        for stride, length in zip(memory.strides, memory.shape):
            if stride == 0 and length > 1:
                raise RuntimeError(_ITSELF)


def warn_expanded(memory: Any, name: str, example: str = "tensor[mask] = scalar") -> None:
    """Warn as `name` is about to write what repeats in the expanded array `memory`."""
    if 0 in getattr(memory, "strides", ()) and any(not step for step in element_strides(memory)):
        warnings.warn(
            f"Use of {name} on expanded tensors is deprecated. Please clone() the tensor before performing this "
            f"operation. This also applies to advanced indexing e.g. {example}",
            UserWarning,
            stacklevel=outside(),
        )


def check_apart(memory: Any, operands: Iterable[Any], fully: bool = False) -> None:
    """Raise if `memory` shares a part of its elements with one of the arrays `operands`.

    An operand that shows just the same elements is fine, unless they must be apart `fully`.
    """
    for operand in operands:
        if operand is memory:
            if fully:
                raise RuntimeError(_OTHER)
            continue
        if operand.__class__ is not np.ndarray or _of_other_owners(memory, operand):
            continue
        first, second = _span(memory), _span(operand)
        if first is None or second is None or first[0] >= second[1] or second[0] >= first[1]:
            continue
        if fully or first != second or element_strides(memory) != element_strides(operand):
            raise RuntimeError(_OTHER)


def _of_other_owners(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether it is plain without looking at addresses, as it mostly is, that two arrays lie in different memory."""
    first = one if one.base is None else one.base
    second = other if other.base is None else other.base
    return (
        first is not second
        and first.__class__ is np.ndarray is second.__class__
        and first.base is None is second.base  # no window of a window that NumPy did not shorten
    )


def _span(array: np.ndarray) -> tuple[int, int] | None:
    """The addresses of the first byte and of that behind the last, of an array without gaps and repetitions."""
    array = behind(array)
    if not isinstance(array, np.ndarray):
        return None
    if not array.size or not is_dense(array):
        return None
    start = array.__array_interface__["data"][0]
    return start, start + array.nbytes


def is_dense(array: Any) -> bool:
    """Whether the elements of `array` fill a piece of memory, in whatever order, once each."""
    array = behind(array)
    if not isinstance(array, np.ndarray) or array.flags.c_contiguous or array.flags.f_contiguous:
        return True
    expected = array.itemsize
    for stride, length in sorted((s, n) for s, n in zip(array.strides, array.shape) if n > 1):
        if stride != expected:
            return False
        expected *= length
    return True
