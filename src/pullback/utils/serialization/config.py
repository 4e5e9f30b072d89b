"""``config.load`` and ``config.save``: what `torch.load` and `torch.save` do where they are not told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pullback.serialization.options import _settings

_KEYS = {
    "load.mmap": "mapped",
    "load.endianness": "endianness",
    "load.mmap_flags": "mmap",
    "load.calculate_storage_offsets": "offsets",
    "save.compute_crc32": "crc32",
    "save.use_pinned_memory_for_d2h": "pinned",
    "save.storage_alignment": "alignment",
}


def _get(name: str) -> Any:
    if name not in _KEYS:
        raise AttributeError(f"torch.utils.serialization.config.{name} does not exist")
    return _settings[_KEYS[name]]


def _set(name: str, value: Any) -> None:
    _get(name)
    _settings[_KEYS[name]] = value


class _Group:
    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def __getattr__(self, name: str) -> Any:
        return _get(f"{self._name}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        _set(f"{self._name}.{name}", value)


class _Config:
    """The settings; `patch` changes some for a ``with`` block.

    >>> with config.patch({"save.compute_crc32": False}):
    ...     config.save.compute_crc32
    False
    >>> config.save.compute_crc32
    True
    """

    load = _Group("load")
    save = _Group("save")

    @contextmanager
    def patch(self, changes: Any, value: Any = None) -> Iterator[None]:
        """Set what a dictionary names, or one name to `value`, and put everything back behind the block."""
        changes = {changes: value} if isinstance(changes, str) else changes
        before = {name: _get(name) for name in changes}
        try:
            for name, new in changes.items():
                _set(name, new)
            yield
        finally:
            for name, old in before.items():
                _set(name, old)


config = _Config()
