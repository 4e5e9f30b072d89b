"""Switches of PyTorch's kernels that programs set. They are kept for those who ask; computing has one way here."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from pullback.arrays.fresh import state as fresh
from pullback.device import device as device_type
from pullback.facts import are_deterministic_algorithms_enabled, use_deterministic_algorithms

_PRECISIONS = ("highest", "high", "medium")
_kept: dict[str, Any] = {"precision": "highest"}


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was told."""
    return _kept["precision"]


def set_float32_matmul_precision(precision: str) -> None:
    """Kept; float32 products are computed in float32."""
    if precision not in _PRECISIONS:
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the current"
            "setFloat32MatmulPrecision call has no effect.",
            stacklevel=2,
        )
        return
    _kept["precision"] = precision


def set_flush_denormal(mode: bool) -> bool:
    """False: very small numbers are kept, as NumPy keeps them."""
    return False


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether what is not deterministic is to be warned of only."""
    return fresh["warn_only"]


def get_deterministic_debug_mode() -> int:
    """0: anything goes, 1: a warning where an algorithm is not deterministic, 2: an error. All algorithms are."""
    if not are_deterministic_algorithms_enabled():
        return 0
    return 1 if fresh["warn_only"] else 2


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Set it by number or as ``"default"``, ``"warn"`` or ``"error"``."""
    modes: dict[Any, int] = {"default": 0, "warn": 1, "error": 2, 0: 0, 1: 1, 2: 2}
    if debug_mode not in modes:
        raise RuntimeError(
            f"invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got {debug_mode}"
            if isinstance(debug_mode, str)
            else f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}"
        )
    use_deterministic_algorithms(modes[debug_mode] > 0, warn_only=modes[debug_mode] == 1)


def compiled_with_cxx11_abi() -> bool:
    """True, as of PyTorch's builds; nothing is compiled here."""
    return True


def is_vulkan_available() -> bool:
    """False."""
    return False


def get_device_module(device: Any = None) -> Any:
    """The module of a device: ``torch.cpu``, ``torch.cuda`` …

    Raises:
        RuntimeError: for a device without one.
    """
    name = device_type(device).type if device is not None else "cpu"
    try:
        return importlib.import_module(f"pullback.{name}")
    except ModuleNotFoundError:
        raise RuntimeError(
            f"Device '{name}' does not have a corresponding module registered as 'torch.{name}'."
        ) from None
