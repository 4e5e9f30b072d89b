"""Random numbers that come again: the state of the default generator, kept and put back around a second run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pullback.ops.random.generator import default_generator
from pullback.random import fork_rng
from pullback.tensor import Tensor
from pullback.trees import tree_flatten


def state() -> Any:
    """The state of the default generator, now."""
    return default_generator._stream.get_state()


@contextmanager
def repeated(kept: Any) -> Iterator[None]:
    """Draw from the state `kept` inside the block; behind it the generator stands where it stood before.

    With `None` the block draws on.
    """
    with fork_rng(enabled=kept is not None):
        if kept is not None:
            default_generator._stream.set_state(kept)
        yield


class DefaultDeviceType:
    """Which accelerator's generators are kept where no argument lies on one. There are none here."""

    _device_type = "cpu"

    @staticmethod
    def set_device_type(device: str = "cuda") -> None:
        """Set the name."""
        DefaultDeviceType._device_type = device

    @staticmethod
    def get_device_type() -> str:
        """The name."""
        return DefaultDeviceType._device_type


def _infer_device_type(*args: Any) -> str:
    """The accelerator on which tensors among the arguments lie; without one the name that `DefaultDeviceType` holds."""
    found = [each.device.type for each in tree_flatten(args)[0] if isinstance(each, Tensor)]
    return next((each for each in found if each != "cpu"), DefaultDeviceType.get_device_type())


def get_device_states(*args: Any) -> tuple[list[int], list[Any]]:
    """The accelerators that hold arguments, and the states of their generators: none."""
    return [], []


def set_device_states(devices: Sequence[int], states: Sequence[Any], *, device_type: str | None = None) -> None:
    """Put back what `get_device_states` returned. ``RuntimeError`` if that names a device, as there are none."""
    if len(devices):
        raise RuntimeError(f"set_device_states: no {device_type or 'cuda'} device {devices[0]} here; all is on the CPU")
