"""Registering hooks in the dictionaries of modules and optimizers."""

from __future__ import annotations

import functools
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from pullback.autograd.graph import RemovableHandle

HookHandle = RemovableHandle


class _WrappedHook:
    """A hook that is handed its module first, if it has one, and does not keep it alive."""

    def __init__(self, hook: Callable[..., Any], module: Any = None) -> None:
        self.hook = hook
        self.module = None if module is None else weakref.ref(module)
        functools.update_wrapper(self, hook, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.module is None:
            return self.hook(*args, **kwargs)
        module = self.module()
        if module is None:
            raise RuntimeError("You are trying to call the hook of a dead Module!")
        return self.hook(module, *args, **kwargs)

    def __reduce__(self) -> Any:
        return _WrappedHook, (self.hook, self.module and self.module())


def add_hook(hooks: OrderedDict[int, Any], hook: Any, prepend: bool = False, **flags: tuple[Any, bool]) -> HookHandle:
    """Put `hook` into `hooks`, last or first, and its id into those dictionaries whose flag is true.

    >>> hooks = OrderedDict()
    >>> handle = add_hook(hooks, print)
    >>> handle.remove()
    >>> hooks
    OrderedDict()
    """
    handle = HookHandle(hooks, extra_dict=[store for store, _ in flags.values()])
    hooks[handle.id] = hook
    for store, raised in flags.values():
        if raised:
            store[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle
