"""The handle that takes a hook away again."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from pullback.autograd.graph import RemovableHandle


class HookHandle(RemovableHandle):
    """A handle that also takes away what is kept about the hook in other dictionaries.

    Args:
        hooks_dict: the dictionary of hooks, keyed by handle id. It is referenced weakly.
        extra_dicts: dictionaries that may hold the same id (flags about the hook).

    >>> hooks = OrderedDict()
    >>> handle = HookHandle(hooks)
    >>> hooks[handle.id] = print
    >>> handle.remove()
    >>> hooks
    OrderedDict()
    """

    def __init__(self, hooks_dict: OrderedDict[int, Any], extra_dicts: Iterable[Any] = ()) -> None:
        super().__init__(hooks_dict)
        self.extra_refs = tuple(map(weakref.ref, extra_dicts))

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        super().remove()
        for reference in self.extra_refs:
            extra = reference()
            if extra is not None:
                extra.pop(self.id, None)

    def __getstate__(self) -> tuple[Any, ...]:
        return self.hooks_ref(), self.id, tuple(reference() for reference in self.extra_refs)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        # A copy of a handle belongs to the copies of the dictionaries.
        hooks, hook_id, extras = state
        RemovableHandle.__init__(self, OrderedDict() if hooks is None else hooks, hook_id)
        self.extra_refs = tuple(weakref.ref(OrderedDict() if each is None else each) for each in extras)


def add_hook(hooks: OrderedDict[int, Any], hook: Any, prepend: bool = False, **flags: tuple[Any, bool]) -> HookHandle:
    """Put `hook` into `hooks`, last or first, and its id into those dictionaries whose flag is true."""
    handle = HookHandle(hooks, [store for store, _ in flags.values()])
    hooks[handle.id] = hook
    for store, raised in flags.values():
        if raised:
            store[handle.id] = True
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle
