"""Modules as sets of options, as ``torch.utils._config_module`` makes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any


def Config(default: Any = None, alias: str | None = None, **details: Any) -> Any:
    """An option: its default value."""
    return default


class ConfigModule(ModuleType):
    """A module whose plain values are options, to be read, set, and patched for a while."""

    _defaults: dict[str, Any]

    def patch(self, arg1: str | dict[str, Any] | None = None, arg2: Any = None, **kwargs: Any) -> Any:
        """Options for a ``with`` block or a decorated function: a name and a value, a dictionary, or keywords."""
        changes = {arg1: arg2} if isinstance(arg1, str) else {**(arg1 or {}), **kwargs}
        return _patched(self, changes)

    def get_config_copy(self) -> dict[str, Any]:
        """All options and their values."""
        return {name: getattr(self, name) for name in self._defaults}

    def load_config(self, settings: dict[str, Any]) -> None:
        """Set options."""
        for name, value in settings.items():
            setattr(self, name, value)


@contextmanager
def _patched(module: ConfigModule, changes: dict[str, Any]) -> Iterator[None]:
    before = {name: getattr(module, name) for name in changes}
    module.load_config(changes)
    try:
        yield
    finally:
        module.load_config(before)


def install_config_module(module: ModuleType) -> None:
    """Make the values in `module` options."""
    kept: Any = (ModuleType, FunctionType, type)
    module.__class__ = ConfigModule
    vars(module)["_defaults"] = {
        name: value for name, value in vars(module).items() if name[:1] != "_" and not isinstance(value, kept)
    }
    sys.modules[module.__name__] = module
