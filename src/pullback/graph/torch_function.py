"""Classes of tensors of the user's own: `__torch_function__` is called in place of an operator.

Operators take a tensor's elements from ``_array`` without asking for its class. A class that wants to be asked has a
property of that name, which refuses operators (and nobody else): the operator then takes its slow path, and that comes
here. So classes that do not override anything cost nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pullback.graph.record import LIST, Operator
from pullback.graph.tensor_base import TensorBase

_disabled: ContextVar[bool] = ContextVar("__torch_function__ disabled", default=False)
_slot: Any = TensorBase._array  # type: ignore[misc]  # the slot itself


_modes: ContextVar[tuple[Any, ...]] = ContextVar("torch function modes", default=())


below: Any = None
"""The module `pullback.torch_dispatch`, once a class with `__torch_dispatch__` is there."""


def public_of(operator: Operator) -> Any:
    """The function that a class is told where it is asked for an operator; exchanged by `pullback.public_functions`."""
    return operator.function


def when_met() -> None:
    """Called when the first class or mode that wants to be asked is met; `pullback.tensor` says what happens then."""


class Overridden(AttributeError):
    """An operator met a tensor whose class wants to be asked."""


def _array(tensor: Any) -> Any:
    if sys._getframe(1).f_code.co_filename.startswith("<operator ") and not _disabled.get():
        raise Overridden("_array")
    return _slot.__get__(tensor)


asking = property(_array, _slot.__set__, doc="The elements, for everybody but operators.")
"""What stands as ``_array`` in a class that overrides operators."""


def disabled_implementation(func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    """Stands as ``__torch_function__`` in a class whose results are plain tensors."""
    return func(*args, **(kwargs or {}))


class disabled:
    """No class is asked inside the ``with`` block."""

    def __enter__(self) -> None:
        self.token = _disabled.set(True)

    def __exit__(self, *exception: object) -> None:
        _disabled.reset(self.token)


def is_enabled() -> bool:
    """Whether classes are asked."""
    return not _disabled.get()


def enable(on: bool) -> None:
    """Let classes be asked from now on, or not."""
    _disabled.set(not on)


def wants_to_be_asked(value: Any) -> bool:
    """Whether the class of `value` has a ``__torch_function__`` that counts."""
    kind = type(value)
    if isinstance(value, TensorBase):
        if kind._array is _slot or _disabled.get():  # type: ignore[misc]
            return False
        return kind.__torch_function__ is not disabled_implementation  # type: ignore[attr-defined]
    return hasattr(kind, "__torch_function__") and kind.__torch_function__ is not disabled_implementation


def asked_among(values: Sequence[Any], asked: Callable[[Any], bool] = wants_to_be_asked) -> list[Any]:
    """Those of `values` whose class is `asked`, one for each class, a subclass before its bases."""
    found: list[Any] = []
    for value in values:
        if asked(value) and not any(type(value) is type(each) for each in found):
            place = next((n for n, each in enumerate(found) if issubclass(type(value), type(each))), len(found))
            found.insert(place, value)
    return found


def ask(values: Sequence[Any], func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The result of the first class that gives one for ``func(*args, **kwargs)``. ``TypeError`` if none does."""
    types = tuple(type(each) for each in values)
    for value in values:
        result = value.__torch_function__(func, types, args, kwargs)
        if result is not NotImplemented:
            return result
    name = getattr(func, "__name__", repr(func))
    told = "".join(f"\n\n  - tensor subclass {kind}" for kind in types)
    raise TypeError(
        f"Multiple dispatch failed for 'torch.{name}'; all __torch_function__ handlers returned NotImplemented:{told}"
        "\n\nFor more information, try re-running with TORCH_LOGS=not_implemented"
    )


def asked_in(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The arguments of a call whose class is asked, those in lists too."""
    values: list[Any] = []
    for value in (*args, *kwargs.values()):
        if isinstance(value, (list, tuple)):
            values += value
        elif value is not None:
            values.append(value)
    return asked_among(values)


def operands_of(operator: Operator, values: tuple[Any, ...]) -> Iterator[Any]:
    """The operands of a call that may be tensors, those in lists too."""
    for parameter, value in zip(operator.parameters, values):
        if parameter.kind == LIST and isinstance(value, (list, tuple)):
            yield from value
        else:
            yield value


def asked_of(operator: Operator, values: tuple[Any, ...]) -> list[Any]:
    """The operands of a call whose class is asked."""
    return asked_among(list(operands_of(operator, values)))


def call_overridden(operator: Operator, values: tuple[Any, ...], out: Any, asked: list[Any]) -> Any:
    """Ask the classes of `asked` for the result of an operator."""
    when_met()
    args, kwargs = as_call(operator, values)
    if out is not None:
        kwargs["out"] = out
    return ask(asked, public_of(operator), args, kwargs)


has_modes = _modes.get
"""The modes that are entered, the newest last."""


@contextmanager
def entered(modes: tuple[Any, ...]) -> Iterator[None]:
    """These modes, and no others, are asked inside the ``with`` block."""
    token = _modes.set(modes)
    try:
        yield
    finally:
        _modes.reset(token)


def leave_newest() -> Any:
    """Leave the newest mode, whose ``with`` block did not; returns it."""
    *older, newest = has_modes()
    _modes.set(tuple(older))
    return newest


def call_modes(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The result of the newest mode for ``func(*args, **kwargs)``; the older ones are asked for what it calls, and in its
    place where it returns `NotImplemented`, and then the classes."""
    asked = asked_in(args, kwargs)
    types = tuple(type(each) for each in asked)
    modes = has_modes()
    for place in reversed(range(len(modes))):
        handler = modes[place].__torch_function__
        if isinstance(getattr(handler, "__self__", None), type):
            raise RuntimeError(
                "Defining your mode's `__torch_function__` as a classmethod is not supported, please make it a plain method"
            )
        with entered(modes[:place]):
            result = handler(func, types, args, kwargs)
        if result is not NotImplemented:
            return result
    with entered(()):
        return ask(asked, func, args, kwargs)


def as_call(operator: Operator, values: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call as somebody would write them: without those that stand at their defaults."""
    defaults = operator.defaults()
    pairs = list(zip(operator.parameters, values))
    given = [p for p, v in pairs if p.name not in defaults or v is not defaults[p.name]]
    last = max((n for n, (p, _) in enumerate(pairs) if p in given and not p.keyword_only), default=-1)
    args = tuple(v for n, (p, v) in enumerate(pairs) if n <= last and not p.keyword_only)
    return args, {p.name: v for p, v in pairs if p in given and p.keyword_only}


def reclassed(value: Any, kind: type) -> Any:
    """A result as an instance of `kind`, at the same place in the graph; tensors in lists and tuples too."""
    if isinstance(value, TensorBase) and not isinstance(value, kind):
        made: Any = object.__new__(kind)
        made._array = value._array
        made._requires_grad, made._maker, made._output_nr = value._requires_grad, value._maker, value._output_nr
        made._grad, made._counter, made._view = value._grad, value._counter, value._view
        made.__dict__.update(value.__dict__)
        return made
    if isinstance(value, (tuple, list)):
        items = [reclassed(each, kind) for each in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value
