"""Context managers that decorate functions, generators and coroutines too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.autograd.grad_mode import _Switch


class _DecoratorContextManager:
    """Base of context managers that are decorators as well: a call runs within what `clone` gives."""

    def clone(self) -> Any:
        """The context of one call."""
        return type(self)()

    def __enter__(self) -> None:
        raise NotImplementedError

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        raise NotImplementedError

    __call__: Any = _Switch.__call__


class _NoParamDecoratorContextManager(_DecoratorContextManager):
    """One that also decorates without parentheses."""

    def __new__(cls, orig_func: Any = None) -> Any:
        made = super().__new__(cls)
        if orig_func is None:
            return made
        made.__init__()  # type: ignore[misc]
        return made(orig_func)


class _Calls(_DecoratorContextManager):
    def __init__(self, make: Callable[[], Any]) -> None:
        self.clone = make  # type: ignore[method-assign]


def context_decorator(ctx: Any, func: Any) -> Any:
    """`func` run within `ctx`: a context manager that can be entered again, or a function that makes one for each call."""
    if callable(ctx) and hasattr(ctx, "__enter__"):
        raise ValueError(
            f"Passed in {ctx} is both callable and also a valid context manager (has __enter__), making it ambiguous which "
            "interface to use.  If you intended to pass a context manager factory, rewrite your call as "
            "context_decorator(lambda: ctx()); if you intended to pass a context manager directly, rewrite your call as "
            "context_decorator(lambda: ctx)"
        )
    return _Calls(ctx if callable(ctx) else lambda: ctx)(func)
