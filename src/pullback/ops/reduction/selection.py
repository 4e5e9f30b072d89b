"""Operators that choose one element along an axis and say which: max, median, kthvalue … (values, indices).

Their cotangent goes to the chosen element, their tangent is the chosen element's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import reductions
from pullback.arrays.reductions import kept
from pullback.arrays.vocabulary import reshape
from pullback.graph.operator import linear
from pullback.ops.dims import wrap_dim
from pullback.ops.typing import V


@linear(
    node="ValueSelectingReductionBackward0",
    values=lambda grad, indices, axis: np.take_along_axis(grad, indices, axis),
)
def put_along(values: V, indices: V, axis: int, length: int) -> V:
    """Zeros of `length` along `axis` that hold `values` at `indices`; no index repeats along the axis.

    >>> import pullback as torch
    >>> put_along(torch.tensor([5.]), torch.tensor([1]), 0, 3)
    tensor([0., 5., 0.])
    """
    return reductions.put_along(values, indices, axis, length)


@linear(node="ScatterAddBackward0", values=lambda grad, indices, axis: np.take_along_axis(grad, indices, axis))
def add_along(values: V, indices: V, axis: int, length: int) -> V:
    """Zeros of `length` along `axis` to which `values` are added at `indices`."""
    return reductions.add_along(values, indices, axis, length)


def selected_rule(grad: Any, results: Any, input_shape: tuple[int, ...], dim: int, keepdim: bool) -> Any:
    """The cotangent at the chosen element, zero elsewhere."""
    if not input_shape:
        return grad
    axis = wrap_dim(dim, len(input_shape))
    indices = kept_at(results[1], input_shape, axis, keepdim)
    return reductions.put_along(kept_at(grad, input_shape, axis, keepdim), indices, axis, input_shape[axis])


def selected_tangent(d_input: Any, results: Any, dim: int, keepdim: bool) -> Any:
    """The tangent of the chosen element; the index has none."""
    shape = tuple(d_input.shape)
    if not shape:
        return d_input, None
    axis = wrap_dim(dim, len(shape))
    found = np.take_along_axis(d_input, kept_at(results[1], shape, axis, keepdim), axis)
    return reshape(found, tuple(results[0].shape)), None


def kept_at(value: Any, shape: tuple[int, ...], axis: int, keepdim: bool) -> Any:
    """A result of a selection with the axis put back at length 1."""
    return value if keepdim else reshape(value, shape[:axis] + (1,) + shape[axis + 1 :])


SELECTION: Any = {"input": selected_rule, "jvp": selected_tangent}
"""The rules of an operator with the parameters ``input, dim, keepdim`` and the results ``values, indices``."""
