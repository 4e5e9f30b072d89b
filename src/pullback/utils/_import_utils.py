"""Whether a module can be imported."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType


def import_dill() -> ModuleType | None:
    """The module `dill` if it is installed."""
    return import_module("dill") if _check_module_exists("dill") else None


def _check_module_exists(name: str) -> bool:
    """Whether a module of this name is installed; it is not imported.

    >>> _check_module_exists("numpy")
    True
    """
    try:
        return find_spec(name) is not None
    except ImportError:
        return False
