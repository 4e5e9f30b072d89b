"""torch.cuda's rarer names, made when they are asked for: answers where there is one, else PyTorch's refusal."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pullback.machinery import AcceleratorError as AcceleratorError

_MODULES = "jiterator memory random nccl profiler sparse tunable gds graphs streams comm"
_ANSWERS: dict[str, Any] = {
    "set_stream": None,
    "list_gpu_processes": "pynvml module not found, please install nvidia-ml-py",
    "get_gencode_flags": "",
    "_is_in_bad_fork": False,
    "is_current_stream_capturing": False,
}
"""What functions say that need no device to know."""
_NEED_DEVICE = (
    "can_device_access_peer get_sync_debug_mode set_sync_debug_mode set_per_process_memory_fraction cudart check_error "
    "get_per_process_memory_fraction caching_allocator_alloc caching_allocator_delete change_current_allocator "
    "graph_pool_handle make_graphed_callables use_mem_pool _lazy_init _sleep"
)
_NEED_NVML = "utilization temperature power_draw clock_rate memory_usage device_memory_used"
_NEED_DEVICE_CLASSES = "ExternalStream MemPool CUDAPluggableAllocator"

has_half, has_magma = True, False
default_generators: tuple[Any, ...] = ()


class CudaError(RuntimeError):
    """A call of CUDA that failed; here nobody calls it."""


class DeferredCudaCallError(Exception):
    """A call that waited for a device failed; here none ever comes."""


def _get_device_index(device: Any, optional: bool = False, allow_cpu: bool = False) -> int | None:
    """The number in ``cuda:number``; `None` stands for the current device, which is not there."""
    from pullback.device import device as device_type

    if isinstance(device, int):
        return device
    if device is None and optional:
        return None
    chosen = device_type(device)
    if chosen.type not in ("cuda", "cpu") or (chosen.type == "cpu" and not allow_cpu):
        raise ValueError(f"Expected a cuda device, but got: {device}")
    return -1 if chosen.type == "cpu" else chosen.index


def _refusing(name: str, error: type[Exception], text: str) -> Any:
    def refuse(*args: Any, **settings: Any) -> Any:
        raise error(text)

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


def find(name: str) -> Any:
    """The function, class or module of a rarer name; ``AttributeError`` if PyTorch has none of it either."""
    if name in globals() and not name.startswith(("_A", "_M", "_N", "_r")):
        return globals()[name]
    if name in _MODULES.split():
        try:
            return import_module(f"pullback.cuda.{name}")
        except ModuleNotFoundError:
            pass
    if name in _ANSWERS:
        return lambda *args, **settings: _ANSWERS[name]
    if name in _NEED_DEVICE.split():
        return _refusing(name, AssertionError, "Torch not compiled with CUDA enabled")
    if name in _NEED_NVML.split():
        return _refusing(
            name, ModuleNotFoundError, "nvidia-ml-py does not seem to be installed or it can't be imported."
        )
    if name in _NEED_DEVICE_CLASSES.split():
        made = _refusing(name, RuntimeError, f"Tried to instantiate dummy base class {name}")
        return type(name, (), {"__new__": made, "__module__": "torch.cuda", "__doc__": "Raises: there is no device."})
    raise AttributeError(f"module 'torch.cuda' has no attribute '{name}'")
