"""torch.Size: the shape of a tensor, a tuple of its lengths along each axis."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from math import prod
from operator import index
from typing import Any


class Size(tuple[int, ...]):
    """A tuple of axis lengths that prints as ``torch.Size([2, 3])`` and knows the number of elements.

    >>> Size((2, 3)), Size((2, 3)).numel(), Size((2, 3))[1:]
    (torch.Size([2, 3]), 6, torch.Size([3]))
    """

    __slots__ = ()

    def __new__(cls, lengths: Iterable[Any] = ()) -> Size:
        """Lengths that are no ints, such as tensors that hold one, become ints; ``TypeError`` for what is none."""
        found = tuple.__new__(cls, lengths)
        for length in found:
            if length.__class__ is not int:
                return tuple.__new__(cls, [_as_int(each, position) for position, each in enumerate(found)])
        return found

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(repr, self))}])"

    def numel(self) -> int:
        """The number of elements of a tensor of this size."""
        return prod(self)

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if isinstance(index, slice) else found

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, tuple(other))) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: Any) -> Any:
        return Size(tuple(other) + tuple(self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Any:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __reduce__(self) -> Any:
        return Size, (tuple(self),)


def _as_int(length: Any, position: int) -> int:
    try:
        return index(length)
    except TypeError:
        raise TypeError(
            f"torch.Size() takes an iterable of 'int' (item {position} is '{type(length).__name__}')"
        ) from None


size_of_array = partial(tuple.__new__, Size)
"""The size for the shape of an array, whose lengths need no check."""
