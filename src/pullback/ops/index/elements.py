"""Elements one by one: a number along the diagonal, Python functions of each element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.graph.tensor_base import TensorBase, solid
from pullback.graph.versions import bump
from pullback.ops.creation.options import plain_number
from pullback.ops.index.fill import fill_
from pullback.ops.numbers import number_of
from pullback.ops.shape.broadcasting import expand
from pullback.ops.shape.diagonals import diagonal
from pullback.ops.shape.windows import narrow
from pullback.ops.typing import Scalar, V


def fill_diagonal_(input: V, fill_value: Scalar, wrap: bool = False) -> V:
    """Write a number along the main diagonal: where all indices are equal.

    With `wrap` the diagonal of a tall matrix begins anew below its end, after one row left out. Raises ``RuntimeError``
    for fewer than two axes, and for more than two of different lengths.

    >>> import pullback as torch
    >>> torch.zeros(2, 3).fill_diagonal_(5)
    tensor([[5., 0., 0.],
            [0., 5., 0.]])
    """
    shape = input._array.shape
    value = plain_number(fill_value, "fill_diagonal_", "fill_value", 1)
    if len(shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    view = diagonal(input)
    while view._array.ndim > 1:
        view = diagonal(view)
    fill_(view, value)
    if wrap and len(shape) == 2 and shape[1]:
        rows, columns = shape
        for first in range(columns + 1, rows, columns + 1):
            fill_(diagonal(narrow(input, 0, first, rows - first)), value)
    return input


def apply_(input: V, callable: Callable[[Any], Any]) -> V:
    """Replace every element by what a Python function makes of it; slow, and without a gradient.

    >>> import pullback as torch
    >>> torch.tensor([1., 2.]).apply_(lambda x: x + 10)
    tensor([11., 12.])
    """
    return _applied("apply_", input, (), callable)


def map_(input: V, tensor: V, callable: Callable[[Any, Any], Any]) -> V:
    """Replace every element by what a Python function makes of it and that of another tensor."""
    return _applied("map_", input, (tensor,), callable)


def map2_(input: V, x: V, y: V, callable: Callable[[Any, Any, Any], Any]) -> V:
    """`map_` with a function of three elements."""
    return _applied("map2_", input, (x, y), callable)


def _applied(name: str, input: V, others: tuple[V, ...], function: Callable[..., Any]) -> V:
    for each in (input, *others):
        if isinstance(each, TensorBase) and each.requires_grad:
            raise RuntimeError(
                f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead."
            )
    memory = solid(input)
    columns = [memory, *(expand(other, memory.shape)._array for other in others)]
    found = [function(*(each.item() for each in row)) for row in zip(*(np.asarray(c).flat for c in columns))]
    for value in found:
        if not isinstance(value, (bool, int, float, complex)):
            raise TypeError(f"must be real number, not {type(value).__name__}")
    memory.flat = [number_of(value, memory.dtype) for value in found]
    bump(input)
    return input
