"""The steps of sharing a batch among devices. Each needs a device other than the CPU, and raises without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

__all__ = ["gather", "parallel_apply", "replicate", "scatter", "scatter_kwargs"]


def _need_devices(what: str) -> NoReturn:
    raise RuntimeError(f"{what}: Cannot access accelerator device when none is available.")


def scatter(inputs: Any, target_gpus: Sequence[Any], dim: int = 0) -> NoReturn:
    """Raises ``RuntimeError``: there are no devices to send parts of `inputs` to."""
    _need_devices("scatter")


def scatter_kwargs(inputs: Any, kwargs: Any, target_gpus: Sequence[Any], dim: int = 0) -> NoReturn:
    """Raises ``RuntimeError``: there are no devices to send parts of the arguments to."""
    _need_devices("scatter_kwargs")


def gather(outputs: Any, target_device: Any, dim: int = 0) -> NoReturn:
    """Raises ``AssertionError``: results of the CPU are in one place already."""
    raise AssertionError("Gather function not implemented for CPU tensors")


def replicate(network: Any, devices: Sequence[Any], detach: bool = False) -> list[Any]:
    """Copies of `network`, one for each device, of which there are none."""
    for device in devices:
        raise ValueError(f"Expected a non cpu device, but got: {device}")
    return []


def parallel_apply(modules: Sequence[Any], inputs: Sequence[Any], kwargs_tup: Any = None, devices: Any = None) -> Any:
    """Raises ``RuntimeError``: there are no devices to run `modules` on."""
    if len(modules) != len(inputs):
        raise AssertionError(f"The number of modules {len(modules)} is not equal to the number of inputs {len(inputs)}")
    _need_devices("parallel_apply")
