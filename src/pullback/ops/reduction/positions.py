"""Where the largest and the smallest elements stand: the first of equals, NaN before all."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import reshape
from pullback.graph.operator import nondifferentiable
from pullback.ops.dims import wrap_dim
from pullback.ops.reduction.extrema import check_not_empty, check_real
from pullback.ops.reduction.names import settle
from pullback.ops.typing import V


def _arg(array: Any, dim: int | None, keepdim: bool, name: str, where: Any) -> Any:
    check_real(array, name)
    if array.dtype.kind == "b":
        raise RuntimeError(f"{name}(): does not support bool input")
    if dim is None:
        if 0 in array.shape:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        found = where(array)
        return reshape(found, (1,) * array.ndim) if keepdim else found
    if not hasattr(dim, "__index__"):
        raise TypeError(f"{name}(): argument 'dim' (position 2) must be int, not {type(dim).__name__}")
    axis = wrap_dim(dim, array.ndim)
    check_not_empty(array, (axis,), f"{name}()")
    return where(array, axis=axis, keepdims=keepdim) if array.ndim else np.int64(0)


@nondifferentiable()
def _argmax(input: V, dim: int | None = None, keepdim: bool = False) -> V:
    return _arg(input, dim, keepdim, "argmax", np.argmax)


@nondifferentiable()
def _argmin(input: V, dim: int | None = None, keepdim: bool = False) -> V:
    return _arg(input, dim, keepdim, "argmin", np.argmin)


def argmax(input: V, dim: int | None = None, keepdim: bool = False, *, out: Any = None, **names: Any) -> V:
    """Index (int64) of the first largest element: in the flattened tensor, or along `dim`. Real numbers.

    >>> import pullback as torch
    >>> torch.tensor([[1., 5.], [3., 2.]]).argmax()
    tensor(1)
    """
    if names:
        dim, keepdim = settle("argmax", names, dim, keepdim)
    return _argmax(input, dim, keepdim, out=out)


def argmin(input: V, dim: int | None = None, keepdim: bool = False, *, out: Any = None, **names: Any) -> V:
    """Index (int64) of the first smallest element, as `argmax`.

    >>> import pullback as torch
    >>> torch.tensor([[1., 5.], [3., 2.]]).argmin(1)
    tensor([0, 1])
    """
    if names:
        dim, keepdim = settle("argmin", names, dim, keepdim)
    return _argmin(input, dim, keepdim, out=out)
