"""torch.accelerator, honestly: there is none."""

from __future__ import annotations

from typing import Any, NoReturn


def is_available() -> bool:
    """False: pullback computes on the CPU."""
    return False


def device_count() -> int:
    """No devices."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """None."""
    return None


def _refuse() -> NoReturn:
    raise RuntimeError("Cannot access accelerator device when none is available.")


def current_device_index() -> int:
    """Raises ``RuntimeError``: there is no device."""
    _refuse()


current_device_idx = current_device_index


def set_device_index(device: Any, /) -> None:
    """Raises ``RuntimeError``: there is no device."""
    _refuse()


set_device_idx = set_device_index


def current_stream(device: Any = None, /) -> Any:
    """Raises ``RuntimeError``: there is no device."""
    _refuse()


def synchronize(device: Any = None, /) -> None:
    """Raises ``RuntimeError``: there is no device."""
    _refuse()


def empty_cache() -> None:
    """Nothing to empty."""


def memory_allocated(device: Any = None, /) -> int:
    """0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def reset_peak_memory_stats(device: Any = None, /) -> None:
    """Nothing to reset."""
