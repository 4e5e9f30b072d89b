"""Where elements are: `nonzero`, `argwhere`, `unravel_index`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.vocabulary import cast
from pullback.graph import out as out_argument
from pullback.graph.levels import example_by_example
from pullback.graph.operator import nondifferentiable
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.outputs import check_out
from pullback.ops.shape.splitting import unbind
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


@nondifferentiable()
def _nonzero(input: V) -> V:
    return np.argwhere(input)


def nonzero(input: V, *, as_tuple: bool = False, out: Any = None) -> Any:
    """The places of the elements that are not zero: int64 of shape ``(n, ndim)``, in C order.

    With `as_tuple` a tuple of 1-d tensors, one for each axis, that can serve as an index.

    >>> import pullback as torch
    >>> torch.tensor([[0, 1], [2, 0]]).nonzero()
    tensor([[0, 1],
            [1, 0]])
    """
    if not as_tuple:
        check_out(out, input)
        return _nonzero(input, out=out)
    if isinstance(out, tuple):
        raise TypeError("nonzero(): argument 'out' must be Tensor, not tuple")
    if out is not None:
        raise RuntimeError("nonzero does not support the out kwarg when as_tuple is True")
    if not input._array.ndim:
        return unbind(_nonzero(wrap(input._array.reshape(1))), 1)
    return unbind(_nonzero(input), 1)


@example_by_example
@asks_for_tensors
def nonzero_static(input: V, *, size: int, fill_value: int = -1, out: Any = None) -> V:
    """`nonzero` with `size` rows: the first ones, or rows of `fill_value` where there are not so many.

    >>> import pullback as torch
    >>> torch.nonzero_static(torch.tensor([0, 3]), size=2)
    tensor([[ 1],
            [-1]])
    """
    if size < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, but got {size}")
    found = np.full((size, input._array.ndim), fill_value, np.int64)
    places = np.argwhere(input._array)[:size]
    found[: len(places)] = places
    return wrap(found) if out is None else out_argument.store("nonzero_static", out, wrap(found))


def argwhere(input: V) -> V:
    """`nonzero` under NumPy's name."""
    return _nonzero(input)


def unravel_index(indices: V, shape: Any) -> tuple[V, ...]:
    """Positions in the flattened tensor as one tensor of positions for each axis of `shape`.

    Raises ``TypeError`` if `indices` are no integers, ``ValueError`` for a negative length.

    >>> import pullback as torch
    >>> torch.unravel_index(torch.tensor([3, 5]), (2, 3))
    (tensor([1, 1]), tensor([0, 2]))
    """
    if not isinstance(indices, TensorBase):
        raise AttributeError(f"{type(indices).__name__!r} object has no attribute 'is_complex'")
    array = indices._array
    if array.dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integer dtype, but got {dtypes.from_numpy(array.dtype)}")
    if isinstance(shape, TensorBase) or not isinstance(shape, (int, Sequence)):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    lengths = (shape,) if isinstance(shape, int) else shape
    for length in lengths:
        if not isinstance(length, int):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(length)}")
    if any(length < 0 for length in lengths):
        raise ValueError(f"'shape' cannot have negative values, but got {tuple(lengths)}")
    if array.size and 0 in lengths:
        raise RuntimeError("ZeroDivisionError")
    found = []
    array = cast(array, np.int64)
    for length in reversed(lengths):
        found.append(array % max(length, 1))
        array = array // max(length, 1)
    return unbind(wrap(np.stack(found[::-1], -1)), -1) if found else ()
