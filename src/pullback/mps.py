"""torch.mps, honestly: there is none."""

from __future__ import annotations

from typing import Any


def is_available() -> bool:
    """False: pullback computes on the CPU."""
    return False


def device_count() -> int:
    """No devices."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing to seed."""


def seed() -> None:
    """Nothing to seed."""


def _refuse(name: str) -> RuntimeError:
    return RuntimeError(f"Cannot execute {name}() without MPS backend.")


def empty_cache() -> None:
    """Raises ``RuntimeError``: there is no device."""
    raise _refuse("emptyCache")


def synchronize() -> None:
    """Raises ``RuntimeError``: there is no device."""
    raise _refuse("deviceSynchronize")


def current_allocated_memory() -> int:
    """Raises ``RuntimeError``: there is no device."""
    raise _refuse("getCurrentAllocatedMemory")


def driver_allocated_memory() -> int:
    """Raises ``RuntimeError``: there is no device."""
    raise _refuse("getDriverAllocatedMemory")


def get_rng_state(device: Any = "mps") -> Any:
    """Raises ``RuntimeError``: there is no device."""
    raise _refuse("getDefaultMPSGenerator")
