"""Names of ``torch.multiprocessing.reductions``: storages known by their memory. Tensors go to processes as copies."""

from __future__ import annotations

import weakref
from multiprocessing.reduction import ForkingPickler as ForkingPickler
from typing import Any

shared_cache: dict[Any, Any] = {}


def init_reductions() -> None:
    """Nothing to set up: tensors are pickled as everywhere."""


class StorageWeakRef:
    """A reference that does not keep a storage's memory alive; equal for equal memory."""

    def __init__(self, storage: Any) -> None:
        untyped = getattr(storage, "_untyped_storage", storage)
        self.cdata = untyped.data_ptr() or id(untyped.array)
        self.ref = weakref.ref(untyped.array if untyped.array.base is None else untyped.array.base)

    def expired(self) -> bool:
        """Whether the memory is gone."""
        return self.ref() is None

    def __hash__(self) -> int:
        return hash(self.cdata)

    def __eq__(self, other: Any) -> bool:
        return self is other or (isinstance(other, StorageWeakRef) and self.cdata == other.cdata)
