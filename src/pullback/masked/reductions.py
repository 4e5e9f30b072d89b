"""Reductions over the elements that a mask leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from pullback.arrays import dtypes
from pullback.masked.identities import broadcast_mask, filled, in_dtype
from pullback.ops.dims import wrap_dims
from pullback.ops.pointwise.choice import where
from pullback.ops.reduction import extrema, positions, sums
from pullback.ops.reduction.exponential import logsumexp as _logsumexp
from pullback.ops.reduction.norms import vector_norm
from pullback.ops.reduction.products import prod as _prod
from pullback.ops.reduction.ranks import nanmedian
from pullback.ops.typing import V

Dims: TypeAlias = "int | Sequence[int] | None"
_WHOLE = "biu"


def _dims(input: Any, dim: Dims) -> tuple[int, ...]:
    """The dimensions from the front; all for none."""
    ndim = input._array.ndim
    if dim is None or (not isinstance(dim, int) and not tuple(dim)):
        return tuple(range(ndim))
    return wrap_dims(dim, ndim)


def _counting_dtype(input: Any, dtype: Any) -> Any:
    """Sums and products of integers are int64."""
    return dtypes.int64 if dtype is None and input._array.dtype.kind in _WHOLE else dtype


def sum(input: V, dim: Dims = None, *, keepdim: bool | None = False, dtype: Any = None, mask: V | None = None) -> V:
    """Sum; 0 where everything is masked out.

    >>> import pullback as torch
    >>> torch.masked.sum(torch.tensor([1., 2., 4.]), mask=torch.tensor([True, False, True]))
    tensor(5.)
    """
    input = in_dtype(input, _counting_dtype(input, dtype))
    return sums.sum(filled("sum", input, mask), _dims(input, dim), bool(keepdim))


def prod(input: V, dim: Dims = None, *, keepdim: bool | None = False, dtype: Any = None, mask: V | None = None) -> V:
    """Product; 1 where everything is masked out."""
    input = in_dtype(input, _counting_dtype(input, dtype))
    result = filled("prod", input, mask)
    for axis in sorted(_dims(input, dim), reverse=True):
        result = _prod(result, axis, bool(keepdim))
    return result


def amax(input: V, dim: Dims = None, *, keepdim: bool | None = False, dtype: Any = None, mask: V | None = None) -> V:
    """Largest element; -inf, or an integer dtype's least number, where everything is masked out.

    >>> import pullback as torch
    >>> torch.masked.amax(torch.tensor([1., 9., 4.]), mask=torch.tensor([True, False, True]))
    tensor(4.)
    """
    input = in_dtype(input, dtype)
    return extrema.amax(filled("amax", input, mask), _dims(input, dim), bool(keepdim))


def amin(input: V, dim: Dims = None, *, keepdim: bool | None = False, dtype: Any = None, mask: V | None = None) -> V:
    """Least element; inf, or an integer dtype's largest number, where everything is masked out."""
    input = in_dtype(input, dtype)
    return extrema.amin(filled("amin", input, mask), _dims(input, dim), bool(keepdim))


def argmax(
    input: V, dim: int | None = None, *, keepdim: bool | None = False, dtype: Any = None, mask: V | None = None
) -> V:
    """Position of the largest element, in the dtype of the computation, as PyTorch gives it."""
    input = in_dtype(input, dtype)
    return positions.argmax(filled("argmax", input, mask), dim, bool(keepdim)).to(input.dtype)


def argmin(
    input: V, dim: int | None = None, *, keepdim: bool | None = False, dtype: Any = None, mask: V | None = None
) -> V:
    """Position of the least element, in the dtype of the computation, as PyTorch gives it."""
    input = in_dtype(input, dtype)
    return positions.argmin(filled("argmin", input, mask), dim, bool(keepdim)).to(input.dtype)


def logsumexp(input: V, dim: Dims = None, *, keepdim: bool = False, dtype: Any = None, mask: V | None = None) -> V:
    """Logarithm of the sum of exponentials; -inf where everything is masked out."""
    input = in_dtype(input, dtype)
    return _logsumexp(filled("logsumexp", input, mask), _dims(input, dim), bool(keepdim)).to(input.dtype)


def norm(
    input: V, ord: float | None = 2.0, dim: Dims = None, *, keepdim: bool | None = False, dtype: Any = None,
    mask: V | None = None,
) -> V:  # fmt: skip
    """The vector norm of order `ord`; that of nothing is 0, or inf for order -inf."""
    found = filled("norm", input, mask, ord)
    return vector_norm(found, ord, _dims(input, dim), bool(keepdim), dtype=dtype)


def _counts(input: Any, dims: tuple[int, ...], keepdim: bool, mask: Any) -> Any:
    """How many elements meet in each element of the result."""
    if mask is None:
        counted = input.new_ones(input.shape, dtype=dtypes.int64)
    else:
        counted = broadcast_mask(input, mask).to(dtypes.int64)
    return sums.sum(counted, dims, keepdim)


def mean(input: V, dim: Dims = None, *, keepdim: bool | None = False, dtype: Any = None, mask: V | None = None) -> V:
    """Mean; NaN where everything is masked out. Raises ``ValueError`` for integers unless `dtype` is given.

    >>> import pullback as torch
    >>> torch.masked.mean(torch.tensor([1., 9., 4.]), mask=torch.tensor([True, False, True]))
    tensor(2.5000)
    """
    if dtype is None and input._array.dtype.kind in _WHOLE:
        raise ValueError(
            "mean(): Could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {input.dtype!r}"
        )
    input = in_dtype(input, dtype)
    dims = _dims(input, dim)
    return sum(input, dims, keepdim=keepdim, mask=mask) / _counts(input, dims, bool(keepdim), mask)


def median(input: V, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: V | None = None) -> V:
    """Median, of two middle elements the lower one; NaN where everything is masked out.

    Raises ``ValueError`` where everything is masked out and the dtype has no NaN.
    """
    input = in_dtype(input, dtype)
    axis = (_dims(input, dim) or (0,))[0]
    if mask is None:
        return nanmedian(input, axis, keepdim)[0]
    seen = broadcast_mask(input, mask)
    if input._array.dtype.kind not in _WHOLE:
        return nanmedian(where(seen, input, np.nan), axis, keepdim)[0]
    if not seen.any(axis).all():
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return nanmedian(where(seen, input.double(), np.nan), axis, keepdim)[0].to(input.dtype)


def _variance(
    input: Any, dim: Dims, unbiased: Any, correction: Any, keepdim: Any, dtype: Any, mask: Any, root: bool
) -> Any:
    if unbiased is not None and correction is not None:
        raise AssertionError("Only one of unbiased and correction may be given")
    if correction is None:
        correction = 0 if unbiased is False else 1
    if dtype is None and input._array.dtype.kind in _WHOLE:
        if input._array.dtype.kind == "b":
            raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported.")
        dtype = dtypes.float32
    input = in_dtype(input, dtype)
    dims = _dims(input, dim)
    middle = sum(input, dims, keepdim=True, mask=mask) / _counts(input, dims, True, mask)
    gap = input - middle
    total = sum(gap * gap.conj(), dims, keepdim=keepdim, mask=mask)
    counts = _counts(input, dims, bool(keepdim), mask)
    if correction:
        counts = (counts - correction).clamp(min=0)
    result = (total / counts).to(input.dtype)
    return result.sqrt() if root else result


def var(
    input: V, dim: Dims = None, unbiased: bool | None = None, *, correction: float | None = None,
    keepdim: bool | None = False, dtype: Any = None, mask: V | None = None,
) -> V:  # fmt: skip
    """Variance: the sum of squared distances from the mean, divided by the count minus `correction` (1 by default).

    >>> import pullback as torch
    >>> torch.masked.var(torch.tensor([1., 9., 5.]), mask=torch.tensor([True, False, True]))
    tensor(8.)
    """
    return _variance(input, dim, unbiased, correction, keepdim, dtype, mask, False)


def std(
    input: V, dim: Dims = None, unbiased: bool | None = None, *, correction: int | None = None,
    keepdim: bool | None = False, dtype: Any = None, mask: V | None = None,
) -> V:  # fmt: skip
    """Standard deviation, the square root of `var`."""
    return _variance(input, dim, unbiased, correction, keepdim, dtype, mask, True)
