"""make_tensor: random tensors of any dtype to test with."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pullback
from pullback.tensor import Tensor

__all__ = ["make_tensor"]


def make_tensor(
    *shape: Any,
    dtype: Any,
    device: Any,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """A tensor of random values from ``[low, high)``, the same as PyTorch's for a seed.

    Args:
        shape: sizes, or one sequence of them.
        dtype: of the elements.
        device: the CPU.
        low: least value; by default -9, and 0 for uint8 and booleans.
        high: bound above; by default 9 for floats, 10 for integers, 2 for booleans.
        requires_grad: whether operators on it record a graph.
        noncontiguous: leave gaps in memory between the elements.
        exclude_zero: put the smallest positive number, or for integers 1, where a zero would be.
        memory_format: order of axes in memory.

    Raises:
        ValueError: for bounds without values between them, or settings that exclude each other.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> make_tensor(3, dtype=torch.int64, device="cpu", low=0, high=5)
    tensor([4, 4, 3])
    """
    size = list(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else list(shape)
    _check(dtype, requires_grad, noncontiguous, memory_format)
    if noncontiguous and math.prod(size) > 1:
        size[-1] *= 2
        result = _drawn(size, dtype, device, low, high)[..., 1::2]
    else:
        result = _drawn(size, dtype, device, low, high)
        if memory_format is not None:
            result = result.clone(memory_format=memory_format)
    if exclude_zero:
        inexact = dtype.is_floating_point or dtype.is_complex
        result[result == 0] = pullback.finfo(dtype.to_real()).tiny if inexact else 1
    if requires_grad:
        result.requires_grad_()
    return result


def _check(dtype: Any, requires_grad: bool, noncontiguous: bool, memory_format: Any) -> None:
    if requires_grad and not (dtype.is_floating_point or dtype.is_complex):
        raise ValueError(
            f"`requires_grad=True` is not supported for boolean and integral dtypes, but got dtype={dtype!r}"
        )
    if noncontiguous and memory_format is not None:
        raise ValueError(
            "The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got "
            f"noncontiguous={noncontiguous!r} and memory_format={memory_format!r}"
        )


def _drawn(size: list[int], dtype: Any, device: Any, low: float | None, high: float | None) -> Tensor:
    if dtype is pullback.bool:
        low, high = _bounds(low, high, 0, 2, 0, 2)
        return pullback.randint(math.ceil(low), math.ceil(high), size, device=device, dtype=dtype)
    if not (dtype.is_floating_point or dtype.is_complex):
        limits = pullback.iinfo(dtype)
        low, high = _bounds(low, high, 0 if limits.min == 0 else -9, 10, limits.min, limits.max + 1)
        return pullback.randint(math.ceil(low), math.ceil(high), size, device=device, dtype=dtype)
    real = dtype.to_real() if dtype.is_complex else dtype
    largest = pullback.finfo(real).max
    low, high = _bounds(low, high, -9, 9, -largest, largest, may_be_equal=True)
    result = pullback.empty(size, device=device, dtype=dtype)
    _fill(pullback.view_as_real(result) if dtype.is_complex else result, low, high, largest)
    return result


def _bounds(
    low: float | None,
    high: float | None,
    default_low: float,
    default_high: float,
    least: float,
    most: float,
    may_be_equal: bool = False,
) -> tuple[float, float]:
    """The bounds, or their defaults, within what the dtype can hold."""
    low = default_low if low is None else low
    high = default_high if high is None else high
    if any(isinstance(bound, float) and math.isnan(bound) for bound in (low, high)):
        raise ValueError(f"`low` and `high` cannot be NaN, but got low={low!r} and high={high!r}")
    if low == high and may_be_equal:
        warnings.warn(
            "Passing `low==high` to `torch.testing.make_tensor` for floating or complex types is deprecated since 2.1 "
            "and will be removed in 2.3. Use `torch.full(...)` instead.",
            FutureWarning,
            stacklevel=4,
        )
    elif low >= high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    return min(max(low, least), most), min(max(high, least), most)


def _fill(result: Tensor, low: float, high: float, largest: float) -> None:
    if high - low > largest:  # a range that the dtype does not hold is drawn at half its size
        result.uniform_(low / 2, high / 2).mul_(2)
    else:
        result.uniform_(low, high)
