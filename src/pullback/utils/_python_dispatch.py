"""Modes that are told of every operator that runs, under the names of PyTorch's C++ library.

What a backward pass computes with NumPy's functions is not told. The graph is recorded by the operator that a mode
calls, so a mode that returns something else decides about the graph too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pullback.graph.modes import OBSERVED, switched
from pullback.graph.observers import observing, older_than
from pullback.graph.tensor_base import TensorBase
from pullback.graph.torch_function import as_call
from pullback.ops.overloads import overload_of

_modes: ContextVar[tuple[Any, ...]] = ContextVar("torch dispatch modes", default=())


class TorchDispatchMode:
    """While it is entered, its ``__torch_dispatch__`` is called for every operator.

    >>> import pullback as torch
    >>> class Names(TorchDispatchMode):
    ...     def __torch_dispatch__(self, func, types, args=(), kwargs=None):
    ...         print(func)
    ...         return func(*args, **(kwargs or {}))
    >>> with Names():
    ...     _ = torch.ones(2) * 3
    aten.mul.Tensor
    """

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """What stands in for ``func(*args, **kwargs)``."""
        raise NotImplementedError

    def __enter__(self) -> Any:
        self._token = _modes.set((*_modes.get(), self))
        self._block = observing(self._observe)
        self._block.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._block.__exit__(*exception)
        _modes.reset(self._token)

    def _observe(self, operator: Any, values: tuple[Any, ...], run: Callable[[], Any]) -> Any:
        args, kwargs = as_call(operator, values)
        with older_than(self._observe):
            return self.__torch_dispatch__(overload_of(operator), (), args, kwargs)


def _get_current_dispatch_mode_stack() -> list[Any]:
    """The modes that are entered, the newest last."""
    return list(_modes.get())


def _get_current_dispatch_mode() -> Any:
    """The newest mode, or `None`."""
    return _modes.get()[-1] if _modes.get() else None


def is_in_torch_dispatch_mode(include_infra_modes: bool = True) -> bool:
    """Whether a mode is entered."""
    return bool(_modes.get())


is_in_any_mode_without_ignore_compile_internals = is_in_torch_dispatch_mode


class BaseTorchDispatchMode(TorchDispatchMode):
    """A mode that changes nothing."""

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call the operator."""
        return func(*args, **(kwargs or {}))


def _push_mode(mode: TorchDispatchMode) -> None:
    """Enter a mode for good."""
    mode.__enter__()


def _pop_mode(k: Any = None) -> Any:
    """Leave the newest mode, and return it."""
    mode = _modes.get()[-1]
    mode.__exit__(None, None, None)
    return mode


@contextmanager
def _pop_mode_temporarily(k: Any = None) -> Iterator[Any]:
    """Leave the newest mode for the ``with`` block."""
    mode = _pop_mode()
    try:
        yield mode
    finally:
        _push_mode(mode)


def _detect_infra_mode(key: Any) -> None:
    """`None`: there are no modes of a compiler."""


def transform_subclass(
    t: Any, callback: Callable[[str, Any], Any], outer_size: Any = None, outer_stride: Any = None
) -> Any:
    """A tensor of `t`'s class whose parts are ``callback(name, part)``."""
    names, context = t.__tensor_flatten__()
    parts = {name: callback(name, getattr(t, name)) for name in names}
    size, stride = outer_size or t.size(), outer_stride or t.stride()
    return type(t).__tensor_unflatten__(parts, context, size, stride)


@contextmanager
def _disable_current_modes() -> Iterator[None]:
    """No mode is told inside the ``with`` block."""
    with switched(off=OBSERVED):
        yield


def is_traceable_wrapper_subclass(t: Any) -> bool:
    """Whether a tensor's class says how to take it apart and build it again."""
    return isinstance(t, TensorBase) and hasattr(t, "__tensor_flatten__") and hasattr(t, "__tensor_unflatten__")


def return_and_correct_aliasing(func: Any, args: Any, kwargs: Any, out: Any) -> Any:
    """`out`: results share their memory as the operator that made them has it."""
    return out
