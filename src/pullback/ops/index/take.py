"""Elements by their position in the flattened tensor: `take` and `put`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.scatter import pick, replaced_at, spread
from pullback.arrays.vocabulary import reshape
from pullback.graph.inplace import in_place, spoken
from pullback.graph.operator import linear
from pullback.graph.tensor_base import TensorBase
from pullback.graph.writable import APART, check_history
from pullback.ops.index.kinds import INT64
from pullback.ops.index.rows import outside
from pullback.ops.outputs import check_out
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors

_ZERO = np.zeros((), bool)


def _flat(value: V) -> V:
    return reshape(value, (-1,))


@linear(
    node="TakeBackward0",
    input=lambda grad, index, input_shape: reshape(
        spread(_flat(grad), [_flat(index)], (0,), (int(np.prod(input_shape, dtype=int)),)), input_shape
    ),
)
def _take(input: V, index: V) -> V:
    return reshape(pick(_flat(input), [_flat(index)], (0,)), index.shape)


def _check_index(index: Any, size: int, name: str) -> None:
    if not isinstance(index, TensorBase):
        raise TypeError(f"{name}(): argument 'index' (position 1) must be Tensor, not {type(index).__name__}")
    array = index._array
    if array.dtype != INT64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {spoken(array.dtype)}")
    if not array.size:
        return
    if not size:
        raise IndexError(f"{name}(): tried to {name} from an empty tensor")
    wrong = outside(index, -size, size)
    if wrong is not None:
        raise IndexError(f"out of range: tried to access index {wrong} on a tensor of {size} elements.")


@asks_for_tensors
def take(input: V, index: V, *, out: Any = None) -> V:
    """The elements at the positions `index` of the flattened tensor, in the shape of `index`.

    >>> import pullback as torch
    >>> torch.tensor([[4, 5], [6, 7]]).take(torch.tensor([0, -1]))
    tensor([4, 7])
    """
    _check_index(index, input._array.size, "take")
    check_out(out, input, index)
    return _take(input, index, out=out)


@linear(
    node="PutBackward0",
    input=lambda grad, index, accumulate: (
        grad if accumulate else reshape(replaced_at(_flat(grad), [_flat(index)], (0,), _ZERO), grad.shape)
    ),
    source=lambda grad, index, source_shape: reshape(pick(_flat(grad), [_flat(index)], (0,)), source_shape),
)
def _put(input: V, index: V, source: V, accumulate: bool) -> V:
    return reshape(replaced_at(_flat(input), [_flat(index)], (0,), _flat(source), accumulate), input.shape)


def _check_put(input: Any, index: Any, source: Any) -> None:
    _check_index(index, input._array.size, "put_")
    if source._array.dtype != input._array.dtype:
        raise RuntimeError(
            "put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{spoken(input._array.dtype)} and source.dtype = {spoken(source._array.dtype)}"
        )
    if index._array.size != source._array.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source._array.size}, index.numel() = {index._array.size}"
        )


@asks_for_tensors
def put(input: V, index: V, source: V, accumulate: bool = False) -> V:
    """A copy of `input` with `source` at the positions `index` of the flattened tensor, or added there.

    >>> import pullback as torch
    >>> torch.zeros(2, 2).put(torch.tensor([0, 3]), torch.tensor([5., 6.]))
    tensor([[5., 0.],
            [0., 6.]])
    """
    _check_put(input, index, source)
    return _put(input, index, source, accumulate)


_put_recorded = in_place(_put, "put_", APART)


def put_(input: V, index: V, source: V, accumulate: bool = False) -> V:
    """`put` in place."""
    check_history(input, source)
    _check_put(input, index, source)
    return _put_recorded(input, index, source, accumulate)
