"""Copies of saved tensors, made when somebody is about to write into their memory.

While `keeping` is on, every saved tensor is packed as a handle that a keeper knows by the version counter of its memory.
A write asks the keeper first (`before_write`), which copies what is saved of that memory. A handle dies with the node
that holds it.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from pullback.graph import saved_hooks
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.versions import counter_of, version


class _Handle:
    """Stands for one saved tensor, at the version at which it was saved."""

    __slots__ = ("__weakref__", "version")

    def __init__(self, version: int) -> None:
        self.version = version


class Keeper:
    """What was saved inside one block: as it is, or copied."""

    def __init__(self) -> None:
        self.original: weakref.WeakKeyDictionary[_Handle, Any] = weakref.WeakKeyDictionary()
        """Saved tensors that nobody has written to, by handle."""
        self.cloned: weakref.WeakKeyDictionary[_Handle, Any] = weakref.WeakKeyDictionary()
        """Copies of those that somebody has written to, by handle."""
        self.tid_to_weakhandle: weakref.WeakValueDictionary[tuple[Any, ...], _Handle] = weakref.WeakValueDictionary()
        """Handles by what they show."""
        self.handles: dict[int, weakref.WeakSet[_Handle]] = {}
        """Handles by the version counter of their memory."""
        self.open = True

    def pack(self, tensor: Any) -> _Handle:
        """A handle for `tensor`."""
        counter, array = counter_of(tensor), tensor._array
        place = array.ctypes.data if isinstance(array, np.ndarray) else id(array)
        tid = (id(counter), version(tensor), place, array.shape, array.strides)
        handle = self.tid_to_weakhandle.get(tid)
        if handle is not None and handle in self.original:
            return handle  # the same values: one copy is enough
        handle = self.tid_to_weakhandle[tid] = _Handle(version(tensor))
        shown = wrap(array)
        shown._counter = counter
        self.original[handle] = shown
        self.handles.setdefault(id(counter), weakref.WeakSet()).add(handle)
        return handle

    def unpack(self, handle: _Handle) -> Any:
        """The values that were saved under `handle`."""
        if not self.open:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context"
                "in which the graph was originally recorded."
            )
        found = self.cloned.get(handle)
        return self.original[handle] if found is None else found

    def before_write(self, target: TensorBase) -> None:
        """Copy what is saved of the memory of `target`."""
        for handle in self.handles.pop(id(target._counter), ()):
            kept = self.original.pop(handle)
            self.cloned[handle] = wrap(kept._array.copy())

    def close(self) -> None:
        """Forget everything: the graph can no longer be walked."""
        self.open = False
        self.original.clear()
        self.cloned.clear()
        self.handles.clear()


_keeper: ContextVar[Keeper | None] = ContextVar("keeper of saved tensors", default=None)


@contextmanager
def keeping() -> Iterator[Keeper]:
    """Keep saved tensors from being overwritten for the length of a ``with`` block."""
    if _keeper.get() is not None:
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    keeper = Keeper()
    token = _keeper.set(keeper)
    saved_hooks.push_pair(keeper.pack, keeper.unpack)
    try:
        yield keeper
    finally:
        saved_hooks.pop_pair()
        _keeper.reset(token)
        keeper.close()


def before_write(target: TensorBase) -> None:
    """Copy what is saved of the memory that is about to be written to."""
    keeper = _keeper.get()
    if keeper is not None and target._counter is not None:
        keeper.before_write(target)
