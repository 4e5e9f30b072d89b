"""torch.cuda, honestly: there is none. Questions are answered; what needs a device raises PyTorch's error."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

from pullback.cuda import amp as amp, nvtx as nvtx
from pullback.machinery import OutOfMemoryError as OutOfMemoryError


def is_available() -> bool:
    """False: pullback computes on the CPU."""
    return False


def device_count() -> int:
    """No devices."""
    return 0


def is_initialized() -> bool:
    """False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False."""
    return False


def is_tf32_supported() -> bool:
    """False."""
    return False


def get_arch_list() -> list[str]:
    """No architectures."""
    return []


# --- random streams, memory: nothing to do ------------------------------------------------------------------


def manual_seed(seed: int) -> None:
    """Nothing to seed."""


def manual_seed_all(seed: int) -> None:
    """Nothing to seed."""


def seed() -> None:
    """Nothing to seed."""


def seed_all() -> None:
    """Nothing to seed."""


def get_rng_state_all() -> list[Any]:
    """No states."""
    return []


def set_rng_state_all(new_states: Any) -> None:
    """Nothing to set."""


def empty_cache() -> None:
    """Nothing to empty."""


def memory_allocated(device: Any = None) -> int:
    """0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def _renamed(old: str, new: str) -> Any:
    def renamed(device: Any = None) -> int:
        warnings.warn(f"`torch.cuda.{old}` has been renamed to `torch.cuda.{new}`", FutureWarning, stacklevel=2)
        return 0

    return renamed


memory_cached = _renamed("memory_cached", "memory_reserved")
max_memory_cached = _renamed("max_memory_cached", "max_memory_reserved")


def memory_stats(device: Any = None) -> dict[str, Any]:
    """No statistics."""
    return {}


memory_stats_as_nested_dict = host_memory_stats = memory_stats


# --- what needs a device ------------------------------------------------------------------------------------


def _refuse() -> NoReturn:
    raise AssertionError("Torch not compiled with CUDA enabled (pullback computes on the CPU)")


def init() -> None:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def current_device() -> int:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def set_device(device: Any) -> None:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def synchronize(device: Any = None) -> None:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def current_stream(device: Any = None) -> Any:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


default_stream = current_stream


def get_device_name(device: Any = None) -> str:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def get_device_properties(device: Any = None) -> Any:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def get_rng_state(device: Any = "cuda") -> Any:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """Nothing to set: in PyTorch too it waits until a device is there."""


def initial_seed() -> int:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def ipc_collect() -> None:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


def reset_peak_memory_stats(device: Any = None) -> None:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


reset_accumulated_memory_stats = reset_max_memory_allocated = reset_max_memory_cached = reset_peak_memory_stats
memory_snapshot = get_allocator_backend = reset_peak_memory_stats


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """Raises ``AssertionError``: there is no device."""
    _refuse()


class device:
    """A device to work on in a ``with`` block; without devices it changes nothing."""

    def __init__(self, device: Any) -> None:
        from pullback.cuda._rarer import _get_device_index

        self.idx = _get_device_index(device, optional=True)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        return None


class device_of(device):
    """The device of a tensor; without devices it changes nothing."""

    def __init__(self, obj: Any) -> None:
        self.idx = -1


class Stream:
    """A stream of work. Raises ``RuntimeError``: there is no device."""

    def __init__(self, device: Any = None, priority: int = 0, **settings: Any) -> None:
        raise RuntimeError("Tried to instantiate dummy base class Stream: pullback computes on the CPU")


class Event:
    """A point in a stream. Raises ``RuntimeError``: there is no device."""

    def __init__(self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False) -> None:
        raise RuntimeError("Tried to instantiate dummy base class Event: pullback computes on the CPU")


class CUDAGraph:
    """Recorded work. Raises ``RuntimeError``: there is no device."""

    def __init__(self, keep_graph: bool = False) -> None:
        raise RuntimeError("Tried to instantiate dummy base class CUDAGraph: pullback computes on the CPU")


class graph(CUDAGraph):
    """Records work. Raises ``RuntimeError``: there is no device."""


class stream:
    """A stream to work in; `None` changes nothing."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        return None


StreamContext = stream


class _NoTensors(type):
    """A type of tensors on a device: no tensor is of it, and none can be made."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return False

    def __call__(cls, *args: Any, **settings: Any) -> Any:
        raise TypeError(f"type torch.cuda.{cls.__name__} not available. Torch not compiled with CUDA enabled.")


def _no_tensors(name: str) -> Any:
    return _NoTensors(name, (), {"__doc__": f"``torch.cuda.{name}``, which cannot be.", "__module__": __name__})


FloatTensor, DoubleTensor, HalfTensor, BFloat16Tensor = map(
    _no_tensors, ("FloatTensor", "DoubleTensor", "HalfTensor", "BFloat16Tensor")
)
ByteTensor, CharTensor, ShortTensor, IntTensor, LongTensor, BoolTensor = map(
    _no_tensors, ("ByteTensor", "CharTensor", "ShortTensor", "IntTensor", "LongTensor", "BoolTensor")
)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module 'torch.cuda' has no attribute '{name}'")
    from importlib import import_module  # ``from pullback.cuda import …`` would ask here again

    return import_module("pullback.cuda._rarer").find(name)
