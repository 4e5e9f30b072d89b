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
