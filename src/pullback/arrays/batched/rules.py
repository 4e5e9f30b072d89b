"""Ways for a function to take a batch at once. A rule is called with the level and the function's own arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.arrays.batched.array import BatchedArray, payload_at, ranked
from pullback.arrays.batched.looping import loop, sizes_in
from pullback.arrays.batched.ufuncs import shifted, shifted_axes
from pullback.arrays.vocabulary import expand

Rule = Callable[..., Any]


def batched(found: Any, level: int) -> Any:
    """What a function made of payloads, as batched arrays."""
    if isinstance(found, (list, tuple)):
        items = [batched(each, level) for each in found]
        return type(found)(*items) if hasattr(found, "_fields") else type(found)(items)
    return BatchedArray(found, level)


def whole(value: Any, level: int, size: int) -> Any:
    """The payload of `value`, or `value` repeated for each example without a copy."""
    payload = payload_at(value, level)
    return expand(value[None], (size, *value.shape)) if payload is None else payload


def packed(payload: Any) -> Any:
    """`payload` in C order; of an outer batch as it is."""
    return np.ascontiguousarray(payload) if isinstance(payload, np.ndarray) else payload


def alone(function: Callable[..., Any], least: int = 0) -> Rule:
    """One array; the function works element by element or on its last axes, of which it has at `least` so many."""

    def rule(level: int, array: Any, *args: Any, **kwargs: Any) -> Any:
        if array.__class__ is not BatchedArray or array.ndim < least:
            return loop(function, (array, *args), kwargs)
        return batched(function(array.payload, *args, **kwargs), level)

    return rule


def elementwise(function: Callable[..., Any]) -> Rule:
    """Every array takes part element by element, with broadcasting."""

    def rule(level: int, *args: Any, **kwargs: Any) -> Any:
        ndim = max([each.ndim for each in args if isinstance(each, (BatchedArray, np.ndarray))])
        ready = [each if (p := payload_at(each, level)) is None else ranked(p, ndim) for each in args]
        return batched(function(*ready, **kwargs), level)

    return rule


def trailing(function: Callable[..., Any], count: int, least: int = 0) -> Rule:
    """The first `count` arguments are arrays whose leading axes broadcast, all of them, and there are `least` others."""

    def rule(level: int, *args: Any, **kwargs: Any) -> Any:
        arrays = args[:count]
        ndim = max([each.ndim for each in arrays])
        if min([each.ndim for each in arrays]) < least:
            return loop(function, args, kwargs)
        ready = [each if (p := payload_at(each, level)) is None else ranked(p, ndim) for each in arrays]
        return batched(function(*ready, *args[count:], **kwargs), level)

    return rule


def together(function: Callable[..., Any], count: int) -> Rule:
    """The first `count` arguments are arrays with the same leading axes, the batch among them."""

    def rule(level: int, *args: Any, **kwargs: Any) -> Any:
        size = sizes_in(args, level)
        ready = [whole(each, level, size) for each in args[:count]]
        return batched(function(*ready, *args[count:], **kwargs), level)

    return rule


def _without_axis(found: Any) -> Any:
    """The results for one number in each example, that were taken along an axis of length 1."""
    if isinstance(found, tuple):
        return tuple([_without_axis(each) for each in found])
    return found[:, 0] if found.ndim > 1 else found


def along(function: Callable[..., Any], place: int, name: str = "axis", count: int = 1, default: Any = None) -> Rule:
    """The first `count` arguments are arrays; the argument at `place`, or `name`, is an axis or several of them.

    `None` means all axes, flattened.
    """

    def rule(level: int, *args: Any, **kwargs: Any) -> Any:
        given = args[place] if len(args) > place else kwargs.pop(name, default)
        ndim = args[0].ndim
        size = sizes_in(args[:count], level)
        arrays = [whole(each, level, size) for each in args[:count]]
        if not ndim:
            found = function(*[each[:, None] for each in arrays], *args[count:place], 1, *args[place + 1 :], **kwargs)
            return batched(_without_axis(found), level)
        if given is None:
            arrays, axis = [np.reshape(each, (size, -1)) for each in arrays], 1
        elif isinstance(given, (tuple, list)):
            axis = shifted_axes(given, ndim)  # type: ignore[assignment]
        else:
            axis = shifted(given, ndim)
        between = args[count:place]
        return batched(function(*arrays, *between, axis, *args[place + 1 :], **kwargs), level)

    return rule
