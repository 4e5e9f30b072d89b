"""NumPy's functions and our words on batched arrays: found in the tables, or run example by example."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.arrays.batched.looping import levels_in, loop

RULES: dict[Any, Callable[..., Any]] = {}
"""What each function does; words that are declared above this layer stand under their dotted name."""


def fill_tables() -> None:
    """Load every family. Done at the first function on a batched array: who makes none needs no tables."""
    from pullback.arrays.batched import matrices, ordering, picking, pointwise, reducing, shaping, windowing, words

    for family in (pointwise, shaping, reducing, picking, ordering, matrices, windowing):
        RULES.update(family.RULES)
    RULES.update(words.CROSSINGS)


def rule_of(function: Any) -> Callable[..., Any] | None:
    """The rule of `function`, if there is one."""
    if not RULES:
        fill_tables()
    found = RULES.get(function)
    return RULES.get(f"{function.__module__}.{function.__qualname__}") if found is None else found


def on_function(function: Any, args: Any, kwargs: Any) -> Any:
    """What ``__array_function__`` answers."""
    rule = rule_of(function)
    if rule is None:
        return loop(function, args, kwargs)
    level = levels_in(args)
    if kwargs:
        level = max(level, levels_in(kwargs))
    return rule(level, *args, **kwargs)
