"""torch.autograd: gradients by the names PyTorch gives them, thin on `pullback.graph`."""

from __future__ import annotations

from typing import Any

from pullback.autograd.grad_mode import (
    enable_grad as enable_grad,
    inference_mode as inference_mode,
    no_grad as no_grad,
    set_grad_enabled as set_grad_enabled,
    set_multithreading_enabled as set_multithreading_enabled,
)
from pullback.autograd.gradcheck import gradcheck as gradcheck, gradgradcheck as gradgradcheck
from pullback.autograd.variable import Variable as Variable
from pullback.graph.requests import backward as backward, grad as grad

__all__ = [
    "Function",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "function",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "kineto_available",
    "no_grad",
    "profiler",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
]

_LAZY = {
    "_calculate_shape": "pullback.autograd._functions.utils",
    "Function": "pullback.autograd.function",
    "_unsafe_preserve_version_counter": "pullback.autograd._inner",
    "SavedTensor": "pullback.graph.saved_hooks",
    "detect_anomaly": "pullback.autograd.anomaly_mode",
    "set_detect_anomaly": "pullback.autograd.anomaly_mode",
    "_profiler_enabled": "pullback.autograd.profiler",
    "kineto_available": "pullback.autograd.profiler",
}

_MODULES = frozenset(
    (
        "_functions", "anomaly_mode", "forward_ad", "function", "functional", "grad_mode", "graph", "profiler", "profiler_util",
        "variable",
    )
)  # fmt: skip


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    if name in _MODULES:
        return import_module(f"pullback.autograd.{name}")
    raise AttributeError(f"module 'torch.autograd' has no attribute {name!r}")
