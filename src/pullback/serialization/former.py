"""The format before PyTorch 1.6: pickles one behind the other, then the bytes of the storages."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from pullback.serialization.archive import fill
from pullback.serialization.locations import Restorer
from pullback.serialization.saving import MAGIC_NUMBER, PROTOCOL_VERSION
from pullback.storage import TypedStorage, UntypedStorage


def _no_storages(identity: Any) -> Any:
    raise RuntimeError(f"a storage where none can be: {identity}")


def load_former(file: Any, restore: Restorer, unpickle: Callable[..., Any]) -> Any:
    """The object in a file.

    Raises:
        RuntimeError: if it is no such file, or not a whole one.
    """
    if unpickle(file, _no_storages) != MAGIC_NUMBER:
        raise RuntimeError("Invalid magic number; corrupt file?")
    version = unpickle(file, _no_storages)
    if version != PROTOCOL_VERSION:
        raise RuntimeError(f"Invalid protocol version: {version}")
    unpickle(file, _no_storages)  # facts about the machine that wrote it
    storages = _Storages(restore, _length(file))
    result = unpickle(file, storages.find)
    storages.fill(file, unpickle(file, _no_storages))
    return result


def _length(file: Any) -> int:
    place = file.tell()
    length = file.seek(0, os.SEEK_END)
    file.seek(place)
    return int(length)


class _Storages:
    """Storages that are made when the pickle refers to them and filled when their bytes come."""

    def __init__(self, restore: Restorer, limit: int) -> None:
        self.restore = restore
        self.limit = limit
        self.roots: dict[str, tuple[Any, Any]] = {}
        self.total = 0

    def find(self, identity: Any) -> Any:
        """The storage that a reference means."""
        what = identity[0].decode("ascii") if isinstance(identity[0], bytes) else identity[0]
        if what == "module":  # with the source it was saved from, which is not compared
            return identity[1]
        if what != "storage":
            raise RuntimeError(f"Unknown saved id type: {identity[0]}")
        _, kind, key, location, count, part = identity
        if key not in self.roots:
            self.roots[key] = self._new(kind, count, location)
        storage, dtype = self.roots[key]
        if part is not None:
            _, start, size = part
            storage = _part(storage, start, size, 1 if dtype is None else dtype.itemsize)
        return storage if dtype is None else TypedStorage(wrap_storage=storage, dtype=dtype)

    def _new(self, kind: Any, count: int, location: Any) -> tuple[Any, Any]:
        dtype = None if kind is UntypedStorage else kind.dtype
        nbytes = count * (1 if dtype is None else dtype.itemsize)
        self.total += nbytes
        if count < 0 or self.total > self.limit:
            raise RuntimeError(f"the file is too short for its storages: {self.total} bytes in {self.limit}")
        array = np.empty(nbytes, np.uint8)
        place = location.decode("ascii") if isinstance(location, bytes) else location
        return self.restore(UntypedStorage.over(array), place), dtype

    def fill(self, file: Any, keys: list[str]) -> None:
        """Read the bytes of all storages, in the order of `keys`."""
        if not isinstance(keys, list) or set(keys) != set(self.roots):
            raise RuntimeError("the file holds other storages than its tensors are on; it is damaged")
        for key in keys:
            storage, dtype = self.roots[key]
            width = 1 if dtype is None else dtype.itemsize
            header = file.read(8)
            if len(header) < 8 or struct.unpack("<q", header)[0] * width != storage.nbytes():
                raise RuntimeError(f"storage has wrong byte size: expected {storage.nbytes()}; the file is damaged")
            if storage.device.type == "meta":
                file.seek(storage.nbytes(), os.SEEK_CUR)
                continue
            missing = storage.nbytes() - (fill(file, memoryview(storage.array)) if storage.nbytes() else 0)
            if missing:
                raise RuntimeError(f"unexpected EOF, expected {missing} more bytes. The file might be corrupted.")


def _part(storage: UntypedStorage, start: int, size: int, width: int) -> Any:
    return storage[start * width : (start + size) * width]
