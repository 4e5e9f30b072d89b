"""torch.xpu, honestly: there is none."""

from __future__ import annotations

from typing import Any, NoReturn


def is_available() -> bool:
    """False: pullback computes on the CPU."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_bf16_supported() -> bool:
    """False."""
    return False


def device_count() -> int:
    """No devices."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing to seed."""


def manual_seed_all(seed: int) -> None:
    """Nothing to seed."""


def empty_cache() -> None:
    """Nothing to empty."""


def _refuse() -> NoReturn:
    raise AssertionError("Torch not compiled with XPU enabled (pullback computes on the CPU)")


def init() -> None:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def current_device() -> int:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def set_device(device: Any) -> None:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def get_device_name(device: Any = None) -> str:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def synchronize(device: Any = None) -> None:
    """Raises ``AssertionError``: there is no device."""
    _refuse()
