"""Neighbours along an axis reduced segment by segment."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.along import pick_along, reduced_along
from pullback.arrays.vocabulary import cast, dispatched, expand, reshape, zeros_like
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.graph.tensor_base import TensorBase
from pullback.ops.dims import wrap_dim
from pullback.ops.index.reducing import values_cotangent
from pullback.ops.pointwise.kinds import REAL, unsupported
from pullback.ops.shape.memory import copied
from pullback.ops.typing import Scalar, V
from pullback.ops.wrong_types import asks_for_tensors

_HOW = {"sum": "sum", "mean": "mean", "max": "amax", "min": "amin", "prod": "prod"}
_EMPTY = {"sum": 0.0, "mean": np.nan, "amax": -np.inf, "amin": np.inf, "prod": 1.0}
"""What a segment of no elements gives."""


@dispatched
def segment_of(lengths: Any, count: int) -> Any:
    """For each of `count` places, which segment it lies in; those after the last one get its number plus 1.

    >>> segment_of(np.array([2, 0, 1]), 4)
    array([0, 0, 2, 3])
    """
    ends = np.cumsum(lengths, -1)
    return (ends[..., None, :] <= np.arange(count)[:, None]).sum(-1)


def _places(lengths: V, shape: tuple[int, ...]) -> V:
    """`segment_of` for every element of an array of `shape`; the axes of `lengths` are its first ones."""
    axis = lengths.ndim - 1
    places = segment_of(lengths, shape[axis])
    return expand(reshape(places, (*places.shape, *(1,) * (len(shape) - axis - 1))), shape)


def _counts(lengths: V, like: V) -> V:
    """The lengths, at least 1, aligned with the result."""
    counts = cast(np.maximum(lengths, 1), like.dtype)
    return reshape(counts, (*lengths.shape, *(1,) * (like.ndim - lengths.ndim)))


def _room(data: V, lengths: V, start: float) -> V:
    """What the segments start from, with one more at the end for what lies in none."""
    axis = lengths.ndim - 1
    shape = (*data.shape[:axis], lengths.shape[-1] + 1, *data.shape[axis + 1 :])
    return cast(zeros_like(data, shape) + start, data.dtype)


def _segment_rule(grad: V, data: V, lengths: V, how: str, initial: Scalar | None, result: V) -> V:
    axis = lengths.ndim - 1
    places = _places(lengths, data.shape)
    if how == "mean":
        grad = grad / _counts(lengths, result)
    grad, result = _with_rest(grad, axis), _with_rest(result, axis)
    if how in ("sum", "mean"):
        return pick_along(grad, places, axis)
    if how == "prod":
        start = _room(data, lengths, 1.0 if initial is None else initial)
        found = values_cotangent(grad, start, axis, places, data, how, True, result)
        return np.where(places < lengths.shape[-1], found, zeros_like(found))
    attains = cast(data == pick_along(result, places, axis), grad.dtype)
    number = reduced_along(zeros_like(result), places, axis, attains, "sum")  # 0 where `initial` is the extremum
    return attains * pick_along(grad / np.maximum(number, 1), places, axis)


def _with_rest(array: V, axis: int) -> V:
    """`array` with zeros after its end along `axis`, for elements that lie in no segment."""
    shape = (*array.shape[:axis], 1, *array.shape[axis + 1 :])
    return np.concatenate([array, zeros_like(array, shape)], axis)


@general(node="SegmentReduceBackward0", data=_segment_rule)
def _segment_reduce(data: V, lengths: V, how: str, initial: Scalar | None) -> V:
    axis, count = lengths.ndim - 1, lengths.shape[-1]
    neutral = 0.0 if how == "mean" else _EMPTY[how]
    start = _room(data, lengths, neutral if initial is None else initial)
    summed = "sum" if how == "mean" else how
    found = reduced_along(start, _places(lengths, data.shape), axis, data, summed)
    found = found[(slice(None),) * axis + (slice(0, count),)]
    if how != "mean":
        return copied(found, "contiguous_format") if axis else found
    found = found / _counts(lengths, found)
    if initial is not None:
        return found
    nothing = reshape(lengths == 0, (*lengths.shape, *(1,) * (found.ndim - lengths.ndim)))
    return np.where(nothing, found.dtype.type(np.nan), found)


@asks_for_tensors
def segment_reduce(
    data: V,
    reduce: str,
    *,
    lengths: V | None = None,
    indices: V | None = None,
    offsets: V | None = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: Scalar | None = None,
) -> V:
    """Segments of neighbours along `axis` reduced to one element each.

    Args:
        reduce: ``"sum"``, ``"mean"``, ``"max"``, ``"min"`` or ``"prod"``.
        lengths: how long the segments are, integers of shape ``(*data.shape[:axis], segments)``; or
        offsets: where they begin and the last one ends, ``(*data.shape[:axis], segments + 1)``.
        unsafe: leave out the check that they cover the axis.
        initial: takes part in every segment.

    A segment of no elements gives what the reduction starts from, for ``"mean"`` NaN. Raises ``RuntimeError`` for
    lengths that do not fit, ``NotImplementedError`` for integers.

    >>> import pullback as torch
    >>> torch.segment_reduce(torch.tensor([1., 2., 4.]), "sum", lengths=torch.tensor([1, 2]))
    tensor([1., 6.])
    """
    if reduce not in _HOW:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    if data._array.dtype not in REAL:
        raise unsupported("_segment_reduce_cpu", data._array.dtype)
    place = wrap_dim(axis, data._array.ndim)
    if offsets is not None:
        lengths = offsets[..., 1:] - offsets[..., :-1]
    if not isinstance(lengths, TensorBase):
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    _check_lengths(data, lengths, place, unsafe or offsets is not None)
    return _segment_reduce(data, lengths, _HOW[reduce], initial)


def _check_lengths(data: Any, lengths: Any, axis: int, unsafe: bool) -> None:
    array = lengths._array
    if data._array.ndim < array.ndim:
        raise RuntimeError(
            "Expected data.dim() >= lengths_value.dim() to be true, but got false.  (Could this error message be improved?  If so, "
            "please report an enhancement request to PyTorch.)"
        )
    if array.ndim - 1 != axis or array.shape[:-1] != data._array.shape[:axis]:
        raise RuntimeError(
            f"segment_reduce(): Expected lengths of shape {list(data._array.shape[:axis])} and the number of segments, "
            f"but got {list(array.shape)} for axis {axis}"
        )
    if array.dtype.kind not in "iu":
        raise NotImplementedError(
            f"\"_segment_reduce_lengths_cpu_kernel1\" not implemented for '{spoken(array.dtype)}'"
        )
    _check_values(array, None if unsafe else data._array.shape[axis])


@dispatched
def _check_values(lengths: Any, total: int | None) -> None:
    if (lengths < 0).any():
        raise RuntimeError("lengths contains negative value!")
    if total is not None and (lengths.sum(-1) != total).any():
        raise RuntimeError(
            "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when "
            "!unsafe."
        )
