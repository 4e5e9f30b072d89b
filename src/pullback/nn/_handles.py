"""Registering hooks in the dictionaries of modules and optimizers."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from pullback.autograd.graph import RemovableHandle

HookHandle = RemovableHandle


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
