"""Grids and combinations of 1-d tensors."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np

from pullback.graph.tensor_base import wrap
from pullback.ops.shape.broadcasting import _expand
from pullback.ops.shape.joining import check_tensors, stack
from pullback.ops.shape.reshape import flatten, view
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors

_NO_INDEXING = "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument."


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """The coordinates of a grid: each 1-d tensor spread over the axes of the others, without a copy.

    With ``indexing="ij"`` tensor ``n`` varies along axis ``n``; with ``"xy"`` the first two axes change places.

    >>> import pullback as torch
    >>> torch.meshgrid(torch.tensor([1, 2]), torch.tensor([3, 4, 5]), indexing="ij")[0]
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    if indexing is None and tensors:
        warnings.warn(_NO_INDEXING, UserWarning, stacklevel=2)
    elif indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    return _grid(tensors, indexing == "xy")


def _grid(tensors: Any, swap: bool = False) -> tuple[Any, ...]:
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    check_tensors(tensors)
    for tensor in tensors:
        if tensor._array.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {tensor}")
        if tensor._array.dtype != tensors[0]._array.dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    axes = list(range(len(tensors)))
    if swap and len(axes) > 1:
        axes[0], axes[1] = 1, 0
    shape = [0] * len(tensors)
    for tensor, axis in zip(tensors, axes):
        shape[axis] = tensor._array.size
    lines = [view(t, [t._array.size if n == axis else 1 for n in range(len(axes))]) for t, axis in zip(tensors, axes)]
    return tuple(_expand(line, tuple(shape)) for line in lines)


@asks_for_tensors
def cartesian_prod(*tensors: Any) -> V:
    """Every combination of one element of each 1-d tensor, as rows; a single tensor is returned itself.

    >>> import pullback as torch
    >>> torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    for tensor in tensors:
        if tensor._array.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(tensor._array.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return stack([flatten(grid) for grid in _grid(tensors)], 1)


@asks_for_tensors
def combinations(input: V, r: int = 2, with_replacement: bool = False) -> V:
    """The combinations of `r` elements of a 1-d tensor, as rows, in the order of `itertools.combinations`.

    >>> import pullback as torch
    >>> torch.combinations(torch.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    array = input._array
    if array.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(array.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return wrap(np.empty(0, array.dtype))
    places = np.indices((len(array),) * r, sparse=True)
    mask: Any = np.ones((len(array),) * r, bool)
    for first, second in itertools.pairwise(places):
        mask = mask & (first <= second if with_replacement else first < second)
    return stack([grid.masked_select(wrap(mask)) for grid in _grid((input,) * r)], 1)
