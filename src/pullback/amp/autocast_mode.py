"""autocast: a block in which operators choose their precision."""

from __future__ import annotations

import copy
import functools
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import pullback
from pullback.amp import casting
from pullback.amp.composites import cast_first
from pullback.device import device as device_type_of
from pullback.graph.observers import observing
from pullback.tensor import Tensor

__all__ = ["autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]

_AVAILABLE = ("cpu", "cuda", "mtia", "maia", "xpu", "ipu", "hpu", "xla", "privateuseone", "mps", "meta")
_CPU_DTYPES = (pullback.bfloat16, pullback.float16)

_defaults: dict[str, Any] = {"cpu": pullback.bfloat16}


def is_autocast_available(device_type: str) -> bool:
    """Whether PyTorch has autocast for a kind of device."""
    return device_type_of(device_type).type in _AVAILABLE


class autocast:
    """In the block matrix products and convolutions compute in `dtype`, and what needs precision in float32.

    Also a decorator. On the CPU; for other devices it warns and does nothing.

    Args:
        device_type: ``"cpu"``.
        dtype: bfloat16 by default, or float16.
        enabled: `False` switches it off inside another block.
        cache_enabled: accepted; casts are not kept.

    >>> import pullback as torch
    >>> with torch.autocast("cpu"):
    ...     (torch.ones(2, 2) @ torch.ones(2, 2)).dtype
    torch.bfloat16
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        self.device = device_type_of(device_type).type
        self.fast_dtype = get_autocast_dtype(device_type) if dtype is None else dtype
        self._cache_enabled = True if cache_enabled is None else cache_enabled
        self._enabled = enabled and self._is_supported()

    def _is_supported(self) -> bool:
        if self.device != "cpu":
            name = self.device.upper()
            self._warn(f"{name} is not available or torch_xla is imported. Disabling autocast.")
            return False
        if self.fast_dtype not in _CPU_DTYPES:
            self._warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\n"
                "CPU Autocast only supports dtypes of torch.bfloat16, torch.float16 currently."
            )
            return False
        return True

    @staticmethod
    def _warn(text: str) -> None:
        warnings.warn(text, stacklevel=4)

    def __enter__(self) -> autocast:
        self._stack = ExitStack()
        self._stack.callback(set_autocast_cache_enabled, is_autocast_cache_enabled())
        set_autocast_cache_enabled(self._cache_enabled)
        autocast_increment_nesting()
        self._stack.callback(autocast_decrement_nesting)
        if self.device == "cpu":
            cast_first()
            if casting.active.get() is None:
                self._stack.enter_context(observing(casting.observer))
            token = casting.active.set(self.fast_dtype if self._enabled else None)
            self._stack.callback(casting.active.reset, token)
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """`func`, every call of which runs in a block of its own."""

        @functools.wraps(func)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with copy.copy(self):
                return func(*args, **kwargs)

        return decorated


# --- questions ----------------------------------------------------------------------------------------------


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether this is inside of a block of autocast for a kind of device."""
    return device_type_of(device_type).type == "cpu" and casting.active.get() is not None


def get_autocast_dtype(device_type: str) -> Any:
    """The dtype that autocast lowers to: bfloat16 on the CPU, float16 elsewhere."""
    device = device_type_of(device_type).type
    if device not in _AVAILABLE:
        raise RuntimeError(f"User specified an unsupported autocast device_type '{device}'")
    if device == "cpu" and casting.active.get() is not None:
        return casting.active.get()
    return _defaults.get(device, pullback.float16)


def set_autocast_dtype(device_type: str, dtype: Any) -> None:
    """Choose what `autocast` lowers to where it is not told."""
    _defaults[device_type_of(device_type).type] = dtype


def set_autocast_enabled(device_type: Any, enabled: bool | None = None) -> None:
    """Enter autocast for a kind of device, or leave it, without a block; one argument speaks of CUDA, as it did once."""
    kind, on = ("cuda", device_type) if enabled is None else (device_type_of(device_type).type, enabled)
    if kind == "cpu":
        _SWITCHED.close()
        if on:
            _SWITCHED.enter_context(autocast("cpu"))
    elif on:
        raise RuntimeError(f"autocast: there is no device of type '{kind}' here")


_SWITCHED = ExitStack()


def set_autocast_cpu_enabled(enabled: bool) -> None:
    """The former name of ``set_autocast_enabled("cpu", enabled)``."""
    set_autocast_enabled("cpu", enabled)


def set_autocast_cpu_dtype(dtype: Any) -> None:
    """The former name of ``set_autocast_dtype("cpu", dtype)``."""
    set_autocast_dtype("cpu", dtype)


def set_autocast_gpu_dtype(dtype: Any) -> None:
    """The former name of ``set_autocast_dtype("cuda", dtype)``."""
    set_autocast_dtype("cuda", dtype)


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Remembered for `is_autocast_cache_enabled`; casts are not kept."""
    _caches[0] = enabled


_caches = [True]
_nesting = [0]


def autocast_increment_nesting() -> int:
    """Count a block entered; returns how many there are."""
    _nesting[0] += 1
    return _nesting[0]


def autocast_decrement_nesting() -> int:
    """Count a block left; returns how many there are."""
    _nesting[0] -= 1
    return _nesting[0]


def is_autocast_cpu_enabled() -> bool:
    """The former name of ``is_autocast_enabled("cpu")``."""
    return is_autocast_enabled("cpu")


def get_autocast_cpu_dtype() -> Any:
    """The former name of ``get_autocast_dtype("cpu")``."""
    return get_autocast_dtype("cpu")


def get_autocast_gpu_dtype() -> Any:
    """The former name of ``get_autocast_dtype("cuda")``."""
    return get_autocast_dtype("cuda")


def is_autocast_cache_enabled() -> bool:
    """What the block was told; casts are not kept either way."""
    return _caches[0]


def clear_autocast_cache() -> None:
    """Nothing to clear."""


# --- functions of one's own ---------------------------------------------------------------------------------


def custom_fwd(fwd: Callable[..., Any] | None = None, *, device_type: str, cast_inputs: Any = None) -> Any:
    """For the ``forward`` of an `autograd.Function`: remembers the state of autocast for `custom_bwd`.

    Args:
        fwd: the function; without it a decorator is returned.
        device_type: a kind of device.
        cast_inputs: inside of autocast, cast floating operands to this dtype and compute without autocast.
    """
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def forward(*args: Any, **kwargs: Any) -> Any:
        ctx = args[0]
        ctx._fwd_dtype = get_autocast_dtype(device_type)
        enabled = is_autocast_enabled(device_type)
        ctx._fwd_used_autocast = enabled and cast_inputs is None
        if not enabled or cast_inputs is None:
            return fwd(*args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(*_cast_all(args, cast_inputs), **_cast_all(kwargs, cast_inputs))

    return forward


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Any:
    """For the ``backward`` of an `autograd.Function` whose ``forward`` has `custom_fwd`: runs under the same autocast."""
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def backward(*args: Any, **kwargs: Any) -> Any:
        ctx = args[0]
        if device_type_of(device_type).type != "cpu":
            return bwd(*args, **kwargs)
        with autocast(device_type, enabled=ctx._fwd_used_autocast, dtype=ctx._fwd_dtype):
            return bwd(*args, **kwargs)

    return backward


def _cast_all(value: Any, dtype: Any) -> Any:
    """`value` with its floating tensors, but for float64, cast; nested in sequences and mappings too."""
    if isinstance(value, Tensor):
        eligible = value.is_floating_point() and value.dtype is not pullback.float64
        return value.to(dtype) if eligible else value
    if isinstance(value, Mapping):
        return {key: _cast_all(entry, dtype) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_cast_all(entry, dtype) for entry in value)
    return value
