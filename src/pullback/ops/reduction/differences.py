"""Differences of neighbours and the trapezoidal rule, along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.cumulative import span
from pullback.arrays.vocabulary import cast
from pullback.graph.operator import elementwise, linear
from pullback.graph.out import store
from pullback.graph.tensor_base import TensorBase
from pullback.ops.dims import wrap_dim
from pullback.ops.numpy_words import numpy_names
from pullback.ops.reduction.cumulative import cumsum
from pullback.ops.reduction.sums import sum
from pullback.ops.shape.joining import cat
from pullback.ops.typing import Scalar, V


@linear(node="CopyBackwards", input=lambda grad: grad)
def _copied(input: V) -> V:
    return np.copy(input)


@numpy_names
def diff(
    input: V, n: int = 1, dim: int = -1, prepend: V | None = None, append: V | None = None, *, out: Any = None
) -> V:
    """The `n`-th differences of neighbours along `dim`; of booleans, whether they differ.

    Shapes: the length of `dim` is less by `n`. `prepend` and `append` are joined before the differences are
    taken.

    >>> import pullback as torch
    >>> torch.tensor([1, 4, 9, 16]).diff(n=2)
    tensor([2, 2])
    """
    if input.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    axis = wrap_dim(dim, input.ndim)
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    pieces = [piece for piece in (prepend, input, append) if piece is not None]
    for piece in pieces:
        if piece.ndim != input.ndim:
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
        for each, (length, wanted) in enumerate(zip(piece.shape, input.shape)):
            if length != wanted and each != axis:
                raise RuntimeError(
                    "diff expects the shape of tensor to prepend or append to match that of input except along the "
                    f"differencing dimension; input.size({each}) = {wanted}, but got tensor.size({each}) = {length}"
                )
    if n == 0:
        result = _copied(input)
    else:
        result = cat(pieces, axis) if len(pieces) > 1 else input
    for _ in range(min(n, result.shape[axis])):
        later, earlier = span(result, axis, 1, None), span(result, axis, None, -1)
        result = later ^ earlier if input.dtype.kind == "b" else later - earlier
    return result if out is None else store("diff" if n else "diff_of_order_0", out, result)


@elementwise(node="MulBackward1", floats=True, input=lambda grad, other: grad * other)
def _scaled(input: V, other: Scalar) -> V:
    return cast(input * other, input.dtype)


@elementwise(node="DivBackward1", floats=True, input=lambda grad, other: grad / other)
def _divided(input: V, other: Scalar) -> V:
    return cast(input / other, input.dtype)


def _check(y: V, name: str) -> None:
    if y.dtype.kind == "b":
        raise RuntimeError(f"{name}: received a bool input for `y`, but bool is not supported")


def _steps(y: V, x: V, axis: int, name: str) -> V:
    """The distances between sample points, aligned with the axes of `y`."""
    if x.dtype.kind == "b":
        raise RuntimeError(f"{name}: received a bool input for `x`, but bool is not supported")
    if x.ndim == 0:
        return x
    if x.ndim == 1:
        if x.shape[0] != y.shape[axis]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        shape = [1] * y.ndim
        shape[axis] = x.shape[0]
        x = x.reshape(shape)
    elif x.ndim < y.ndim:
        x = x.reshape([1] * (y.ndim - x.ndim) + list(x.shape))
    return span(x, axis, 1, None) - span(x, axis, None, -1)


def _spacing(name: str, x: Any, dx: Any) -> Any:
    """`dx`, 1 by default. ``TypeError`` where `x` says already how far the samples are apart."""
    if x is not None and dx is not None:
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got (Tensor, dx={type(dx).__name__}, x=Tensor), but "
            "expected one of:\n * (Tensor y, Tensor x, *, int dim = -1)\n * (Tensor y, *, Number dx = 1, int dim = -1)\n"
        )
    return 1 if dx is None else dx


@numpy_names
def trapezoid(y: V, x: V | None = None, *, dx: Scalar | None = None, dim: int = -1) -> V:
    """The integral of samples `y` along `dim` by the trapezoidal rule; the points are at `x`, or `dx` apart.

    >>> import pullback as torch
    >>> torch.trapezoid(torch.tensor([1., 2., 4.]), dx=2)
    tensor(9.)
    """
    dx = _spacing("trapezoid", x, dx)
    if y.ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    axis = wrap_dim(dim, y.ndim)
    if y.shape[axis] == 0 and not isinstance(x, TensorBase):
        return sum(y, axis, dtype=y.dtype) * 0
    _check(y, "trapezoid")
    if isinstance(x, TensorBase):
        pairs = span(y, axis, 1, None) + span(y, axis, None, -1)
        return _divided(sum(pairs * _steps(y, x, axis, "trapezoid"), axis), 2.0)
    ends = span(y, axis, 0, 1) + span(y, axis, -1, None)
    inner = sum(y, axis) - sum(_divided(ends, 2.0), axis)
    return inner * dx if isinstance(dx, TensorBase) else _scaled(inner, dx)


trapz = trapezoid


@numpy_names
def cumulative_trapezoid(y: V, x: V | None = None, *, dx: Scalar | None = None, dim: int = -1) -> V:
    """The running integral of `trapezoid`, from the second sample on.

    >>> import pullback as torch
    >>> torch.cumulative_trapezoid(torch.tensor([1., 2., 4.]))
    tensor([1.5000, 4.5000])
    """
    dx = _spacing("cumulative_trapezoid", x, dx)
    if y.ndim == 0:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    axis = wrap_dim(dim, y.ndim)
    _check(y, "cumulative_trapezoid")
    pairs = span(y, axis, 1, None) + span(y, axis, None, -1)
    if isinstance(x, TensorBase):
        return _divided(cumsum(pairs * _steps(y, x, axis, "cumulative_trapezoid"), axis), 2.0)
    return cumsum(pairs * (dx / 2.0) if isinstance(dx, TensorBase) else _scaled(pairs, dx / 2.0), axis)
