"""NumPy's words for arguments, which PyTorch takes too: ``axis`` for ``dim``, ``keepdims`` for ``keepdim``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

TORCH_NAMES = {"axis": "dim", "keepdims": "keepdim", "a": "input", "x": "input", "x1": "input", "x2": "other"}


def renamed(function: Any, names: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of `function` in PyTorch's words; ``TypeError`` for a word that neither knows."""
    for name in names:
        if name not in TORCH_NAMES:
            raise TypeError(f"{function.__name__}() got an unexpected keyword argument '{name}'")
    return {TORCH_NAMES[name]: value for name, value in names.items()}


def numpy_names(function: Callable[P, R]) -> Callable[P, R]:
    """Let `function` take NumPy's words as well.

    The functions called most spell this out (``**names``), which costs a quarter of the wrapper here.
    """

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs and not TORCH_NAMES.keys().isdisjoint(kwargs):
            kwargs = {TORCH_NAMES.get(name, name): value for name, value in kwargs.items()}
        return function(*args, **kwargs)

    return call
