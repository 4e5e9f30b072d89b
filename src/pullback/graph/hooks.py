"""Hooks that can be taken back."""

from __future__ import annotations

import itertools
import weakref
from typing import Any

_ids = itertools.count()


class RemovableHandle:
    """Takes back a hook: ``handle.remove()``, or at the end of a ``with`` block."""

    def __init__(self, hooks: Any, id: int | None = None, *, extra: Any = None) -> None:
        self.hooks_ref = weakref.ref(hooks) if not isinstance(hooks, dict) or type(hooks) is not dict else None
        self._hooks = hooks if self.hooks_ref is None else None
        self.id = next(_ids) if id is None else id

    def remove(self) -> None:
        """Take the hook back; a second call does nothing."""
        hooks = self._hooks if self.hooks_ref is None else self.hooks_ref()
        if hooks is not None:
            hooks.pop(self.id, None)
        self._hooks = None

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def register(hooks: dict[int, Any], hook: Any) -> RemovableHandle:
    """Add `hook` to `hooks` and return what takes it back."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle
