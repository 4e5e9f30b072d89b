"""What keeps the shape: running sums, softmax and its kin, over the elements that a mask leaves."""

from __future__ import annotations

from typing import Any

from pullback.arrays import dtypes
from pullback.masked.identities import filled, in_dtype
from pullback.masked.reductions import norm
from pullback.ops.dims import wrap_dim
from pullback.ops.pointwise import logarithmic
from pullback.ops.reduction import cumulative, exponential
from pullback.ops.typing import V


def _axis(input: Any, dim: int) -> int:
    return wrap_dim(dim, input._array.ndim)


def _running(input: Any, dtype: Any) -> Any:
    """Running sums and products of booleans are int64; every other dtype is kept."""
    if dtype is None:
        dtype = dtypes.int64 if input._array.dtype.kind == "b" else input.dtype
    return input.to(dtype), dtype


def cumsum(input: V, dim: int, *, dtype: Any = None, mask: V | None = None) -> V:
    """Running sum.

    >>> import pullback as torch
    >>> torch.masked.cumsum(torch.tensor([1., 2., 4.]), 0, mask=torch.tensor([True, False, True]))
    tensor([1., 1., 5.])
    """
    input, kind = _running(input, dtype)
    return cumulative.cumsum(filled("cumsum", input, mask), _axis(input, dim), dtype=kind)


def cumprod(input: V, dim: int, *, dtype: Any = None, mask: V | None = None) -> V:
    """Running product."""
    input, kind = _running(input, dtype)
    return cumulative.cumprod(filled("cumprod", input, mask), _axis(input, dim), dtype=kind)


def softmax(input: V, dim: int, *, dtype: Any = None, mask: V | None = None) -> V:
    """Exponentials divided by their sum; NaN where everything is masked out.

    >>> import pullback as torch
    >>> torch.masked.softmax(torch.tensor([1., 2., 1.]), 0, mask=torch.tensor([True, False, True]))
    tensor([0.5000, 0.0000, 0.5000])
    """
    input = in_dtype(input, dtype)
    return exponential.softmax(filled("softmax", input, mask), _axis(input, dim))


def log_softmax(input: V, dim: int, *, dtype: Any = None, mask: V | None = None) -> V:
    """Logarithm of `softmax`."""
    input = in_dtype(input, dtype)
    return exponential.log_softmax(filled("log_softmax", input, mask), _axis(input, dim))


def softmin(input: V, dim: int, *, dtype: Any = None, mask: V | None = None) -> V:
    """`softmax` of the negative."""
    input = in_dtype(input, dtype)
    return exponential.softmax(-filled("softmin", input, mask), _axis(input, dim))


def normalize(input: V, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: V | None = None) -> V:
    """The elements divided by their norm of order `ord`, or by `eps` where that is larger; 0 where masked out."""
    input = in_dtype(input, dtype)
    length = norm(input, ord, _axis(input, dim), keepdim=True, mask=mask)
    return filled("normalize", input, mask) / length.clamp(min=eps)


def logaddexp(input: V, other: V, *, dtype: Any = None, input_mask: V | None = None, other_mask: V | None = None) -> V:
    """Logarithm of the sum of two exponentials; a masked one counts as 0, its logarithm as -inf."""
    if dtype is not None:
        input, other = input.to(dtype), other.to(dtype)
    return logarithmic.logaddexp(filled("logaddexp", input, input_mask), filled("logaddexp", other, other_mask))
