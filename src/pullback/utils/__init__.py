"""Tools around training: data loading (:mod:`pullback.utils.data`) and hooks (:mod:`pullback.utils.hooks`)."""

from __future__ import annotations

import importlib
from typing import Any

from pullback.utils._swap import swap_tensors as swap_tensors

__all__ = ["data", "hooks", "swap_tensors"]


def set_module(obj: Any, mod: str) -> None:
    """Say that `obj` is of the module `mod`. ``TypeError`` if that is no name."""
    if not isinstance(mod, str):
        raise TypeError("The mod argument should be a string")
    obj.__module__ = mod


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{name}":
            raise
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
