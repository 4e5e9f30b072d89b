"""The derivative of sampled values, estimated from neighbours: `torch.gradient`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback.arrays import dtypes
from pullback.arrays.cumulative import span
from pullback.graph.tensor_base import TensorBase
from pullback.ops.creation.options import plain_number
from pullback.ops.dims import wrap_dims
from pullback.ops.numpy_words import numpy_names
from pullback.ops.shape.joining import cat
from pullback.ops.typing import Dim, Scalar, V

Spacing = Any  # None, a number, numbers, or coordinates: a list of 1-d tensors


@numpy_names
def gradient(input: V, *, spacing: Spacing = None, dim: Dim = None, edge_order: int = 1) -> tuple[V, ...]:
    """The derivative of `input` along each of `dim` (all by default), by central differences.

    Args:
        spacing: the distance of neighbours: a number, one number for each dimension, or for each dimension a 1-d
            tensor with the coordinates of its points.
        dim: the dimensions.
        edge_order: 1 or 2: the order of the one-sided differences at the two ends.

    Raises ``RuntimeError`` for another `edge_order`, for as many spacings as do not fit, and for dimensions that are
    shorter than ``edge_order + 1``. Matches https://docs.pytorch.org/docs/2.13/generated/torch.gradient.html.

    >>> import pullback as torch
    >>> torch.gradient(torch.tensor([1., 4., 9., 16.]), spacing=2.)
    (tensor([1.5000, 2.0000, 3.0000, 3.5000]),)
    """
    if input.dtype is dtypes.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    dims = tuple(range(input.ndim)) if dim is None else wrap_dims(dim, input.ndim)
    steps = _steps(input, spacing, dims, dim is not None)
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    for axis in dims:
        if input.shape[axis] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
    return tuple(
        _at_coordinates(input, axis, step, edge_order)
        if isinstance(step, TensorBase)
        else _evenly(input, axis, step, edge_order)
        for axis, step in zip(dims, steps)
    )


def _steps(input: V, spacing: Spacing, dims: tuple[int, ...], chosen: bool) -> Sequence[Any]:
    """One spacing for each dimension."""
    if not isinstance(spacing, (list, tuple)):
        step = 1 if spacing is None else plain_number(spacing, "gradient", "spacing", 2)
        return [step] * len(dims)
    if len(spacing) != len(dims):
        if chosen:
            raise RuntimeError(
                "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have "
                f"the same length, but got a spacing argument of length {len(spacing)} and a dim argument of length "
                f"{len(dims)}."
            )
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = "
            f"{input.ndim}', since dim argument was not given, but got a list of length {len(spacing)}"
        )
    for axis, step in zip(dims, spacing):
        if isinstance(step, TensorBase) and step.ndim == 1 and len(step) != input.shape[axis]:
            raise RuntimeError(
                f"torch.gradient expected one coordinate for each of the {input.shape[axis]} points of dimension "
                f"{axis}, but got {len(step)}"
            )
    return [step if isinstance(step, TensorBase) and step.ndim else plain_number(step, "gradient", "spacing", 2)
            for step in spacing]  # fmt: skip


def _evenly(input: V, axis: int, step: Scalar, edge_order: int) -> V:
    def at(place: int) -> V:
        return span(input, axis, place, place + 1 or None)

    inner = (span(input, axis, 2, None) - span(input, axis, None, -2)) / (2 * step)
    if edge_order == 1:
        first, last = (at(1) - at(0)) / step, (at(-1) - at(-2)) / step
    else:
        first = (-1.5 * at(0) + 2 * at(1) - 0.5 * at(2)) / step
        last = (1.5 * at(-1) - 2 * at(-2) + 0.5 * at(-3)) / step
    return cat([first, inner, last], axis)


def _at_coordinates(input: V, axis: int, coordinates: V, edge_order: int) -> V:
    """The derivative of the parabola (at the ends with order 1: the line) through a point and its neighbours."""

    def at(place: int) -> V:
        return span(input, axis, place, place + 1 or None)

    gaps = (coordinates[1:] - coordinates[:-1]).reshape([-1 if n == axis else 1 for n in range(input.ndim)])
    before, after = span(gaps, axis, None, -1), span(gaps, axis, 1, None)
    inner = (
        -after / (before * (before + after)) * span(input, axis, None, -2)
        + (after - before) / (before * after) * span(input, axis, 1, -1)
        + before / (after * (before + after)) * span(input, axis, 2, None)
    )
    if edge_order == 1:
        first = (at(1) - at(0)) / span(gaps, axis, 0, 1)
        last = (at(-1) - at(-2)) / span(gaps, axis, -1, None)
    else:
        first = _slope_at_end(at(0), at(1), at(2), span(gaps, axis, 0, 1), span(gaps, axis, 1, 2))
        last = -_slope_at_end(at(-1), at(-2), at(-3), span(gaps, axis, -1, None), span(gaps, axis, -2, -1))
    return cat([first, inner, last], axis)


def _slope_at_end(end: V, second: V, third: V, near: V, far: V) -> V:
    """The derivative at `end` of the parabola through three points that are `near` and `far` apart."""
    return (
        -(2 * near + far) / (near * (near + far)) * end
        + (near + far) / (near * far) * second
        - near / (far * (near + far)) * third
    )
