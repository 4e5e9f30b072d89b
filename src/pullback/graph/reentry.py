"""A backward pass inside a backward pass inside a backward pass …

Each level takes a dozen Python frames, and Python allows about a thousand. A level too deep runs in a thread of its
own, whose stack is empty, while the one that asked waits.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any

_LIMIT = 20

_depth: ContextVar[int] = ContextVar("backward passes inside each other", default=0)


def deep() -> bool:
    """Whether the next pass is better run in a thread of its own."""
    return _depth.get() >= _LIMIT


def call_nested(function: Callable[..., Any], *args: Any) -> Any:
    """Call what may start a backward pass inside the running one."""
    token = _depth.set(_depth.get() + 1)
    try:
        return function(*args)
    finally:
        _depth.reset(token)


def in_fresh_thread(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call `function` on an empty stack, in the modes of the caller; its result or exception is the caller's."""
    from threading import Thread  # what few passes need

    outcome: list[Any] = []

    def work() -> None:
        _depth.set(0)
        try:
            outcome.append((True, function(*args, **kwargs)))
        except BaseException as error:
            outcome.append((False, error))

    thread = Thread(target=copy_context().run, args=(work,), name="pullback: nested backward pass")
    thread.start()
    thread.join()
    succeeded, value = outcome[0]
    if not succeeded:
        raise value
    return value
