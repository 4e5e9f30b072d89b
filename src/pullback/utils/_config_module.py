"""Modules of settings: `patch` changes some for the length of a block or of a function."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from types import ModuleType
from typing import Any


class _Patched(ContextDecorator):
    """Some settings of a module at other values."""

    def __init__(self, module: ModuleType, changes: dict[str, Any]) -> None:
        self.settings, self.changes = vars(module), changes

    def __enter__(self) -> None:
        self.before = {name: self.settings[name] for name in self.changes if name in self.settings}
        self.settings.update(self.changes)

    def __exit__(self, *exception: object) -> None:
        for name in self.changes:
            del self.settings[name]
        self.settings.update(self.before)


def patch_of(module: ModuleType) -> Callable[..., _Patched]:
    """``patch(name, value)``, ``patch({name: value, …})`` or ``patch(name=value, …)`` for the settings in `module`.

    >>> import pullback._inductor.config as config
    >>> with config.patch(size_asserts=False):
    ...     config.size_asserts
    False
    >>> config.size_asserts
    True
    """

    def patch(first: str | dict[str, Any] | None = None, value: Any = None, **changes: Any) -> _Patched:
        if isinstance(first, str):
            changes[first] = value
        return _Patched(module, {**(first if isinstance(first, dict) else {}), **changes})

    return patch
