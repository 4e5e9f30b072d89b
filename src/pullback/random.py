"""torch.random: the default generator and its state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pullback.device import check_device
from pullback.ops.random.generator import Generator, default_generator

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]


def manual_seed(seed: Any) -> Generator:
    """Start the default generator over from `seed`, which is made an int first. Returns the generator.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.rand(2)
    tensor([0.4963, 0.7682])

    Raises:
        ValueError: for a number that 64 bits do not hold.
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default generator over from a seed that nobody can foresee. Returns that seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the default generator last started from."""
    return default_generator.initial_seed()


def get_rng_state() -> Any:
    """The state of the default generator, a uint8 tensor of 5056 bytes that PyTorch understands too."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Let the default generator go on from a state that `get_rng_state` gave, here or in PyTorch.

    Raises:
        TypeError: for what is no uint8 tensor.
        RuntimeError: for one that holds no state.
    """
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(
    devices: Any = None, enabled: bool = True, _caller: str = "fork_rng", _devices_kw: str = "devices",
    device_type: str | None = None,
) -> Iterator[None]:  # fmt: skip
    """Draw what you like in the block: behind it the default generator stands where it stood before.

    `enabled=False` makes the block do nothing. `devices` names accelerators to do the same for; there are
    none here.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> with torch.random.fork_rng():
    ...     _ = torch.rand(100)
    >>> torch.rand(2)
    tensor([0.4963, 0.7682])
    """
    if devices:
        check_device(device_type or "cuda")
    if not enabled:
        yield
        return
    state = default_generator._stream.get_state()
    try:
        yield
    finally:
        default_generator._stream.set_state(state)
