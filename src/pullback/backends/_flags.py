"""Settings that are kept for those who ask, and have no effect."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any


def flags_of(module: str, **defaults: Any) -> Callable[..., AbstractContextManager[None]]:
    """A ``flags(name=value, …)`` for a module: sets its attributes for the length of a ``with`` block."""

    @contextmanager
    def flags(**settings: Any) -> Iterator[None]:
        target = sys.modules[module]
        unknown = set(settings) - set(defaults)
        if unknown:
            raise TypeError(f"flags() got an unexpected keyword argument '{sorted(unknown)[0]}'")
        before = {name: getattr(target, name) for name in defaults}
        vars(target).update({**defaults, **settings})
        try:
            yield
        finally:
            vars(target).update(before)

    return flags


def set_flags_of(module: str, *names: str) -> Callable[..., tuple[Any, ...]]:
    """A ``set_flags(_name=value, …)`` for a module: sets its attributes, for good, and gives what they were."""

    def set_flags(*values: Any, **settings: Any) -> tuple[Any, ...]:
        target = vars(sys.modules[module])
        before = tuple(target[name] for name in names)
        told = {**dict(zip(names, values)), **{name.removeprefix("_"): value for name, value in settings.items()}}
        target.update({name: value for name, value in told.items() if value is not None})
        return before

    return set_flags
