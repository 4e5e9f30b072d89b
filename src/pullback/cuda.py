"""torch.cuda, honestly: there is none."""

from __future__ import annotations

from typing import Any


def is_available() -> bool:
    """False: pullback computes on the CPU."""
    return False


def device_count() -> int:
    """No devices."""
    return 0


def is_initialized() -> bool:
    """False."""
    return False


def manual_seed(seed: int) -> None:
    """Nothing to seed."""


def manual_seed_all(seed: int) -> None:
    """Nothing to seed."""


def empty_cache() -> None:
    """Nothing to empty."""


def synchronize(device: Any = None) -> None:
    """Nothing to wait for."""


def is_bf16_supported() -> bool:
    """False."""
    return False


def current_device() -> int:
    """Raises: there is no device."""
    raise AssertionError("Torch not compiled with CUDA enabled (pullback computes on the CPU)")
