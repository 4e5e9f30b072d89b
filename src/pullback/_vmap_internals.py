"""Where programs from before `torch.func` find the batching of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.func.batches import vmap as vmap

__all__ = ["_vmap", "vmap"]


def _vmap(
    func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, allow_none_pass_through: bool = False
) -> Callable[..., Any]:
    """`pullback.vmap`; with `allow_none_pass_through` results that are `None` stay so."""
    if not allow_none_pass_through:
        return vmap(func, in_dims, out_dims)

    def some(*args: Any, **kwargs: Any) -> Any:
        missing: list[bool] = []

        def present(*inner: Any, **named: Any) -> tuple[Any, ...]:
            results = func(*inner, **named)
            several = results if isinstance(results, tuple) else (results,)
            missing[:] = [each is None for each in several]
            return tuple(each for each in several if each is not None)

        found = list(vmap(present, in_dims, out_dims)(*args, **kwargs))
        filled = tuple(None if gone else found.pop(0) for gone in missing)
        return filled if len(filled) != 1 else filled[0]

    return some
