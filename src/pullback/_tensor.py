"""How saved tensors with attributes, or of classes of their own, are made again. Files name this function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback._utils import _set_obj_state
from pullback.tensor import Tensor


def _rebuild_from_type_v2(func: Callable[..., Any], new_type: type, args: tuple[Any, ...], state: Any) -> Any:
    """What `func` makes of `args`, as an instance of `new_type` with attributes.

    Raises:
        TypeError: if `new_type` is no class of tensors.
    """
    if not (isinstance(new_type, type) and issubclass(new_type, Tensor)):
        raise TypeError(f"{new_type!r} is no subclass of torch.Tensor")
    tensor = func(*args)
    if type(tensor) is not new_type:
        tensor = tensor.as_subclass(new_type)
    own = type(tensor).__setstate__
    if own is not Tensor.__setstate__:
        own(tensor, state)
        return tensor
    return _set_obj_state(tensor, state)
