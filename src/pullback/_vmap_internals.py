"""The former home of `torch.vmap`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.func import vmap

__all__ = ["vmap"]


def _vmap(
    func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, allow_none_pass_through: bool = False
) -> Callable[..., Any]:
    """`pullback.func.vmap`, as its users inside PyTorch know it."""
    return vmap(func, in_dims, out_dims)
