"""Whether a module can be imported."""

from __future__ import annotations

from importlib.util import find_spec


def _check_module_exists(name: str) -> bool:
    """Whether a module of this name is installed; it is not imported.

    >>> _check_module_exists("numpy")
    True
    """
    try:
        return find_spec(name) is not None
    except ImportError:
        return False
