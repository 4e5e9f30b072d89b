"""NumPy's words for arguments: PyTorch takes ``axis`` for ``dim``, ``keepdims`` for ``keepdim``, ``x`` for ``input``."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from pullback.ops.wrong_types import wrong_type

P = ParamSpec("P")
R = TypeVar("R")

TORCH_NAMES = {"axis": "dim", "keepdims": "keepdim", "a": "input", "x": "input", "x1": "input", "x2": "other"}


def numpy_names(function: Callable[P, R]) -> Callable[P, R]:
    """Let `function` take NumPy's words as well, and ``input`` for an ``A``, and refuse what is no tensor.

    The functions called most spell this out (``**names``), which costs a quarter of the wrapper here.
    """
    forward: Any = getattr(getattr(function, "operator", function), "forward", function)
    code = getattr(forward, "__wrapped__", forward).__code__
    own = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    words = {word: name for word, name in TORCH_NAMES.items() if name in own and word not in own}
    if own[0] in ("A", "b") or function.__name__ == "vector_norm":
        words["input"] = own[0]

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs and not words.keys().isdisjoint(kwargs):
            kwargs = {words.get(name, name): value for name, value in kwargs.items()}
        try:
            return function(*args, **kwargs)
        except AttributeError as error:
            raise wrong_type(function, args, kwargs, error) from None

    return call  # type: ignore[return-value]
