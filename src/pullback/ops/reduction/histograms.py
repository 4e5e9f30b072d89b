"""Counts in bins, and which bin a value falls in. None of these has a derivative."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.arrays import counting
from pullback.arrays.vocabulary import cast
from pullback.graph.inplace import spoken
from pullback.graph.levels import example_by_example
from pullback.graph.operator import nondifferentiable
from pullback.graph.out import store
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.pointwise.kinds import unsupported
from pullback.ops.typing import Count, Scalar, V
from pullback.ops.wrong_types import asks_for_tensors
from pullback.return_types import return_type

HISTOGRAM = return_type("histogram", "hist", "bin_edges")
HISTOGRAM_OUT = return_type("histogram_out", "hist", "bin_edges")
HISTOGRAMDD = return_type("histogramdd", "hist", "bin_edges")


@nondifferentiable()
def bincount(input: V, weights: V | None = None, minlength: Count = 0) -> V:
    """How often each of the numbers 0, 1, … occurs in a 1-d `input`, or the sum of its `weights` there.

    int64; with weights float32 for float32 and float64 for any other dtype.

    >>> import pullback as torch
    >>> torch.bincount(torch.tensor([1, 1, 3]))
    tensor([0, 2, 0, 1])
    """
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if input.dtype.kind not in "iu":
        raise NotImplementedError(f"\"bincount_cpu\" not implemented for '{spoken(input.dtype)}'")
    if input.ndim != 1 or (input.shape[0] and np.minimum.reduce(input) < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is not None and weights.shape != input.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    return counting.count_values(input, weights if input.shape[0] else None, minlength)


@nondifferentiable()
def histc(input: V, bins: Count = 100, min: float = 0, max: float = 0) -> V:
    """Counts of the elements in `bins` bins of equal width from `min` to `max` (by default from smallest to
    largest).

    Elements outside and NaN are not counted; `max` itself belongs to the last bin. Floating dtypes, kept.

    >>> import pullback as torch
    >>> torch.histc(torch.tensor([1., 2., 1.]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    if input.dtype.kind in "biuc":
        raise NotImplementedError(f"\"histogram_cpu\" not implemented for '{spoken(input.dtype)}'")
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")
    low, high = _bounds(input) if min == max and 0 not in input.shape else (min, max)
    if not np.isfinite(low + high):
        raise RuntimeError(f"torch.histc: range of [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError("torch.histc: max must be larger than min")
    return counting.histogram_even(input, bins, *((low, high) if low < high else (low - 1, high + 1)))


def _bounds(array: Any) -> tuple[float, float]:
    return float(np.minimum.reduce(array, axis=None)), float(np.maximum.reduce(array, axis=None))


def _edges(column: Any, bins: Any, ends: tuple[float, float] | None, dim: int) -> Any:
    """The edges of one axis of a histogram: given, or `bins` of equal width over `ends` or the elements' range."""
    if isinstance(bins, TensorBase):
        return _given_edges(column, bins._array, dim)
    if bins <= 0:
        raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension {dim}")
    low, high = ends or (_bounds(column) if column.size else (0.0, 1.0))
    if not np.isfinite(low + high):
        raise RuntimeError(f"torch.histogramdd: dimension {dim}'s range [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError(
            f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension {dim}"
        )
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1, dtype=column.dtype)


def _given_edges(column: Any, edges: Any, dim: int) -> Any:
    if edges.ndim != 1:
        raise RuntimeError(
            f"torch.histogramdd: bins tensor should have one dimension, but got {edges.ndim} dimensions in the bins "
            f"tensor for dimension {dim}"
        )
    if edges.dtype != column.dtype:
        raise RuntimeError(
            "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype "
            f"{spoken(column.dtype).lower()} and bins for dimension {dim} with dtype {spoken(edges.dtype).lower()}"
        )
    return edges


def _weights(weight: Any, points: Any, shape: tuple[int, ...]) -> Any:
    """The weights of the points in one axis; one for each."""
    if weight is None:
        return None
    if tuple(weight.shape) != shape:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor "
            f"excluding its innermost dimension, but got input with shape {list(points.shape)} and weight with shape "
            f"{list(weight.shape)}"
        )
    return weight.reshape(-1)


@nondifferentiable()
def _histogram(input: V, edges: Any, weight: V | None, density: bool) -> V:
    count = counting.histogram_edges(input, edges, weight)
    if not density:
        return count
    volume = np.ones((), input.dtype)
    for edge in edges:
        volume = np.multiply.outer(volume, np.diff(edge))
    return cast(count / np.add.reduce(count, axis=None) / volume, input.dtype)


def _check_floating(input: V, name: str) -> None:
    if input._array.dtype.kind in "biuc":
        raise NotImplementedError(f"\"{name}\" not implemented for '{spoken(input._array.dtype)}'")


@example_by_example
@asks_for_tensors
def histogram(
    input: V,
    bins: int | V = 100,
    *,
    range: tuple[float, float] | None = None,
    weight: V | None = None,
    density: bool = False,
    out: Any = None,
) -> Any:
    """Counts of the elements in bins, and the bins' edges: a named tuple ``(hist, bin_edges)``.

    Args:
        bins: how many of equal width over `range` (by default that of the elements), or their edges as a
        tensor.
        weight: what each element counts, of the shape of `input`.
        density: divide by the total and the width, so that the integral is 1.

    >>> import pullback as torch
    >>> torch.histogram(torch.tensor([1., 2., 1.]), bins=2, range=(0., 3.)).hist
    tensor([2., 1.])
    """
    _check_floating(input, "histogramdd")
    points = input._array.reshape(-1, 1)
    edges = _edges(points, bins, range, 0)
    found = _histogram(wrap(points), [edges], _weights(weight, points, tuple(input.shape)), density), wrap(edges)
    if out is None:
        return HISTOGRAM(*found)
    return HISTOGRAM_OUT(*store("histogram", out, found))


@example_by_example
@asks_for_tensors
def histogramdd(
    input: V,
    bins: int | Sequence[int] | Sequence[V],
    range: Sequence[float] | None = None,
    weight: V | None = None,
    density: bool = False,
) -> Any:
    """Counts of points, the rows of `input` ``(*, D)``, in boxes; and the `D` edges: ``(hist, bin_edges)``.

    >>> import pullback as torch
    >>> torch.histogramdd(torch.tensor([[0., 1.], [1., 0.], [1., 1.]]), bins=[2, 2]).hist
    tensor([[0., 1.],
            [1., 1.]])
    """
    _check_floating(input, "histogramdd")
    if input.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    points = input._array.reshape(-1, input._array.shape[-1])
    size = points.shape[1]
    each = list(bins) if isinstance(bins, Sequence) else [bins] * size
    if len(each) != size:
        raise RuntimeError(
            "histogramdd: The size of bins must be equal to the innermost dimension of the input. "
            f"Got {len(each)} and {size}"
        )
    ends = [None] * size if range is None else list(zip(range[::2], range[1::2]))
    edges = [_edges(points[:, n], each[n], ends[n], n) for n in builtins.range(size)]
    weights = _weights(weight, points, tuple(input.shape[:-1]))
    return HISTOGRAMDD(_histogram(wrap(points), edges, weights, density), tuple(wrap(edge) for edge in edges))


@nondifferentiable()
def _places(boundaries: V, values: V, right: bool, int32: bool, sorter: V | None) -> V:
    kinds = {boundaries.dtype.kind, values.dtype.kind}
    if values.size and ("c" in kinds or kinds == {"b"}):
        raise unsupported("searchsorted_out_cpu", (boundaries if boundaries.dtype.kind == "c" else values).dtype)
    found = counting.insertion_places(boundaries, values, right, sorter)
    return cast(found, np.dtype(np.int32 if int32 else np.int64))


@asks_for_tensors
def bucketize(input: V | Scalar, boundaries: V, *, out_int32: bool = False, right: bool = False, out: Any = None) -> V:
    """The index of the bucket between sorted 1-d `boundaries` that each element of `input` falls in.

    ``boundaries[i-1] < x <= boundaries[i]`` gives ``i``; with `right`, ``boundaries[i-1] <= x <
    boundaries[i]``.

    >>> import pullback as torch
    >>> torch.bucketize(torch.tensor([1, 3, 6]), torch.tensor([1, 3, 5]))
    tensor([0, 1, 3])
    """
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    values = input if isinstance(input, TensorBase) else wrap(np.asarray(input))
    return _places(boundaries, values, right, out_int32, None, out=out)


@asks_for_tensors
def searchsorted(
    sorted_sequence: V,
    input: V | Scalar,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: V | None = None,
    out: Any = None,
) -> V:
    """Where the elements of `input` would be inserted to keep `sorted_sequence` sorted along its last axis.

    Shapes: a 1-d sequence takes any `input`; otherwise all axes but the last agree. `sorter` are the indices
    that sort the sequence. `side` is ``"left"`` or ``"right"``, the same as `right`.

    >>> import pullback as torch
    >>> torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 6]), right=True)
    tensor([2, 3])
    """
    values = input if isinstance(input, TensorBase) else wrap(np.asarray(input))
    _check_search(sorted_sequence, values, right, side, sorter)
    return _places(sorted_sequence, values, right or side == "right", out_int32, sorter, out=out)


def _check_search(boundaries: V, values: V, right: bool, side: str | None, sorter: V | None) -> None:
    name = "torch.searchsorted(): "
    shape, wanted = tuple(boundaries.shape), tuple(values.shape)
    if side not in (None, "left", "right"):
        raise RuntimeError(f"{name}side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(f"{name}side and right can't be set to opposites, got side of left while right was True")
    if not shape:
        raise RuntimeError(f"{name}boundaries tensor should have positive dimension, but got 0 dimension")
    if not wanted and len(shape) != 1:
        raise RuntimeError(
            f"{name}input value can be a scalar only when boundaries tensor dimension is 1, but we got "
            f"boundaries tensor dim({len(shape)}) and input value's dim(0) numel(1)"
        )
    if len(shape) != 1 and shape[:-1] != wanted[:-1]:
        raise RuntimeError(
            f"{name}boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor "
            f"and input value tensor must match, but we got boundaries tensor {list(shape)} and input value "
            f"tensor {list(wanted)}"
        )
    if sorter is None:
        return
    if tuple(sorter.shape) != shape:
        raise RuntimeError(
            f"{name}boundary and sorter must have the same size, but got boundary tensor {list(shape)}and "
            f"got sorter tensor {list(sorter.shape)}"
        )
    if sorter._array.dtype != np.int64:
        raise RuntimeError(f"{name}sorter must be a tensor of long dtype but got dtype {spoken(sorter._array.dtype)}")
    places = sorter._array
    if isinstance(places, np.ndarray) and ((places < 0) | (places >= shape[-1])).any():
        raise RuntimeError(f"{name}sorter index out of range")
