"""``x[...]``, ``x[...] = y`` and what else makes a tensor a container: its length, its items, ``in``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pullback.arrays.mirrored import behind
from pullback.graph.inplace import spoken
from pullback.graph.overlap import check_apart
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.index.advanced import index as index_tensors, write_values
from pullback.ops.index.fill import copy_, fill_
from pullback.ops.index.kinds import INT64
from pullback.ops.index.parse import check_masks, parse, select_at, slice_at
from pullback.ops.index.quiet import is_quiet, write_quietly
from pullback.ops.numbers import number_of
from pullback.ops.shape.broadcasting import expand
from pullback.ops.shape.reshape import alias, view as as_view
from pullback.ops.shape.singletons import _unsqueeze as unsqueeze
from pullback.ops.shape.splitting import unbind
from pullback.ops.shape.turning import flip
from pullback.ops.typing import V


def getitem(input: V, index: Any) -> V:
    """``input[index]``: integers, slices, ``None``, ``...`` give a view; index tensors, lists and masks a copy.

    Raises ``IndexError`` for what is out of bounds or no index, ``ValueError`` for a negative step.

    >>> import pullback as torch
    >>> x = torch.arange(6).reshape(2, 3)
    >>> x[0, 1:], x[:, torch.tensor([2, 0])], x[x > 3]
    (tensor([1, 2]), tensor([[2, 0],
            [5, 3]]), tensor([4, 5]))
    """
    kind = index.__class__
    if kind is int:
        return select_at(input, 0, index)
    if kind is slice:
        return slice_at(input, 0, index, True)
    if index is None:
        return unsqueeze(input, 0)
    if isinstance(index, TensorBase) and index._array.dtype == INT64 and index._array.ndim and input._array.ndim:
        return index_tensors(input, [index], (0,))
    view, tensors, axes = parse(input, index)
    if tensors:
        return index_tensors(view, tensors, tuple(axes))
    return alias(input) if view is input else view


def setitem(input: V, index: Any, value: Any) -> None:
    """``input[index] = value``: `value`, a tensor or a number, is broadcast and written into the memory of `input`.

    Raises as `getitem`, and ``TypeError`` if `value` is neither, ``RuntimeError`` if it does not fit.
    """
    if value.__class__ in _NUMBERS and _is_plain(index) and is_quiet(input) and 0 not in input._array.strides:
        number = _value_like(input, value)._array
        try:
            write_quietly(input, lambda memory: memory.__setitem__(index, number))
            return
        except IndexError:
            pass  # told in PyTorch's words below
    view, tensors, axes = parse(input, index)
    if tensors:
        check_masks(view._array.shape, tensors, axes)
        write_values(view, tensors, tuple(axes), _stripped(_value_like(input, value)))
        return
    value = _value_like(input, value)
    if view._array.ndim and not value._array.ndim:
        fill_(view, value)
    else:
        shape = view._array.shape
        if value._array.shape != shape:
            value = as_view(value, _without_lead(value._array.shape))
            if shape and view._array.size == 1 and not value._array.ndim:  # its strides are others when expanded
                check_apart(behind(view._array), (behind(value._array),), fully=True)
        copy_(view, value if value._array.shape == shape else expand(value, shape))


def delitem(input: V, index: Any) -> None:
    """``del input[index]``: a tensor keeps its length."""
    raise TypeError("Tensor does not support deleting items")


_NUMBERS = frozenset((float, int))


def _is_plain(index: Any) -> bool:
    """Whether NumPy and PyTorch agree on `index` to the letter: integers only."""
    return index.__class__ is int or (index.__class__ is tuple and all(item.__class__ is int for item in index))


def _value_like(input: Any, value: Any) -> Any:
    """A number as a 0-d tensor of the dtype of `input`; a tensor as it is."""
    if isinstance(value, TensorBase):
        return value
    dtype = input._array.dtype
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        value = value.item()
    if not isinstance(value, (bool, int, float, complex)):
        kind = type(value)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        raise TypeError(f"can't assign a {name} to a torch.{spoken(dtype)}Tensor")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("Overflow when unpacking long long")
    return wrap(number_of(value, dtype))


def _without_lead(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without its leading axes of length 1."""
    return shape[next((axis for axis, n in enumerate(shape) if n != 1), len(shape)) :]


def _stripped(value: V) -> V:
    shape = _without_lead(value._array.shape)
    return value if shape == value._array.shape else as_view(value, shape)


def length(input: Any) -> int:
    """The length of the first axis. Raises ``TypeError`` for a 0-d tensor."""
    if not input._array.ndim:
        raise TypeError("len() of a 0-d tensor")
    return input._array.shape[0]  # type: ignore[no-any-return]


def items(input: Any) -> Iterator[Any]:
    """The slices along the first axis, one after the other. Raises ``TypeError`` for a 0-d tensor."""
    if not input._array.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(unbind(input, 0))


def reversed_items(input: V) -> V:
    """The tensor with its first axis in reverse order."""
    return flip(input, 0) if input._array.ndim else input


def contains(input: Any, element: Any) -> bool:
    """Whether any element of the tensor equals `element`, a tensor or a number."""
    if not isinstance(element, (TensorBase, bool, int, float, complex, np.generic)):
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")
    other = element._array if isinstance(element, TensorBase) else element
    return bool(np.any(input._array == other))
