"""torch.cpu: the device that everything runs on, with the names that accelerators have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pullback.cpu import amp as amp

__all__ = [
    "Event",
    "Stream",
    "current_device",
    "current_stream",
    "device_count",
    "is_available",
    "is_initialized",
    "set_device",
    "stream",
    "synchronize",
]


def is_available() -> bool:
    """True."""
    return True


def is_initialized() -> bool:
    """True."""
    return True


def synchronize(device: Any = None) -> None:
    """Nothing to wait for: operators return when they are done."""


class Stream:
    """A stream of work, of which there is one."""

    def __init__(self, priority: int = -1) -> None:
        self.priority = priority

    def wait_stream(self, stream: Any) -> None:
        """Nothing to wait for."""

    def record_event(self) -> Event:
        """An event that has happened."""
        return Event()

    def wait_event(self, event: Any) -> None:
        """Nothing to wait for."""


class Event:
    """Something that has happened."""

    def query(self) -> bool:
        """True."""
        return True

    def record(self, stream: Any = None) -> None:
        """Nothing to note."""

    def synchronize(self) -> None:
        """Nothing to wait for."""

    def wait(self, stream: Any = None) -> None:
        """Nothing to wait for."""


_stream = Stream()


def current_stream(device: Any = None) -> Stream:
    """The one stream."""
    return _stream


@contextmanager
def stream(stream: Any) -> Iterator[None]:
    """Nothing to choose."""
    yield


def device_count() -> int:
    """1."""
    return 1


def set_device(device: Any) -> None:
    """Nothing to choose."""


def current_device() -> str:
    """``"cpu"``."""
    return "cpu"


def get_capabilities() -> dict[str, Any]:
    """Nothing is known of the processor but its architecture: NumPy chooses its instructions by itself."""
    import platform

    return {"architecture": platform.machine()}


def _is_avx2_supported() -> bool:
    """False: nothing here is written for the instructions of one processor."""
    return False


_is_avx512_supported = _is_amx_fp16_supported = _is_avx2_supported
