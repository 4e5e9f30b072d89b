"""Distances between all pairs of rows: `torch.cdist` and `torch.pdist`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import distances
from pullback.arrays.products import product
from pullback.arrays.scatter import pick, spread
from pullback.arrays.vocabulary import add_reduce, swapaxes
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.ops.neural.checks import need_dtype, need_tensors
from pullback.ops.pointwise.kinds import REAL, unsupported
from pullback.ops.typing import V

_MM = 25
"""From more rows than this on, Euclidean distances are read off a matrix product, as PyTorch does."""

_MODES = {
    "use_mm_for_euclid_dist_if_necessary": None,
    "use_mm_for_euclid_dist": True,
    "donot_use_mm_for_euclid_dist": False,
}


@general(
    over=("x1", "x2"),
    joint=lambda grad, x1, x2, p, result, needs: distances.pairwise_vjp(grad, x1, x2, result, p, needs),
)
def _cdist(x1: V, x2: V, p: float) -> V:
    return distances.pairwise(x1, x2, p)


def _euclidean_vjp(grad: Any, x1: Any, x2: Any, result: Any, needs: Any) -> Any:
    """Of a distance d the cotangents are ``± (x1 - x2) / d``; 0 where d is 0."""
    ratio = grad / np.where(result == 0, np.inf, result)
    first = second = None
    if needs[0]:
        first = x1 * add_reduce(ratio, result.ndim - 1, True) - product(ratio, x2)
    if needs[1]:
        turned = swapaxes(ratio, -1, -2)
        second = x2 * add_reduce(turned, result.ndim - 1, True) - product(turned, x1)
    return first, second


@general(over=("x1", "x2"), joint=_euclidean_vjp)
def _euclidean_dist(x1: V, x2: V) -> V:
    """Square roots of ``x1² + x2² - 2 x1 x2``, for which one product serves all pairs."""
    squares = add_reduce(x1 * x1, x1.ndim - 1, True) + swapaxes(add_reduce(x2 * x2, x2.ndim - 1, True), -1, -2)
    return np.sqrt(np.maximum(squares - 2 * product(x1, swapaxes(x2, -1, -2)), 0))


def _check_cdist(x1: Any, x2: Any, p: Any, compute_mode: str) -> None:
    need_tensors("cdist", x1=x1, x2=x2)
    if not isinstance(p, (int, float)):
        raise TypeError(f"cdist(): argument 'p' (position 3) must be float, not {type(p).__name__}")
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    pair = (("X1", x1._array), ("X2", x2._array))
    for name, array in pair:
        if array.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {array.ndim}D")
    for name, array in pair:
        if array.dtype not in REAL:
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {spoken(array.dtype)}")
    columns, others = x1._array.shape[-1], x2._array.shape[-1]
    if columns != others:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {columns} X2: {others}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    need_dtype(x2._array, x1._array.dtype)
    if x1._array.dtype.itemsize == 2:
        raise unsupported("cdist", x1._array.dtype)


def cdist(x1: V, x2: V, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> V:
    """The p-norm distance of each row of `x1` from each of `x2`: ``(*, P, M), (*, R, M) -> (*, P, R)``.

    Args:
        x1: rows; the axes before them broadcast with those of `x2`.
        x2: other rows.
        p: order of the norm, from 0 (the number of unlike elements) to infinity (the largest difference).
        compute_mode: whether Euclidean distances come from a matrix product: faster, not exact for close rows. By
            default they do from 26 rows on.

    float32 and float64. The derivative at distance 0 is 0. Raises ``RuntimeError`` where shapes or dtypes do not fit.

    >>> import pullback as torch
    >>> torch.cdist(torch.tensor([[0., 0.], [3., 0.]]), torch.tensor([[0., 4.]]))
    tensor([[4.],
            [5.]])
    """
    if not isinstance(p, (int, float, str, list, tuple)) and getattr(p, "ndim", 1) == 0:
        p = float(p)  # NumPy's numbers, tensors without axes
    _check_cdist(x1, x2, p, compute_mode)
    rows, others = x1._array.shape[-2], x2._array.shape[-2]
    by_product = _MODES[compute_mode]
    if by_product is None:
        by_product = max(rows, others) > _MM
    if p == 2 and by_product and rows and others and x1._array.shape[-1]:
        return _euclidean_dist(x1, x2)
    return _cdist(x1, x2, float(p))


def _places(rows: int) -> tuple[Any, Any]:
    return np.triu_indices(rows, 1)


def _pdist_vjp(grad: Any, input: Any, p: float, result: Any) -> Any:
    first, second = _places(input.shape[0])
    gap = pick(input, [first], (0,)) - pick(input, [second], (0,))
    found = distances.norm_vjp(grad, gap, result, p)
    return spread(found, [first], (0,), input.shape) - spread(found, [second], (0,), input.shape)


@general(node="PdistBackward0", input=_pdist_vjp)
def _pdist(input: V, p: float) -> V:
    first, second = _places(input.shape[0])
    return distances.norm_of(pick(input, [first], (0,)) - pick(input, [second], (0,)), p)


def pdist(input: V, p: float = 2) -> V:
    """The p-norm distance of each row from each later one: ``(N, M) -> (N (N - 1) / 2)``.

    float32 and float64. The derivative at distance 0 is 0. Raises ``RuntimeError`` for another shape or dtype.

    >>> import pullback as torch
    >>> torch.pdist(torch.tensor([[0., 0.], [3., 0.], [0., 4.]]))
    tensor([3., 4., 5.])
    """
    need_tensors("pdist", input=input)
    array = input._array
    if array.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {array.ndim}D")
    if array.dtype not in REAL:
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    if array.dtype.itemsize == 2:
        raise unsupported("pdist", array.dtype)
    return _pdist(input, float(p))
