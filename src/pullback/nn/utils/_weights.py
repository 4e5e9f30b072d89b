"""Weights split into length and direction, and weights as matrices."""

from __future__ import annotations

from typing import Any

from pullback.tensor import Tensor


def norm_except_dim(v: Any, dim: int, power: int = 2) -> Tensor:
    """The norm over all dimensions but `dim`, which stay with size 1; over all of them where `dim` is -1."""
    if dim == -1:
        return v.norm(power)
    count = v.dim()
    if not 0 <= dim < count:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-count}, {count - 1}], but got {dim})")
    if dim == 0:
        return v.contiguous().view(v.size(0), -1).norm(power, 1).view(v.size(0), *(1,) * (count - 1))
    if dim == count - 1:
        return v.contiguous().view(-1, v.size(-1)).norm(power, 0).view(*(1,) * (count - 1), v.size(-1))
    return norm_except_dim(v.swapaxes(0, dim), 0, power).swapaxes(0, dim)


def recombined(v: Any, g: Any, dim: int) -> Tensor:
    """The weight of direction `v` and length `g`."""
    return v * (g / norm_except_dim(v, dim))


def as_matrix(weight: Any, dim: int) -> Tensor:
    """The weight as a matrix whose rows are those of `dim`."""
    if dim != 0:
        weight = weight.permute(dim, *(other for other in range(weight.dim()) if other != dim))
    return weight.flatten(1)
