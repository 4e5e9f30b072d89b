"""Example by example: how a function runs for which no table says how it takes a batch at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.arrays.batched import errors
from pullback.arrays.batched.array import BatchedArray, payload_at


def levels_in(value: Any) -> int:
    """The innermost level in a value that may nest lists, tuples and dictionaries; -1 if there is none."""
    kind = value.__class__
    if kind is BatchedArray:
        return value.level  # type: ignore[no-any-return]
    level = -1
    if isinstance(value, (list, tuple)):
        for each in value:
            if each.__class__ is BatchedArray:
                if each.level > level:
                    level = each.level
            elif isinstance(each, (list, tuple, dict)):
                level = max(level, levels_in(each))
    elif kind is dict and value:
        return levels_in(list(value.values()))
    return level


def sizes_in(value: Any, level: int) -> int:
    """The number of examples at `level`; -1 if `value` holds none."""
    if value.__class__ is BatchedArray:
        return value.batch_size if value.level == level else -1  # type: ignore[no-any-return]
    if isinstance(value, (list, tuple)):
        return max([sizes_in(each, level) for each in value], default=-1)
    return sizes_in(list(value.values()), level) if isinstance(value, dict) else -1


def example(value: Any, level: int, number: int) -> Any:
    """One example of every batched array in `value`."""
    payload = payload_at(value, level)
    if payload is not None:
        return payload[number]
    if isinstance(value, (list, tuple)):
        items = [example(each, level, number) for each in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {name: example(each, level, number) for name, each in value.items()}
    return value


def gathered(results: list[Any], level: int) -> Any:
    """The results of all examples as one: arrays are stacked, tuples joined item by item."""
    first = results[0]
    if isinstance(first, (list, tuple)):
        items = [gathered(list(column), level) for column in zip(*results)]
        return type(first)(*items) if hasattr(first, "_fields") else type(first)(items)
    if isinstance(first, (np.ndarray, np.generic)) or first.__class__ is BatchedArray:
        if any([each.shape != first.shape for each in results]):
            raise errors.NeedsValues(level, errors.SHAPE)
        return BatchedArray(np.stack(results), level)
    return first


def loop(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Call `function` once for each example of the innermost level, and stack what it returns."""
    level = levels_in((args, kwargs))
    size = sizes_in((args, kwargs), level)
    if not size:
        raise RuntimeError(f"vmap: {getattr(function, '__name__', function)} has no form for a batch of no examples")
    results = [function(*example(args, level, n), **example(kwargs, level, n)) for n in range(size)]
    return gathered(results, level)
