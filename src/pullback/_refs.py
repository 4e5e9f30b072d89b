"""``torch._refs``: PyTorch's operators written once more in Python. These here are Python: each is its own reference."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pullback
from pullback import fft as fft, linalg as linalg, nn as nn, special as special

sys.modules.update(
    {
        f"{__name__}.{name}": module
        for name, module in (
            ("fft", fft), ("linalg", linalg), ("nn", nn), ("nn.functional", nn.functional), ("special", special),
        )
    }
)  # fmt: skip
_CASTS = "bfloat16 bool byte char double float half int long short cfloat cdouble"
_conversions = SimpleNamespace(
    **{name: getattr(pullback.Tensor, name) for name in _CASTS.split()},
    chalf=lambda input: input.to(pullback.chalf),
    complex=pullback.complex,
    polar=pullback.polar,
)
__path__: list[str] = []


def __getattr__(name: str) -> Any:
    for space in (pullback, nn.functional, pullback.Tensor):
        for spelt in (name, name + "_"):  # a few are written in place only: exponential_
            if not name.startswith("__") and hasattr(space, spelt):
                return getattr(space, spelt)
    raise AttributeError(f"module 'torch._refs' has no attribute '{name}'")
