"""Quantiles: the elements at fractional ranks, interpolated."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.along import pick_along
from pullback.arrays.vocabulary import reshape
from pullback.graph.operator import linear
from pullback.graph.out import store
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.dims import wrap_dim
from pullback.ops.numpy_words import numpy_names
from pullback.ops.pointwise.choice import lerp
from pullback.ops.reduction.names import refuse
from pullback.ops.reduction.sorting import sort
from pullback.ops.reduction.sums import sum
from pullback.ops.reduction.truth import any
from pullback.ops.typing import V

_ROUND = {"linear": None, "midpoint": None, "lower": np.floor, "higher": np.ceil, "nearest": np.rint}


@linear(node="SqueezeBackward4", input=lambda grad, input_shape: reshape(grad, input_shape))
def _shaped(input: V, shape: tuple[int, ...]) -> V:
    return reshape(input, shape)


def _fractions(input: V, q: Any, name: str, interpolation: str) -> Any:
    """`q` as a tensor, after PyTorch's checks in PyTorch's order."""
    if input.numel() == 0:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if input.dtype.kind != "f" or input.dtype.itemsize < 4:
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    if interpolation not in _ROUND:
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}"
        )
    if not isinstance(q, TensorBase):
        if not hasattr(q, "__float__"):
            raise refuse(name, q=q)
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q:g}")
        return wrap(np.asarray(q, input._array.dtype))
    if q.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if q._array.dtype != input._array.dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    if not np.all((q._array >= 0) & (q._array <= 1)):
        raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    return q


def _ranks(ordered: Any, q: Any, skip_nan: bool) -> Any:
    """Ranks ``(*, Q)`` in the sorted last axis; a NaN, which sorts last, takes the rank if it counts."""
    last = ordered.shape[-1] - 1
    nan = np.isnan(ordered)
    if skip_nan:
        count = sum(~nan, -1, True)
        return q * np.maximum(count - 1, 0)
    return np.where(any(nan, -1, True), float(last), q * last)


def _interpolated(ordered: Any, ranks: Any, interpolation: str) -> Any:
    rounding = _ROUND[interpolation]
    below = np.floor(ranks.detach()) if rounding is None else rounding(ranks.detach())
    low = pick_along(ordered, below.long(), -1)
    if rounding is not None:
        return low
    high = pick_along(ordered, np.ceil(ranks.detach()).long(), -1)
    return lerp(low, high, 0.5 if interpolation == "midpoint" else ranks - below)


def _quantile(input: V, q: Any, dim: int | None, keepdim: bool, interpolation: str, skip_nan: bool, name: str) -> V:
    axis = 0 if dim is None else wrap_dim(dim, input.ndim)
    q = _fractions(input, q, name, interpolation)
    values = reshape(input, (-1,)) if dim is None or input.ndim == 0 else np.moveaxis(input, axis, -1)
    ordered = sort(values, -1)[0]
    found = _interpolated(ordered, _ranks(ordered, reshape(q, (-1,)), skip_nan), interpolation)
    shape = list(values.shape[:-1])
    if keepdim:
        shape = [1] * input.ndim if dim is None or input.ndim == 0 else shape[:axis] + [1] + shape[axis:]
    if q.ndim:
        found, shape = np.moveaxis(found, -1, 0), [q.shape[0], *shape]
    return _shaped(found, tuple(shape))


@numpy_names
def quantile(
    input: V,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    out: Any = None,
) -> V:
    """The elements of rank ``q * (n - 1)`` of everything or along `dim`, interpolated between neighbours.

    Shapes: with a 1-d tensor `q` its axis comes first. float32 and float64; NaN where there is a NaN.

    Args:
        q: a number from 0 to 1, or a tensor of such of the dtype of `input`.
        interpolation: ``"linear"``, ``"lower"``, ``"higher"``, ``"nearest"`` or ``"midpoint"``.

    >>> import pullback as torch
    >>> torch.tensor([1., 2., 3., 4.]).quantile(0.5)
    tensor(2.5000)
    """
    result = _quantile(input, q, dim, keepdim, interpolation, False, "quantile")
    return result if out is None else store("quantile", out, result)


@numpy_names
def nanquantile(
    input: V,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    out: Any = None,
) -> V:
    """`quantile` of the elements that are not NaN; NaN where there are none.

    >>> import pullback as torch
    >>> torch.tensor([1., float("nan"), 3.]).nanquantile(0.5)
    tensor(2.)
    """
    result = _quantile(input, q, dim, keepdim, interpolation, True, "nanquantile")
    return result if out is None else store("nanquantile", out, result)
