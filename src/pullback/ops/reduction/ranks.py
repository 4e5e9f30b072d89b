"""Elements of a given rank: median, k-th smallest; and the most frequent one. NaN ranks highest."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import order
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.ops.dims import wrap_dim
from pullback.ops.numpy_words import numpy_names
from pullback.ops.reduction.extrema import check_not_empty, share_all
from pullback.ops.reduction.names import MISSING, refuse, said, settle
from pullback.ops.reduction.selection import SELECTION
from pullback.ops.typing import Count, V
from pullback.return_types import return_type

_PAIR = ("values", "indices")
MEDIAN, MEDIAN_OUT = return_type("median", *_PAIR), return_type("median_out", *_PAIR)
NANMEDIAN, NANMEDIAN_OUT = return_type("nanmedian", *_PAIR), return_type("nanmedian_out", *_PAIR)
KTHVALUE, KTHVALUE_OUT = return_type("kthvalue", *_PAIR), return_type("kthvalue_out", *_PAIR)
MODE, MODE_OUT = return_type("mode", *_PAIR), return_type("mode_out", *_PAIR)


def _check(array: Any, kernel: str, refused: str) -> None:
    if array.dtype.kind in refused:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{spoken(array.dtype)}'")


def _axis(array: Any, dim: int, name: str) -> int:
    axis = wrap_dim(dim, array.ndim)
    if array.ndim:
        check_not_empty(array, (axis,), f"{name}()")
    return axis


@general(node="MedianBackward0", input=share_all)
@said("median")
def _median_all(input: V) -> V:
    _check(input, "median_cpu", "cb")
    return order.median_all(input, False)


@general(node="NanmedianBackward0", input=share_all)
@said("nanmedian")
def _nanmedian_all(input: V) -> V:
    _check(input, "median_cpu", "cb")
    return order.median_all(input, True)


@general(node="MedianBackward1", outputs=2, **SELECTION)
@said("median")
def _median_dim(input: V, dim: int, keepdim: bool = False) -> tuple[V, V]:
    axis = _axis(input, dim, "median")
    _check(input, "median_out", "cb")
    return order.median_along(input, axis, keepdim, False)


@general(node="NanmedianBackward1", outputs=2, **SELECTION)
@said("nanmedian")
def _nanmedian_dim(input: V, dim: int, keepdim: bool = False) -> tuple[V, V]:
    axis = _axis(input, dim, "median")
    _check(input, "median_out", "cb")
    return order.median_along(input, axis, keepdim, True)


def median(input: V, dim: int = MISSING, keepdim: bool = False, *, out: Any = None, **names: Any) -> Any:
    """The median of everything; or over one `dim` with its index, ``(values, indices)``.

    Of an even number of elements the lower middle one. A NaN makes the result NaN. Real numbers. Of
    everything, equal elements share the cotangent.

    >>> import pullback as torch
    >>> torch.tensor([4., 1., 3., 2.]).median()
    tensor(2.)
    """
    if names:
        dim, keepdim = settle("median", names, dim, keepdim)
    if dim is MISSING:
        if keepdim:
            raise refuse("median", keepdim=keepdim)
        return _median_all(input, out=out)
    if out is not None:
        return MEDIAN_OUT(*_median_dim(input, dim, keepdim, out=out))
    return MEDIAN(*_median_dim(input, dim, keepdim))


def nanmedian(input: V, dim: int = MISSING, keepdim: bool = False, *, out: Any = None, **names: Any) -> Any:
    """`median` of the elements that are not NaN; NaN where there are none.

    >>> import pullback as torch
    >>> torch.tensor([4., float("nan"), 3.]).nanmedian()
    tensor(3.)
    """
    if names:
        dim, keepdim = settle("nanmedian", names, dim, keepdim)
    if dim is MISSING:
        if keepdim:
            raise refuse("nanmedian", keepdim=keepdim)
        return _nanmedian_all(input, out=out)
    if out is not None:
        return NANMEDIAN_OUT(*_nanmedian_dim(input, dim, keepdim, out=out))
    return NANMEDIAN(*_nanmedian_dim(input, dim, keepdim))


@general(node="KthvalueBackward0", outputs=2, **SELECTION)
def _kthvalue(input: V, k: Count, dim: int, keepdim: bool) -> tuple[V, V]:
    axis = _axis(input, dim, "kthvalue")
    if not 1 <= k <= (input.shape[axis] if input.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {axis}")
    _check(input, "kthvalue_cpu", "cb")
    return order.kth_along(input, k - 1, axis, keepdim)


@numpy_names
def kthvalue(input: V, k: int, dim: int = -1, keepdim: bool = False, *, out: Any = None) -> Any:
    """The `k`-th smallest element along `dim` (counted from 1) and its index: ``(values, indices)``.

    >>> import pullback as torch
    >>> torch.tensor([4., 1., 3.]).kthvalue(2).values
    tensor(3.)
    """
    if out is not None:
        if any(np.may_share_memory(each._array, input._array) for each in out):
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single "
                "memory location. Please clone() the tensor before performing the operation."
            )
        return KTHVALUE_OUT(*_kthvalue(input, k, dim, keepdim, out=out))
    return KTHVALUE(*_kthvalue(input, k, dim, keepdim))


@general(node="ModeBackward0", outputs=2, **SELECTION)
def _mode(input: V, dim: int, keepdim: bool) -> tuple[V, V]:
    axis = _axis(input, dim, "mode")
    _check(input, "mode_cpu", "c")
    return order.mode_along(input, axis, keepdim)


@numpy_names
def mode(input: V, dim: int = -1, keepdim: bool = False, *, out: Any = None) -> Any:
    """The most frequent element along `dim` and the last index where it stands: ``(values, indices)``.

    Of equally frequent elements the smallest.

    >>> import pullback as torch
    >>> torch.tensor([3, 1, 3, 2]).mode().values
    tensor(3)
    """
    if out is not None:
        return MODE_OUT(*_mode(input, dim, keepdim, out=out))
    return MODE(*_mode(input, dim, keepdim))
