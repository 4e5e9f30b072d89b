"""Values reduced into places along an axis: `scatter_reduce` and `index_reduce`.

Both are one reduction with an index of the shape of the source; `index_reduce` repeats its 1-d index to get there.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.arrays.along import once_only, pick_along, reduced_along, replaced_along, write_along
from pullback.arrays.vocabulary import cast, expand, reshape, zeros_like
from pullback.graph.inplace import in_place, spoken
from pullback.graph.once import outside
from pullback.graph.operator import general, linear
from pullback.graph.writable import APART, check_history
from pullback.ops.dims import wrap_dim
from pullback.ops.index.along import check_scatter, corner, in_corner, line, no_index, nothing
from pullback.ops.index.kinds import INTEGERS
from pullback.ops.index.quiet import is_quiet, write_quietly
from pullback.ops.index.rows import check_positions
from pullback.ops.numpy_words import numpy_names
from pullback.ops.pointwise.kinds import unsupported
from pullback.ops.typing import V

_ZERO = np.zeros((), bool)
_HOW = ("sum", "prod", "mean", "amax", "amin")


def _counts(like: V, dim: int, index: V, values: V, include_self: bool) -> V:
    """How many values meet at each place, at least 1."""
    start = np.ones_like(like) if include_self else zeros_like(like)
    return np.maximum(reduced_along(start, index, dim, np.ones_like(values), "sum"), 1)


def _share(grad: V, input: V, dim: int, index: V, values: V, result: V) -> tuple[V, V, V]:
    """For a maximum: which elements of the input and of the values attain it, and the cotangent split among them."""
    mine = cast(input == result, grad.dtype)
    theirs = cast(values == pick_along(result, index, dim), grad.dtype)
    return mine, theirs, grad / reduced_along(mine, index, dim, theirs, "sum")


def input_cotangent(grad: V, input: V, dim: int, index: V, values: V, how: str, include_self: bool, result: V) -> V:
    """The cotangent of what was there before."""
    if how == "mean":
        grad = grad / _counts(grad, dim, index, values, include_self)
    elif how == "prod":
        others = np.where(input == 0, np.ones_like(input), input)
        grad = grad * reduced_along(others, index, dim, values, "prod", include_self) / others
    elif how != "sum":
        mine, _, shared = _share(grad, input, dim, index, values, result)
        grad = mine * shared
    return grad if include_self else replaced_along(grad, index, dim, _ZERO)


def values_cotangent(grad: V, input: V, dim: int, index: V, values: V, how: str, include_self: bool, result: V) -> V:
    """The cotangent of the values that came."""
    if how == "sum":
        return pick_along(grad, index, dim)
    if how == "mean":
        return pick_along(grad / _counts(grad, dim, index, values, include_self), index, dim)
    if how != "prod":
        _, theirs, shared = _share(grad, input, dim, index, values, result)
        return theirs * pick_along(shared, index, dim)
    zero = values == 0
    zeros = pick_along(reduced_along(zeros_like(input), index, dim, cast(zero, input.dtype), "sum"), index, dim)
    alone = zero & (zeros == 1)  # the only zero at its place: the product of the others is its derivative
    one = np.ones_like(values)
    others = reduced_along(input, index, dim, np.where(alone, one, values), "prod", include_self)
    found = np.where(
        alone,
        pick_along(grad * others, index, dim),
        pick_along(grad * result, index, dim) / np.where(zero, one, values),
    )
    return once_only(found, zeros > 1)


def _lifted(rule: Any) -> Any:
    """`rule` with 0-d operands seen as of one axis, and the cotangent back in the shape of the operand."""

    def input_rule(grad, input, dim, index, src, how, include_self, result):  # type: ignore[no-untyped-def]
        values = line(corner(src, index))
        found = rule(line(grad), line(input), dim, line(index), values, how, include_self, line(result))
        return found if input.ndim else reshape(found, ())

    def src_rule(grad, input, dim, index, src, how, include_self, result):  # type: ignore[no-untyped-def]
        values = line(corner(src, index))
        found = rule(line(grad), line(input), dim, line(index), values, how, include_self, line(result))
        return in_corner(found, src.shape)

    return input_rule if rule is input_cotangent else src_rule


@general(node="ScatterReduceBackward0", input=_lifted(input_cotangent), src=_lifted(values_cotangent))
def _scatter_reduce(input: V, dim: int, index: V, src: V, how: str, include_self: bool) -> V:
    found = reduced_along(line(input), line(index), dim, line(corner(src, index)), how, include_self)
    return found if input.ndim else reshape(found, ())


def reduce_tensor(input: V, index: V, axis: int, values: V, how: str, include_self: bool = True) -> V:
    """`scatter_reduce` with the arguments of `pullback.arrays.along.reduced_along`."""
    return _scatter_reduce(input, axis, index, values, how, include_self)


def _refuse(grad: V, mask: V) -> V:
    if np.any(mask):
        raise RuntimeError(
            "scatter_reduce(): Double backward is unsupported for src when >1 zeros in src are scattered to the same "
            "position in self"
        )
    return grad


@linear(node="DelayedErrorBackward0", input=_refuse)
def once_only_tensor(input: V, mask: V) -> V:
    """`input`, through which no cotangent may come back if any element of `mask` holds."""
    return np.positive(input)


_scatter_reduce_recorded = in_place(_scatter_reduce, "scatter_reduce_", APART)


def _check_reduce(input: Any, dim: int, index: Any, src: Any, reduce: Any) -> int:
    if reduce is None:
        raise TypeError('scatter_reduce() missing 1 required positional arguments: "reduce"')
    if reduce not in _HOW:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    kind = input._array.dtype
    if (kind.kind == "b" and reduce == "mean") or (kind.kind == "c" and reduce in ("amax", "amin")):
        raise unsupported(f"scatter_gather_tensor_cpu_reduce_{reduce}", kind)
    return check_scatter(input, dim, index, src, "scatter")


@numpy_names
def scatter_reduce(
    input: V, dim: int, index: V, src: V, reduce: Any = None, *, include_self: bool = True, out: Any = None
) -> V:
    """A copy of `input` into which `src` is reduced at the places that `index` names along `dim`.

    `reduce` is ``"sum"``, ``"prod"``, ``"mean"``, ``"amax"`` or ``"amin"``; without `include_self` what was there
    does not take part. Matches https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.scatter_reduce_.html.

    >>> import pullback as torch
    >>> index = torch.tensor([0, 1, 1])
    >>> torch.zeros(2).scatter_reduce(0, index, torch.tensor([1., 2., 4.]), "mean", include_self=False)
    tensor([1., 3.])
    """
    axis = _check_reduce(input, dim, index, src, reduce)
    if not index._array.size:
        index = no_index(input)
        src = nothing(src, index)
    return _scatter_reduce(input, axis, index, src, reduce, include_self, out=out)


@numpy_names
def scatter_reduce_(input: V, dim: int, index: V, src: V, reduce: Any = None, *, include_self: bool = True) -> V:
    """`scatter_reduce` in place."""
    check_history(input, src)
    axis = _check_reduce(input, dim, index, src, reduce)
    if not index._array.size:
        return input
    if not is_quiet(input, src) or not input._array.ndim:
        return _scatter_reduce_recorded(input, axis, index, src, reduce, include_self)
    places, values = index._array, corner(src._array, index._array)
    return write_quietly(
        input, lambda memory: write_along(memory, places, axis, values, reduce, include_self), index, src, sharing=APART
    )


# ------------------------------------------------------------------------------------------------ index_reduce


def _repeated(index: V, dim: int, shape: tuple[int, ...]) -> V:
    """A 1-d index as one of `shape` that says the same everywhere across `dim`."""
    return expand(reshape(index, (-1,) + (1,) * (len(shape) - dim - 1)), tuple(shape))


def _index_rule(rule: Any) -> Any:
    def of(grad, input, dim, index, source, how, include_self, result):  # type: ignore[no-untyped-def]
        values = line(source)
        places = _repeated(index, dim, values.shape)
        found = rule(line(grad), line(input), dim, places, values, how, include_self, line(result))
        return found if (input if rule is input_cotangent else source).ndim else reshape(found, ())

    return of


@general(node="IndexReduceBackward0", input=_index_rule(input_cotangent), source=_index_rule(values_cotangent))
def _index_reduce(input: V, dim: int, index: V, source: V, how: str, include_self: bool) -> V:
    values = line(source)
    found = reduced_along(line(input), _repeated(index, dim, values.shape), dim, values, how, include_self)
    return found if input.ndim else reshape(found, ())


_index_reduce_recorded = in_place(_index_reduce, "index_reduce_", APART)


def _check_index_reduce(input: Any, dim: int, index: Any, source: Any, reduce: str) -> int:
    warnings.warn("index_reduce() is in beta and the API may change at any time.", UserWarning, stacklevel=outside())
    if reduce not in _HOW[1:]:
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    axis = wrap_dim(dim, input._array.ndim)
    where, what = index._array, source._array
    if where.ndim > 1:
        raise IndexError("index_reduce_(): Index is supposed to be a vector")
    if where.dtype not in INTEGERS:
        raise RuntimeError("index_reduce_(): Expected dtype int32/int64 for index")
    if what.dtype != input._array.dtype:
        raise RuntimeError(
            f"index_reduce_(): self ({spoken(input._array.dtype)}) and source ({spoken(what.dtype)}) must have the "
            "same scalar type"
        )
    given = what.shape[axis] if what.ndim > axis else 1
    if where.size != given:
        raise RuntimeError(
            f"index_reduce_(): Number of indices ({where.size}) should be equal to source.size(dim): ({given}), for "
            f"dim: {axis}"
        )
    length = input._array.shape[axis] if input._array.ndim else 1
    check_positions(index, length, IndexError, "index out of range in self")
    return axis


@numpy_names
def index_reduce(
    input: V, dim: int, index: V, source: V, reduce: str, *, include_self: bool = True, out: Any = None
) -> V:
    """A copy of `input` into whose slices at the positions `index` along `dim` those of `source` are reduced.

    `reduce` is ``"prod"``, ``"mean"``, ``"amax"`` or ``"amin"``.
    """
    axis = _check_index_reduce(input, dim, index, source, reduce)
    return _index_reduce(input, axis, index, source, reduce, include_self, out=out)


@numpy_names
def index_reduce_(input: V, dim: int, index: V, source: V, reduce: str, *, include_self: bool = True) -> V:
    """`index_reduce` in place."""
    axis = _check_index_reduce(input, dim, index, source, reduce)
    return _index_reduce_recorded(input, axis, index, source, reduce, include_self)
