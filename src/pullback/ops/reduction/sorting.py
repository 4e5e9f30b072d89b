"""Sorting along one axis, and the largest or smallest few. NaN is the largest; equals keep their order."""

from __future__ import annotations

from operator import index
from typing import Any

from pullback.arrays import order, reductions
from pullback.arrays.along import pick_along
from pullback.graph.operator import general, nondifferentiable
from pullback.ops.dims import wrap_dim
from pullback.ops.numpy_words import numpy_names
from pullback.ops.pointwise.calling import no_overload
from pullback.ops.reduction.names import said
from pullback.ops.typing import V
from pullback.return_types import return_type

SORT, SORT_OUT = return_type("sort", "values", "indices"), return_type("sort_out", "values", "indices")
TOPK, TOPK_OUT = return_type("topk", "values", "indices"), return_type("topk_out", "values", "indices")


def _rule(grad: Any, results: Any, input_shape: tuple[int, ...], dim: int) -> Any:
    """Each cotangent goes back to where its element stood."""
    if not input_shape:
        return grad
    axis = wrap_dim(dim, len(input_shape))
    return reductions.put_along(grad, results[1], axis, input_shape[axis])


def _tangent(d_input: Any, results: Any, dim: int) -> Any:
    if not d_input.ndim:
        return d_input, None
    return pick_along(d_input, results[1], wrap_dim(dim, d_input.ndim)), None


def _check_real(array: Any) -> None:
    if array.dtype.kind == "c":
        raise RuntimeError(" Sort does not support complex dtypes on CPU")


def _sorted(array: Any, dim: int, descending: bool) -> tuple[Any, Any]:
    _check_real(array)
    return order.sort_along(array, wrap_dim(dim, array.ndim), descending)


@general(node="SortBackward0", outputs=2, input=_rule, jvp=_tangent, uses=(1,))
def _sort(input: V, dim: int, descending: bool) -> tuple[V, V]:
    return _sorted(input, dim, descending)


@general(node="SortBackward1", outputs=2, input=_rule, jvp=_tangent, uses=(1,))
@said("sort")
def _sort_stable(input: V, dim: int, descending: bool) -> tuple[V, V]:
    return _sorted(input, dim, descending)


@numpy_names
def sort(input: V, dim: int = -1, descending: bool = False, *, stable: bool | None = None, out: Any = None) -> Any:
    """The elements sorted along `dim`, and where they stood: a named tuple ``(values, indices)``.

    Real dtypes, kept; indices are int64. The order of equal elements is always kept, with or without
    `stable`.

    >>> import pullback as torch
    >>> torch.tensor([3., 1., 2.]).sort(descending=True).indices
    tensor([0, 2, 1])
    """
    if isinstance(dim, bool):
        raise no_overload("sort", dim)
    operator = _sort if stable is None else _sort_stable
    if out is not None:
        return SORT_OUT(*operator(input, dim, descending, out=out))
    return SORT(*operator(input, dim, descending))


@nondifferentiable()
def _argsort(input: V, dim: int, descending: bool) -> V:
    return _sorted(input, dim, descending)[1]


@numpy_names
def argsort(input: V, dim: int = -1, descending: bool = False, stable: bool = False, *, out: Any = None) -> V:
    """The indices (int64) that sort `input` along `dim`; equal elements keep their order.

    >>> import pullback as torch
    >>> torch.tensor([3., 1., 2.]).argsort()
    tensor([1, 2, 0])
    """
    return _argsort(input, dim, descending, out=out)


def msort(input: V, *, out: Any = None) -> V:
    """The elements sorted along the first axis.

    >>> import pullback as torch
    >>> torch.tensor([[3., 1.], [2., 4.]]).msort()
    tensor([[2., 1.],
            [3., 4.]])
    """
    if out is not None:
        sort(input, 0, out=(out, _argsort(input, 0, False)))
        return out
    return sort(input, 0)[0]


@general(outputs=2, input=_rule, jvp=_tangent, uses=(1,))
def _topk(input: V, k: int, dim: int, largest: bool) -> tuple[V, V]:
    axis = wrap_dim(dim, input.ndim)
    if input.dtype.kind in "cb":
        kind = " topk does not support complex" if input.dtype.kind == "c" else "topk does not support bool"
        raise RuntimeError(f"{kind} dtypes on CPU")
    if not 0 <= k <= (input.shape[axis] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    return order.top_along(input, k, axis, largest)


@numpy_names
def topk(input: V, k: int, dim: int = -1, largest: bool = True, sorted: bool = True, *, out: Any = None) -> Any:
    """The `k` largest (or smallest) elements along `dim` and their indices: ``(values, indices)``, always
    sorted.

    Raises ``RuntimeError`` if `k` is not within the length of `dim`.

    >>> import pullback as torch
    >>> torch.tensor([3., 1., 2.]).topk(2).values
    tensor([3., 2.])
    """
    if isinstance(k, bool):
        raise TypeError("topk(): argument 'k' (position 2) must be int, not bool")
    if isinstance(k, float):
        raise TypeError("topk(): argument 'k' (position 2) must be int, not float")
    k = index(k)
    if out is not None:
        return TOPK_OUT(*_topk(input, k, dim, largest, out=out))
    return TOPK(*_topk(input, k, dim, largest))
