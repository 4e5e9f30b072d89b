"""torch.overrides: classes and modes that are asked before operators run.

Matches https://docs.pytorch.org/docs/2.13/torch.overrides.html, but that reading a property (``x.shape``) asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import cache, wraps
from inspect import signature
from typing import Any

from pullback.graph import torch_function
from pullback.graph.modes import OBSERVED, current_mode, set_mode, switched
from pullback.graph.observers import observing
from pullback.graph.record import Operator
from pullback.graph.tensor_base import TensorBase
from pullback.tensor import Tensor

__all__ = [
    "TorchFunctionMode",
    "get_default_nowrap_functions",
    "get_ignored_functions",
    "get_overridable_functions",
    "handle_torch_function",
    "has_torch_function",
    "has_torch_function_unary",
    "has_torch_function_variadic",
    "is_tensor_like",
    "is_tensor_method_or_property",
    "resolve_name",
    "wrap_torch_function",
]


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether some argument has a class that is to be asked.

    >>> import pullback as torch
    >>> class Mine(torch.Tensor):
    ...     pass
    >>> torch.overrides.has_torch_function([torch.ones(2), torch.ones(2).as_subclass(Mine)])
    True
    """
    if not isinstance(relevant_args, Iterable):
        raise TypeError("expected a sequence")
    return any(map(torch_function.wants_to_be_asked, relevant_args))


def has_torch_function_unary(arg: Any) -> bool:
    """`has_torch_function` for one argument."""
    return torch_function.wants_to_be_asked(arg)


def has_torch_function_variadic(*args: Any) -> bool:
    """`has_torch_function` for several arguments."""
    return has_torch_function(args)


def handle_torch_function(
    public_api: Callable[..., Any], relevant_args: Iterable[Any], *args: Any, **kwargs: Any
) -> Any:
    """The result of ``public_api(*args, **kwargs)`` by the class of one of `relevant_args`.

    ``TypeError`` if none of the classes implements it.
    """
    asked = torch_function.asked_among(list(relevant_args))
    return torch_function.ask(asked, public_api, args, kwargs)


