"""Hooks that can be taken back, and who has some.

The engine has a fast walk that knows of no hook and a careful one that runs them where PyTorch does. It takes the
careful one while `hooked` holds anything: whoever gets a hook that could watch a backward pass is noted there for
as long as it lives.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, ClassVar

hooked: dict[int, weakref.ref[Any]] = {}
"""Nodes and leaves with hooks, by id."""


def note_hooked(holder: Any) -> None:
    """Note that `holder` has a hook, until it dies."""
    key = id(holder)
    if key not in hooked:
        hooked[key] = weakref.ref(holder, lambda _: hooked.pop(key, None))


class RemovableHandle:
    """Takes back a hook: ``handle.remove()``, or at the end of a ``with`` block.

    Args:
        hooks_dict: the dictionary of hooks, keyed by handle id; referenced weakly.
        extra_dict: a dictionary, or several, that may hold the same id.

    >>> hooks = OrderedDict()
    >>> handle = RemovableHandle(hooks)
    >>> hooks[handle.id] = print
    >>> handle.remove()
    >>> hooks
    OrderedDict()
    """

    id: int
    next_id: ClassVar[int] = 0

    def __init__(self, hooks_dict: Any, *, extra_dict: Any = None) -> None:
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        self.extra_dict_ref: tuple[weakref.ref[Any], ...] = ()
        if isinstance(extra_dict, dict):
            self.extra_dict_ref = (weakref.ref(extra_dict),)
        elif isinstance(extra_dict, Iterable):
            self.extra_dict_ref = tuple(map(weakref.ref, extra_dict))

    def remove(self) -> None:
        """Take the hook back; a second call does nothing."""
        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __getstate__(self) -> Any:
        extra = tuple(reference() for reference in self.extra_dict_ref)
        return (self.hooks_dict_ref(), self.id, extra)

    def __setstate__(self, state: Any) -> None:
        # A dictionary that died before the handle was saved is replaced by one that dies at once.
        hooks, self.id, extra = state
        self.hooks_dict_ref = weakref.ref(OrderedDict() if hooks is None else hooks)
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)
        self.extra_dict_ref = tuple(weakref.ref(OrderedDict() if each is None else each) for each in extra)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, type: Any, value: Any, tb: Any) -> None:
        self.remove()


def register(hooks: OrderedDict[int, Any], hook: Any) -> RemovableHandle:
    """Add `hook` to `hooks` and return what takes it back."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle
