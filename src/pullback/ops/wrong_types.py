"""The error for an argument that is no tensor where a function of several operators asks for one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from pullback.graph.tensor_base import TensorBase

P = ParamSpec("P")
R = TypeVar("R")


def wrong_type(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], error: AttributeError) -> Exception:
    """`error`, or PyTorch's ``TypeError`` if it says what one of the arguments lacks to be a tensor."""
    lacking = error.obj
    if isinstance(lacking, TensorBase) or hasattr(type(lacking), "__torch_function__"):
        return error
    called = function.__name__.removesuffix("_function")
    kind = type(lacking).__name__
    names = [*inspect.signature(function).parameters]
    given = [*((names[min(n, len(names) - 1)], value) for n, value in enumerate(args)), *kwargs.items()]
    for place, (name, value) in enumerate(given):
        where = f" (position {place + 1})" if place < len(args) else ""
        if value is lacking:
            return TypeError(f"{called}(): argument '{name}'{where} must be Tensor, not {kind}")
        if isinstance(value, (list, tuple)) and (at := [n for n, each in enumerate(value) if each is lacking]):
            return TypeError(f"expected Tensor as element {at[0]} in argument {place}, but got {kind}")
    return error


def asks_for_tensors(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function of several operators refuse what is no tensor as an operator does."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except AttributeError as error:
            raise wrong_type(function, args, kwargs, error) from None

    return call
