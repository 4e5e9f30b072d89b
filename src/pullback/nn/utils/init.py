"""Making a module without drawing its weights."""

from __future__ import annotations

import inspect
from typing import Any

import pullback
from pullback.nn.modules.module import Module

__all__ = ["skip_init"]


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """A module whose weights and buffers are left undefined, for weights that come from elsewhere.

    The random stream is where it was before. Raises ``RuntimeError`` for a class whose constructor has no ``device``.
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    with pullback.random.fork_rng():
        module = module_cls(*args, **kwargs)
    return module.to_empty(device=kwargs.get("device", "cpu"))
