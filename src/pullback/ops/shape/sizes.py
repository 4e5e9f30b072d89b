"""Sizes and dimensions as callers write them: ``f(2, 3)``, ``f((2, 3))``, ``f(torch.Size([2, 3]))``."""

from __future__ import annotations

from operator import index
from typing import Any


def int_list(values: tuple[Any, ...], function: str, argument: str) -> tuple[int, ...]:
    """The integers of ``*values``, which may be wrapped in one sequence.

    Raises ``TypeError`` for anything that is not an integer. A boolean is not one here.

    >>> int_list((2, 3), "view", "size"), int_list(([2, 3],), "view", "size")
    ((2, 3), (2, 3))
    """
    if len(values) == 1 and isinstance(values[0], (tuple, list)):
        values = values[0] if values[0].__class__ is tuple else tuple(values[0])
    for value in values:
        if value.__class__ is not int:
            if len(values) == 1 and isinstance(value, (str, dict, set)):
                kind = type(value).__name__
                raise TypeError(f"{function}(): argument '{argument}' (position 1) must be tuple of ints, not {kind}")
            return _converted(values, function, argument)
    return values


def _converted(values: tuple[Any, ...], function: str, argument: str) -> tuple[int, ...]:
    found = []
    for position, value in enumerate(values):
        try:
            if isinstance(value, bool):
                raise TypeError
            found.append(index(value))
        except TypeError:
            raise TypeError(
                f"{function}(): argument '{argument}' must be tuple of ints, but found element of type "
                f"{type(value).__name__} at pos {position}"
            ) from None
    return tuple(found)
