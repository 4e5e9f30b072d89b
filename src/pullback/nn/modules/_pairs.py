"""Reading names and values from the forms that the dictionary containers accept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pullback.nn.modules.module import Module


def named_pairs(values: Any, owner: str) -> Iterator[tuple[Any, Any]]:
    """Pairs from a mapping, from another container, or from an iterable of pairs.

    Args:
        values: where the pairs come from.
        owner: name of the container, for messages.

    Raises:
        TypeError: if `values`, or one of its elements, is not iterable.
        ValueError: if an element is no pair.
    """
    if not isinstance(values, Iterable):
        raise TypeError(
            f"{owner}.update should be called with an iterable of key/value pairs, but got {type(values).__name__}"
        )
    if isinstance(values, (Mapping, Module)):
        yield from list(values.items())
        return
    for position, pair in enumerate(values):
        if not isinstance(pair, Iterable):
            raise TypeError(f"{owner} update sequence element #{position} should be Iterable; is{type(pair).__name__}")
        entry = list(pair)
        if len(entry) != 2:
            raise ValueError(f"{owner} update sequence element #{position} has length {len(entry)}; 2 is required")
        yield entry[0], entry[1]
