"""Switches for recording: context managers that also decorate functions, generators and coroutines."""

from __future__ import annotations

import dis
import functools
import inspect
from typing import Any

from pullback.graph import running
from pullback.graph.modes import INFERENCE, NO_GRAD, current_mode, is_grad_enabled, is_inference_mode_enabled, set_mode


class _Switch:
    """Changes the mode for a ``with`` block, a function, a generator between its yields, or a coroutine."""

    on = 0
    off = 0

    previous: list[int]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        made = object.__new__(cls)
        made.previous = []
        return made

    def clone(self) -> Any:
        """A switch of the same setting, for one call."""
        return type(self)()

    def __enter__(self) -> None:
        mode = current_mode()
        self.previous.append(mode)
        set_mode(mode & ~self.off | self.on)

    def __exit__(self, *exception: Any) -> None:
        set_mode(self.previous.pop())

    def __call__(self, function: Any) -> Any:
        if inspect.isclass(function):
            import warnings

            warnings.warn(
                "Decorating classes is deprecated and will be disabled in future versions. You should only decorate "
                "functions or methods. To preserve the current behavior of class decoration, you can directly decorate "
                "the `__init__` method and nothing else.",
                FutureWarning,
                stacklevel=2,
            )
            setattr(function, "__init__", self(function.__init__))  # noqa: B010  mypy: it is a method
            return function
        if inspect.isgeneratorfunction(function):
            return _decorated_generator(self, function)
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def coroutine(*args: Any, **kwargs: Any) -> Any:
                with self.clone():
                    return await function(*args, **kwargs)

            return coroutine

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return decorated


def _decorated_generator(switch: _Switch, function: Any) -> Any:
    """A generator whose body runs switched and whose consumer does not."""

    @functools.wraps(function)
    def generator(*args: Any, **kwargs: Any) -> Any:
        inner = function(*args, **kwargs)
        try:
            with switch.clone():
                value = inner.send(None)
            while True:
                try:
                    received = yield value
                except GeneratorExit:
                    if _cleans_up(inner):
                        with switch.clone():
                            inner.close()
                    raise
                except BaseException as error:
                    with switch.clone():
                        value = inner.throw(error)
                else:
                    with switch.clone():
                        value = inner.send(received)
        except StopIteration as stop:
            return stop.value

    return generator


def _cleans_up(generator: Any) -> bool:
    """Whether closing `generator` may run code of its own: it has ``try`` or ``with``, or stands in a ``yield from``.

    For all others the mode is left alone. The garbage collector closes generators, and before Python 3.12 it does so in
    the middle of `ContextVar.set`, which reads freed memory if a context variable is set meanwhile: OpInfo's samples,
    drawn by decorated generators and dropped, ended long programs with a segmentation fault.
    """
    code = generator.gi_code
    table = getattr(code, "co_exceptiontable", None)  # since Python 3.11
    if table is None:
        table = [each for each in dis.get_instructions(code) if each.opname.startswith("SETUP_")]
    return bool(table) or generator.gi_yieldfrom is not None


class _NoArgumentSwitch(_Switch):
    """Also works as ``@no_grad`` without parentheses."""

    def __new__(cls, function: Any = None) -> _NoArgumentSwitch:
        made = object.__new__(cls)
        made.previous = []
        return made if function is None else made(function)


class no_grad(_NoArgumentSwitch):
    """No operator records a graph; results do not require grad.

    >>> import pullback as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    on = NO_GRAD


class enable_grad(_NoArgumentSwitch):
    """Operators record a graph, inside a `no_grad` block too."""

    off = NO_GRAD


class set_grad_enabled(_Switch):
    """Switch recording on or off: at once when called, and back at the end of a ``with`` block.

    >>> import pullback as torch
    >>> with torch.set_grad_enabled(False):
    ...     torch.is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        self.mode = mode
        self.before = current_mode()
        self._set()

    def _set(self) -> None:
        mode = current_mode()
        set_mode(mode & ~NO_GRAD if self.mode else mode | NO_GRAD)

    def __call__(self, function: Any) -> Any:
        set_mode(self.before)
        return super().__call__(function)

    def __enter__(self) -> None:
        self._set()

    def __exit__(self, *exception: Any) -> None:
        mode = current_mode()
        set_mode(mode & ~NO_GRAD | self.before & NO_GRAD)

    def clone(self) -> Any:
        return type(self)(self.mode)

    def __str__(self) -> str:
        return f"torch.autograd.grad_mode.{type(self).__name__}(mode={self.mode})"

    __repr__ = __str__


class inference_mode(_Switch):
    """Like `no_grad`, and results are marked as made for inference: they never enter a graph.

    ``inference_mode(False)`` switches back.
    """

    def __new__(cls, mode: Any = True) -> Any:
        made = super().__new__(cls)
        if isinstance(mode, bool):
            return made
        made.__init__(True)  # type: ignore[misc]
        return made(mode)

    def __init__(self, mode: Any = True) -> None:
        self.mode = mode is not False
        if self.mode:
            self.on = NO_GRAD | INFERENCE
        else:
            self.off = NO_GRAD | INFERENCE

    def clone(self) -> Any:
        return type(self)(self.mode)


class set_multithreading_enabled(_Switch):
    """Say whether a backward pass may use threads: at once when called, and until the end of a ``with`` block.

    A pass runs in the calling thread anyway; some questions to the engine are only allowed where that was asked for.
    """

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self.before = running.multithreading.get()
        running.multithreading.set(mode)

    def __enter__(self) -> None:
        running.multithreading.set(self.mode)

    def __exit__(self, *exception: Any) -> None:
        running.multithreading.set(self.before)

    def clone(self) -> Any:
        return type(self)(self.mode)


__all__ = [
    "enable_grad",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "set_grad_enabled",
    "set_multithreading_enabled",
]
