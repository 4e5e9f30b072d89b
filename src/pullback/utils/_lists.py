"""Names of ``torch._utils``: lists of tensors as one tensor, and small helpers that programs import from there."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any

import pullback
from pullback.overrides import resolve_name
from pullback.tensor import Tensor


def _flatten_dense_tensors(tensors: Sequence[Tensor]) -> Tensor:
    """The elements of all tensors in one."""
    return pullback.cat([t.contiguous().view(-1) for t in tensors])


def _unflatten_dense_tensors(flat: Tensor, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Views of `flat` with the shapes of `tensors`, one after the other."""
    parts = flat.split([t.numel() for t in tensors])
    return tuple(part.view_as(t) for part, t in zip(parts, tensors))


def _take_tensors(tensors: Iterable[Tensor], size_limit: int) -> Iterator[list[Tensor]]:
    """Lists of tensors of one type, each as long as it stays below `size_limit` bytes."""
    pending: dict[str, list[Tensor]] = {}
    for tensor in tensors:
        group = pending.setdefault(tensor.type(), [])
        if group and sum(t.nbytes for t in group) + tensor.nbytes > size_limit:
            yield pending.pop(tensor.type())
            group = pending.setdefault(tensor.type(), [])
        group.append(tensor)
    yield from pending.values()


def _reorder_tensors_as(tensors: Iterable[Tensor], ordered_tensors: Iterable[Tensor]) -> tuple[Tensor, ...]:
    """`tensors` so that their types come in the order of those of `ordered_tensors`."""
    groups: dict[str, list[Tensor]] = {}
    for tensor in tensors:
        groups.setdefault(tensor.type(), []).append(tensor)
    return tuple(groups[t.type()].pop(0) for t in ordered_tensors)


def _handle_complex(tensor: Tensor) -> Tensor:
    """A complex tensor as a real one of one more axis; others as they are."""
    return pullback.view_as_real(tensor) if tensor.is_complex() else tensor


def _import_dotted_name(name: str) -> Any:
    """What ``package.module.attribute`` names, the package imported already."""
    first, *rest = name.split(".")
    return functools.reduce(getattr, rest, import_module(first))


def _get_all_device_indices() -> list[int]:
    """No accelerators."""
    return []


def _get_available_device_type() -> None:
    """No accelerator."""


def _get_obj_state(obj: Any) -> Any:
    """What a pickle would keep of an object besides its class."""
    if hasattr(obj, "__getstate__"):
        return obj.__getstate__()
    return obj.__dict__


class classproperty:
    """A property of a class."""

    def __init__(self, func: Callable[[Any], Any]) -> None:
        self.func = func

    def __get__(self, instance: Any, owner: Any) -> Any:
        return self.func(owner)


def render_call(fn: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """A call as text, tensors by their shapes and dtypes."""
    name = resolve_name(fn) or str(fn)
    parts = [_shown(x) for x in args] + [f"{key}={_shown(x)}" for key, x in kwargs.items()]
    return f"{name}({', '.join(parts)})"


def _shown(value: Any) -> str:
    if not isinstance(value, Tensor):
        return repr(value)
    dtype = "" if value.dtype is pullback.get_default_dtype() else f", dtype={value.dtype}"
    elements = "[...]" if value.dim() else str(value.detach())[7:-1].partition(",")[0]
    size = f"({', '.join(map(str, value.shape))}{',' * (value.dim() == 1)})"
    return f"tensor({elements}, size={size}{dtype})"
