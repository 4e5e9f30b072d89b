"""Modes that are told of every operator that runs, under the names of PyTorch's C++ library.

A backward pass inside the block hands tensors to its rules, so what they compute is told too. The graph is recorded by
the operator that a mode calls, so a mode that returns something else decides about the graph too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from pullback import torch_dispatch
from pullback.graph import torch_function
from pullback.graph.hooks import hooked, note_hooked
from pullback.graph.modes import OBSERVED, switched
from pullback.graph.observers import observing, older_than
from pullback.graph.tensor_base import TensorBase

_modes = torch_dispatch.modes


class TorchDispatchMode:
    """While it is entered, its ``__torch_dispatch__`` is called for every operator.

    >>> import pullback as torch
    >>> class Names(TorchDispatchMode):
    ...     def __torch_dispatch__(self, func, types, args=(), kwargs=None):
    ...         print(func)
    ...         return func(*args, **(kwargs or {}))
    >>> with Names():
    ...     _ = torch.ones(2) * 3
    aten.ones.default
    aten.mul.Tensor
    """

    _blocks: list[Any]

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """What stands in for ``func(*args, **kwargs)``."""
        raise NotImplementedError

    @classmethod
    def is_infra_mode(cls) -> bool:
        """Whether the mode is part of some machinery, which `is_in_torch_dispatch_mode` may leave out."""
        return False

    def __enter__(self) -> Any:
        torch_function.below = torch_dispatch
        torch_function.when_met()
        block = observing(self._observe)
        blocks = self.__dict__.setdefault("_blocks", [])  # a mode may enter itself again
        blocks.append((_modes.set((*_modes.get(), self)), block))
        block.__enter__()
        note_hooked(self)  # backward passes hand tensors to the rules
        return self

    def __exit__(self, *exception: Any) -> None:
        token, block = self._blocks.pop()
        if not self._blocks:
            hooked.pop(id(self), None)
        block.__exit__(*exception)
        _modes.reset(token)

    def _observe(self, operator: Any, values: tuple[Any, ...], run: Callable[[], Any]) -> Any:
        return torch_dispatch.asked_for(operator, self._tell(*torch_dispatch.told(operator, values)))

    def _tell(self, overload: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if isinstance(getattr(self.__torch_dispatch__, "__self__", None), type):
            raise RuntimeError(
                "Defining your mode's `__torch_dispatch__` as a classmethod is not supported, please make it a plain method"
            )
        token = _modes.set(_modes.get()[: _modes.get().index(self)])
        try:
            with older_than(self._observe):
                rule = torch_dispatch.rules.get((overload.name(), type(self)))
                call = partial(rule, self) if rule else self.__torch_dispatch__
                return call(overload, torch_dispatch.types_of(args, kwargs), args, kwargs)
        finally:
            _modes.reset(token)


def _get_current_dispatch_mode_stack() -> list[Any]:
    """The modes that are entered, the newest last."""
    return list(_modes.get())


def _get_current_dispatch_mode() -> Any:
    """The newest mode, or `None`."""
    return _modes.get()[-1] if _modes.get() else None


def is_in_torch_dispatch_mode(include_infra_modes: bool = True) -> bool:
    """Whether a mode is entered."""
    return any(include_infra_modes or not mode.is_infra_mode() for mode in _modes.get())


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
    """No mode is told inside the ``with`` block, and no class."""
    with switched(off=OBSERVED), torch_dispatch.switched_off():
        yield


def is_traceable_wrapper_subclass(t: Any) -> bool:
    """Whether a tensor's class says how to take it apart and build it again."""
    return isinstance(t, TensorBase) and hasattr(t, "__tensor_flatten__") and hasattr(t, "__tensor_unflatten__")


def return_and_correct_aliasing(func: Any, args: Any, kwargs: Any, out: Any) -> Any:
    """`out`: results share their memory as the operator that made them has it."""
    return out
