"""Operators that choose one element along an axis and say which: max, median, kthvalue … (values, indices).

Their cotangent goes to the chosen element, their tangent is the chosen element's.
"""

from __future__ import annotations

from typing import Any

from pullback.arrays import reductions
from pullback.arrays.along import pick_along
from pullback.arrays.reductions import put_back
from pullback.arrays.vocabulary import reshape
from pullback.graph.operator import linear, nondifferentiable
from pullback.ops.dims import wrap_dim
from pullback.ops.typing import V


@linear(
    node="ValueSelectingReductionBackward0",
    values=lambda grad, indices, axis: pick_along(grad, indices, axis),
)
def put_along(values: V, indices: V, axis: int, length: int) -> V:
    """Zeros of `length` along `axis` that hold `values` at `indices`; no index repeats along the axis.

    >>> import pullback as torch
    >>> put_along(torch.tensor([5.]), torch.tensor([1]), 0, 3)
    tensor([0., 5., 0.])
    """
    return reductions.put_along(values, indices, axis, length)


@nondifferentiable()
def matches(input: V, value: V) -> V:
    """Where `input` equals `value`, a NaN being equal to a NaN."""
    return reductions.matches(input, value)


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
    found = pick_along(d_input, kept_at(results[1], shape, axis, keepdim), axis)
    return reshape(found, tuple(results[0].shape)), None


def kept_at(value: Any, shape: tuple[int, ...], axis: int, keepdim: bool) -> Any:
    """A result of a selection with the axis put back at length 1."""
    if keepdim:
        return value
    return put_back(value, axis) if value.ndim else reshape(value, (1,))


SELECTION: Any = {"input": selected_rule, "jvp": selected_tangent, "uses": (1,)}
"""The rules of an operator with parameters ``input, dim, keepdim`` and results ``values, indices``."""
