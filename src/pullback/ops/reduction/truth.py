"""Whether all or any elements are nonzero, and how many are."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.reductions import add_over
from pullback.arrays.vocabulary import cast
from pullback.graph.operator import nondifferentiable
from pullback.ops.dims import wrap_dims
from pullback.ops.reduction.names import axes_of, settle
from pullback.ops.typing import Dim, V

UINT8 = np.dtype(np.uint8)


def _truth(array: Any, dim: Dim, keepdim: bool, ufunc: Any) -> Any:
    if dim is None:
        axes = None
    elif array.ndim:
        axes = wrap_dims(dim, array.ndim)  # an empty list reduces nothing
    else:
        axes = axes_of(dim, 0)
    found = ufunc.reduce(array != 0, axis=axes, keepdims=keepdim)
    return cast(found, UINT8) if array.dtype.kind == "u" and array.dtype.itemsize == 1 else found


@nondifferentiable()
def _all(input: V, dim: Dim = None, keepdim: bool = False) -> V:
    return _truth(input, dim, keepdim, np.logical_and)


@nondifferentiable()
def _any(input: V, dim: Dim = None, keepdim: bool = False) -> V:
    return _truth(input, dim, keepdim, np.logical_or)


def all(input: V, dim: Dim = None, keepdim: bool = False, *, out: Any = None, **names: Any) -> V:
    """Whether all elements are nonzero: of everything, or over `dim`. Boolean (uint8 for uint8); True of
    nothing.

    >>> import pullback as torch
    >>> torch.tensor([[True, False], [True, True]]).all(0)
    tensor([ True, False])
    """
    if names:
        dim, keepdim = settle("all", names, dim, keepdim)
    return _all(input, dim, keepdim, out=out)


def any(input: V, dim: Dim = None, keepdim: bool = False, *, out: Any = None, **names: Any) -> V:
    """Whether some element is nonzero: of everything, or over `dim`. Boolean (uint8 for uint8); False of
    nothing.

    >>> import pullback as torch
    >>> torch.tensor([0, 3]).any()
    tensor(True)
    """
    if names:
        dim, keepdim = settle("any", names, dim, keepdim)
    return _any(input, dim, keepdim, out=out)


@nondifferentiable()
def _count_nonzero(input: V, dim: Dim = None) -> V:
    return add_over(input != 0, axes_of(dim, input.ndim))


def count_nonzero(input: V, dim: Dim = None, **names: Any) -> V:
    """How many elements are nonzero (int64): of everything, or over `dim`.

    >>> import pullback as torch
    >>> torch.tensor([[0, 1], [2, 3]]).count_nonzero(dim=0)
    tensor([1, 2])
    """
    if names:
        dim, _ = settle("count_nonzero", names, dim, False)
    return _count_nonzero(input, dim)
