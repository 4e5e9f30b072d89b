"""Pooling by the p-norm: between the mean (p = 1, times the window's size) and the maximum (p = infinity)."""

from __future__ import annotations

from math import inf
from typing import Any

from pullback.ops.neural.max_pooling import max_pool1d, max_pool2d, max_pool3d
from pullback.ops.neural.mean_pooling import avg_pool1d, avg_pool2d, avg_pool3d
from pullback.ops.neural.pooling_arguments import int_tuple
from pullback.ops.pointwise.activation import relu
from pullback.ops.typing import V


def _pool(rank: int, input: Any, norm_type: float, kernel: Any, stride: Any, ceil_mode: bool) -> Any:
    if abs(norm_type) == inf:  # the largest, or the smallest, magnitude
        largest = (max_pool1d, max_pool2d, max_pool3d)[rank - 1]
        sign = norm_type > 0
        found = largest(input.abs() if sign else input.abs().neg(), kernel, stride, ceil_mode=ceil_mode)
        return found if sign else found.neg()
    size = 1
    for length in int_tuple(f"lp_pool{rank}d", "kernel_size", kernel, rank):
        size *= length
    mean = (avg_pool1d, avg_pool2d, avg_pool3d)[rank - 1](input.pow(norm_type), kernel, stride, 0, ceil_mode)
    return (mean.sign() * relu(mean.abs()) * size).pow(1.0 / norm_type)


def lp_pool1d(input: V, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> V:
    """``(sum of x ** p) ** (1 / p)`` over each window of the last axis, p being `norm_type`.

    >>> import pullback as torch
    >>> torch.nn.functional.lp_pool1d(torch.tensor([[3., 4.]]), 2, 2)
    tensor([[5.]])
    """
    return _pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: V, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> V:
    """``(sum of x ** p) ** (1 / p)`` over each window of the last two axes; see `lp_pool1d`."""
    return _pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input: V, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> V:
    """``(sum of x ** p) ** (1 / p)`` over each window of the last three axes; see `lp_pool1d`."""
    return _pool(3, input, norm_type, kernel_size, stride, ceil_mode)
