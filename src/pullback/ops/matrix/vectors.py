"""Products of vectors that lie along one axis: the cross product, sums of products."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.arrays.vocabulary import conj
from pullback.graph.inplace import spoken
from pullback.graph.once import outside
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.ops.dims import wrap_dim
from pullback.ops.matrix.checks import broadcast, check_not_bool
from pullback.ops.matrix.linalg_checks import check_same_dtype
from pullback.ops.numpy_words import numpy_names
from pullback.ops.pointwise.arithmetic import mul
from pullback.ops.reduction.sums import sum as sum_
from pullback.ops.typing import V


def _crossed(a: Any, b: Any, dim: int) -> Any:
    """The cross product of two arrays along `dim`, negative."""
    rest = (slice(None),) * (-dim - 1)
    (a0, a1, a2), (b0, b1, b2) = ([each[(..., place, *rest)] for place in range(3)] for each in (a, b))
    return np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], dim)


@general(
    node="LinalgCrossBackward0",
    input=lambda grad, other, dim: _crossed(conj(other), grad, dim),
    other=lambda grad, input, dim: _crossed(grad, conj(input), dim),
)
def _cross(input: V, other: V, dim: int) -> V:
    return _crossed(input, other, dim)


@numpy_names
def linalg_cross(input: V, other: V, *, dim: int = -1, out: V | None = None) -> V:
    """The cross product of vectors of three elements along `dim`.

    The other axes broadcast. Both of one dtype. Raises ``RuntimeError`` where ranks, sizes or dtypes do not fit.

    >>> import pullback as torch
    >>> torch.linalg.cross(torch.tensor([1, 0, 0]), torch.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    a, b = input._array, other._array
    if a.ndim != b.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    axis = wrap_dim(dim, a.ndim) - a.ndim
    if not a.ndim or a.shape[axis] != 3 or b.shape[axis] != 3:
        n, m = (each.shape[axis] if each.ndim else 1 for each in (a, b))
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {n} and {m}")
    broadcast(a.shape, b.shape)
    if a.dtype != b.dtype:
        raise RuntimeError(f"expected scalar type {spoken(a.dtype)} but found {spoken(b.dtype)}")
    check_not_bool("cross", a)
    result = _cross(input, other, axis)
    return result if out is None else store("linalg_cross", out, result)


@numpy_names
def cross(input: V, other: V, dim: int | None = None, *, out: V | None = None) -> V:
    """`linalg.cross`, by default along the first axis of length 3, which warns.

    Raises ``RuntimeError`` if there is no such axis.
    """
    if dim is None:
        if 3 not in input._array.shape:
            raise RuntimeError("no dimension of size 3 in input")
        dim = input._array.shape.index(3)
        warnings.warn(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or "
            "simply use torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross in "
            "a future release.",
            UserWarning,
            stacklevel=outside(),
        )
    return linalg_cross(input, other, dim=dim, out=out)


@numpy_names
def vecdot(x: V, y: V, *, dim: int = -1, out: V | None = None) -> V:
    """Sums of products along `dim`, the first operand conjugated; other axes broadcast.

    >>> import pullback as torch
    >>> torch.linalg.vecdot(torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([1., 10.]))
    tensor([21., 43.])
    """
    if x._array.dtype.kind in "biu":
        spelled = spoken(x._array.dtype)
        raise RuntimeError(f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {spelled}")
    check_same_dtype("linalg.vecdot", x._array, y._array, "x", "y")
    if x._array.dtype.kind == "c":
        x = x.conj()
    result = sum_(mul(x, y), dim)
    return result if out is None else store("linalg_vecdot", out, result)