def wrap_torch_function(dispatcher: Callable[..., Iterable[Any]]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a function of your own ask the classes of those arguments that `dispatcher` returns."""

    def decorate(func: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(func)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            relevant = list(dispatcher(*args, **kwargs))
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return func(*args, **kwargs)

        return wrapped

    return decorate


def _get_overloaded_args(relevant_args: Iterable[Any], get_type_fn: Any = None) -> list[Any]:
    """Those arguments whose classes are asked, one of each class, subclasses before their bases."""
    return torch_function.asked_among(list(relevant_args))


def _get_current_function_mode_stack() -> list[Any]:
    """The modes that are entered, the newest last."""
    return list(torch_function.has_modes())


def _get_current_function_mode() -> Any:
    """The newest mode, or `None`."""
    return (torch_function.has_modes() or (None,))[-1]


def enable_reentrant_dispatch() -> AbstractContextManager[None]:
    """Operators inside ``__torch_dispatch__`` record as they would outside of it."""
    below = torch_function.below
    return nullcontext() if below is None else below.reentrant()


def is_tensor_like(inp: Any) -> bool:
    """Whether `inp` is a tensor or has a class with ``__torch_function__``."""
    return isinstance(inp, TensorBase) or hasattr(inp, "__torch_function__")


def get_default_nowrap_functions() -> set[Callable[..., Any]]:
    """The functions whose results stay as they are: facts of a tensor, and its gradient."""
    names = ("_base", "grad", "_grad", "dtype", "device", "shape")
    return {getattr(Tensor, name).__get__ for name in names if hasattr(Tensor, name)}


def get_ignored_functions() -> set[Callable[..., Any]]:
    """Functions that no class is asked for: those that make tensors from what is none."""
    import pullback

    names = "tensor as_tensor from_numpy zeros ones empty full arange linspace logspace eye rand randn randint randperm"
    return {getattr(pullback, name) for name in names.split()}


def get_overridable_functions() -> dict[Any, list[Callable[..., Any]]]:
    """The functions that ask, by the namespace they belong to."""
    import pullback

    ignored = get_ignored_functions()
    spaces: tuple[Any, ...] = (
        pullback, Tensor, pullback.nn.functional, pullback.linalg, pullback.fft, pullback.special
    )  # fmt: skip
    found: dict[Any, list[Any]] = {}
    for space in spaces:
        values = (getattr(space, name, None) for name in sorted(dir(space)))
        found[space] = [each for each in values if _asks(each) and each not in ignored]
    return found


_ASKING = ("pullback.ops.", "pullback.methods.", "pullback.nn.functional")
_MAKING = ("pullback.ops.creation.filled", "pullback.ops.creation.data", "pullback.ops.creation.ranges")


def _asks(value: Any) -> bool:
    """Whether `value` is a function of tensors."""
    home = getattr(value, "__module__", None) or ""
    return callable(value) and not isinstance(value, type) and home.startswith(_ASKING) and not home.startswith(_MAKING)


def get_testing_overrides() -> dict[Callable[..., Any], Callable[..., Any]]:
    """For each function that asks, one of the same arguments that returns -1."""
    found: dict[Any, Any] = {}
    for functions in get_overridable_functions().values():
        for function in functions:
            found[function] = override = lambda *args, **kwargs: -1
            override.__signature__ = signature(function)  # type: ignore[attr-defined]
    return found


@cache
def _names() -> dict[Any, str]:
    """Where each public function is, its first place in PyTorch's order; and the readers of tensors' properties."""
    import pullback

    found: dict[Any, str] = {}
    spaces = (
        (pullback, ""),
        (pullback.nn.functional, ".nn.functional"),
        (pullback.linalg, ".linalg"),
        (pullback.fft, ".fft"),
    )
    for space, path in (*spaces, (pullback.special, ".special"), (Tensor, ".Tensor")):
        for name in sorted(dir(space), key=lambda each: (each.startswith("_"), each)):
            value = getattr(space, name, None)
            if hasattr(value, "__get__") and not callable(value):
                found.setdefault(value.__get__, f"torch{path}.{name}.__get__")  # type: ignore[union-attr]
                if hasattr(value, "__set__"):
                    found.setdefault(value.__set__, f"torch{path}.{name}.__set__")  # type: ignore[union-attr]
            elif callable(value) and not isinstance(value, type) and isinstance(value, Hashable):
                found.setdefault(value, f"torch{path}.{name}")
    return found


def resolve_name(f: Callable[..., Any]) -> str | None:
    """The name under which PyTorch offers a function, or `None`.

    >>> import pullback as torch
    >>> resolve_name(torch.linalg.inv), resolve_name(torch.Tensor.shape.__get__), resolve_name(print)
    ('torch.linalg.inv', 'torch.Tensor.shape.__get__', None)
    """
    return _names().get(f)


def is_tensor_method_or_property(func: Callable[..., Any]) -> bool:
    """Whether `func` is a method of tensors, or reads one of their properties.

    Many methods are the functions of the same name (``torch.add is torch.Tensor.add``), and count as methods.
    """
    return func in _methods() or getattr(func, "__name__", "") == "__get__"


@cache
def _methods() -> frozenset[Any]:
    return frozenset(
        each for each in (getattr(Tensor, name, None) for name in dir(Tensor)) if isinstance(each, Hashable)
    )


class DisableTorchFunctionSubclass(torch_function.disabled):
    """No class is asked inside the ``with`` block."""


class DisableTorchFunction(DisableTorchFunctionSubclass):
    """Neither classes nor modes are asked inside the ``with`` block."""

    def __enter__(self) -> None:
        super().__enter__()
        self.modes = torch_function.entered(())
        self.modes.__enter__()
        self.before = current_mode()
        set_mode(self.before & ~OBSERVED)

    def __exit__(self, *exception: object) -> None:
        set_mode(self.before)
        self.modes.__exit__(None, None, None)
        super().__exit__(*exception)


class TorchFunctionMode:
    """While it is entered, its ``__torch_function__`` is called in place of every operator.

    >>> import pullback as torch
    >>> class Names(torch.overrides.TorchFunctionMode):
    ...     def __torch_function__(self, func, types, args=(), kwargs=None):
    ...         print(func.__name__)
    ...         return func(*args, **(kwargs or {}))
    >>> with Names():
    ...     _ = torch.ones(2) * 3
    ones
    mul
    """

    _blocks: list[Any]

    def __torch_function__(
        self, func: Callable[..., Any], types: tuple[type, ...], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """What stands in for ``func(*args, **kwargs)``."""
        raise NotImplementedError

    def __enter__(self) -> Any:
        torch_function.when_met()
        block = ExitStack()
        block.enter_context(torch_function.entered((*torch_function.has_modes(), self)))
        block.enter_context(observing(_observe))
        self.__dict__.setdefault("_blocks", []).append(block)  # a mode may enter itself again
        return self

    def __exit__(self, *exception: Any) -> None:
        self._blocks.pop().close()


def _observe(operator: Operator, values: tuple[Any, ...], run: Callable[[], Any]) -> Any:
    """Ask the modes for an operator that was called by its own name; what runs inside a function is not asked for."""
    modes = torch_function.has_modes()
    if not modes:
        return run()
    args, kwargs = torch_function.as_call(operator, values)
    with switched(on=OBSERVED if len(modes) > 1 else 0):
        return torch_function.call_modes(torch_function.public_of(operator), args, kwargs)


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that changes nothing."""

    def __torch_function__(
        self, func: Callable[..., Any], types: tuple[type, ...], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call the function."""
        return func(*args, **(kwargs or {}))
