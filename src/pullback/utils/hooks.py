"""Handles that take a hook away again, and the hooks around a module's backward pass."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, ClassVar as ClassVar  # for the annotations of the handle, which are looked up here

from pullback.autograd.graph import RemovableHandle
from pullback.nn.modules._backward_hook import BackwardHook
from pullback.tensor import Tensor

__all__ = ["BackwardHook", "RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]


def unserializable_hook(f: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a tensor hook so that saving the tensor warns that the hook is not saved."""
    f.__torch_unserializable__ = True  # type: ignore[attr-defined]
    return f


def warn_if_has_hooks(tensor: Tensor) -> None:
    """Warn about hooks of `tensor` that are lost when it is serialized."""
    for hook in (tensor._hooks or {}).values():
        if not hasattr(hook, "__torch_unserializable__"):
            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  "
                "If this is expected, you can decorate the function with @torch.utils.hooks.unserializable_hook "
                "to suppress this warning",
                stacklevel=2,
            )
