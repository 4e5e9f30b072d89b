"""The distinct elements of a tensor. Their derivative is not defined, in PyTorch either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.arrays import counting
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.ops.dims import wrap_dim
from pullback.ops.numpy_words import numpy_names
from pullback.ops.typing import V


def _no_derivative(name: str) -> Callable[[Any], Any]:
    def rule(grad: Any) -> Any:
        raise NotImplementedError(f"the derivative for '{name}' is not implemented.")

    return rule


def _check_real(array: Any, name: str) -> None:
    if array.dtype.kind == "c":
        raise NotImplementedError(f"\"{name}\" not implemented for '{spoken(array.dtype)}'")


def _check_axis(array: Any, dim: int) -> int:
    if array.ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    axis = wrap_dim(dim, array.ndim)
    if array.shape[axis] and 0 in array.shape:
        raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    if tuple(array.shape).count(0) > 1:
        raise RuntimeError("Number of zero sized dimensions is more than one, so unique cannot be applied ")
    return axis


@general(node="Unique2Backward0", outputs=3, input=_no_derivative("_unique2"))
def _unique2(input: V) -> tuple[V, V, V]:
    _check_real(input, "unique")
    return counting.distinct(input)


@general(node="UniqueDimBackward0", outputs=3, input=_no_derivative("unique_dim"))
def _unique_dim(input: V, dim: int) -> tuple[V, V, V]:
    axis = _check_axis(input, dim)
    _check_real(input, "unique_dim")
    return counting.distinct_along(input, axis, False)


@general(node="UniqueConsecutiveBackward0", outputs=3, input=_no_derivative("unique_consecutive"))
def _unique_consecutive(input: V, dim: int | None) -> tuple[V, V, V]:
    axis = None if dim is None else _check_axis(input, dim)
    _check_real(input, "unique")
    return counting.distinct_in_turn(input) if axis is None else counting.distinct_along(input, axis, True)


def _wanted(found: tuple[V, V, V], return_inverse: bool, return_counts: bool) -> Any:
    values, inverse, counts = found
    chosen = (values, *([inverse] if return_inverse else []), *([counts] if return_counts else []))
    return chosen if len(chosen) > 1 else values


@numpy_names
def unique(
    input: V,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements, or the distinct slices along `dim`, always sorted.

    With `return_inverse` also which one each element is, with `return_counts` how often each occurs (int64).

    >>> import pullback as torch
    >>> torch.unique(torch.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    found = _unique2(input) if dim is None else _unique_dim(input, dim)
    return _wanted(found, return_inverse, return_counts)


@numpy_names
def unique_consecutive(
    input: V, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The first of each run of equal elements, or of equal slices along `dim`; extra results as `unique`.

    >>> import pullback as torch
    >>> torch.unique_consecutive(torch.tensor([3, 3, 1, 3]))
    tensor([3, 1, 3])
    """
    return _wanted(_unique_consecutive(input, dim), return_inverse, return_counts)
