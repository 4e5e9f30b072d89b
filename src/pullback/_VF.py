"""``torch._VF``: operators as PyTorch's C++ offers them, before Python gives them other forms."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.ops.reduction.sets import _unique2 as _all, _unique_dim


def _unique(self: Any, sorted: bool = True, return_inverse: bool = False) -> tuple[Any, Any]:
    """The sorted distinct values, and where each element's stands among them, or nothing."""
    return _unique2(self, sorted, return_inverse)[:2]


def _unique2(
    self: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False
) -> tuple[Any, Any, Any]:
    """The sorted distinct values, where each element's stands among them, how often each occurs; or nothing."""
    values, inverse, counts = _all(self)
    nothing = pullback.empty(0, dtype=pullback.int64)
    return values, inverse if return_inverse or return_counts else nothing, counts if return_counts else nothing


def unique_dim(
    self: Any, dim: int, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False
) -> tuple[Any, Any, Any]:
    """The distinct slices along `dim`, where each one stands among them, how often each occurs."""
    return _unique_dim(self, dim)  # type: ignore[return-value]


def __getattr__(name: str) -> Any:
    return getattr(pullback, name)
