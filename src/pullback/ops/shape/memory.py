"""Copies, and how the elements lie in memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import strides
from pullback.arrays.vocabulary import dispatched
from pullback.graph.operator import linear
from pullback.ops.dims import wrap_dim
from pullback.ops.typing import V


def format_name(memory_format: Any) -> str:
    """The name of a memory format, which may be given as an object, a name or `None` (contiguous)."""
    if memory_format is None:
        return "contiguous_format"
    return getattr(memory_format, "name", memory_format)  # type: ignore[no-any-return]


@dispatched
def copied(array: Any, memory_format: str) -> Any:
    """A copy of `array` laid out in a memory format."""
    if not isinstance(array, np.ndarray):
        return array
    return strides.in_format(array, memory_format)


@linear(node="CloneBackward0", input=lambda grad: grad)
def _clone(input: V, memory_format: str) -> V:
    return copied(input, memory_format)


def clone(input: V, *, memory_format: Any = "preserve_format") -> V:
    """A copy of the tensor; gradients flow through it to `input`.

    `memory_format` says how the copy lies in memory: as the input does (``torch.preserve_format``), in C order
    (``torch.contiguous_format``) or with the channels innermost.
    """
    return _clone(input, "preserve_format" if memory_format is None else format_name(memory_format))


def contiguous(input: V, memory_format: Any = None) -> V:
    """The tensor itself if its elements follow one another in memory (in C order by default), else a copy that does."""
    name = format_name(memory_format)
    if strides.is_contiguous(input._array, name):
        return input
    if name == "preserve_format":
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    return _clone(input, name)


def is_contiguous(input: Any, memory_format: Any = None) -> bool:
    """Whether the elements follow one another in memory without gaps, in C order unless `memory_format` says other."""
    return strides.is_contiguous(input._array, format_name(memory_format))


def stride(input: Any, dim: int | None = None) -> Any:
    """The step in memory, in elements, along each axis or along `dim`.

    >>> import pullback as torch
    >>> torch.zeros(2, 3).stride(), torch.zeros(2, 3).t().stride(0)
    ((3, 1), 1)
    """
    found = strides.element_strides(input._array)
    return found if dim is None else found[wrap_dim(dim, len(found))]


def dim_order(input: Any) -> tuple[int, ...]:
    """The axes from the outermost in memory to the innermost."""
    steps = strides.element_strides(input._array)
    return tuple(sorted(range(len(steps)), key=lambda axis: -steps[axis]))
