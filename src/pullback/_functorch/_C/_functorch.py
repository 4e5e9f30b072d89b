"""``torch._C._functorch``: what a tensor inside a transform is, and levels opened by hand."""

from __future__ import annotations

from typing import Any

from pullback.arrays.batched import BatchedArray
from pullback.func.others import debug_unwrap
from pullback.graph import batching, levels
from pullback.graph.modes import BATCHED, current_mode, set_mode
from pullback.graph.node import Node, split_edge
from pullback.graph.tensor_base import TensorBase

__all__ = [
    "_add_batch_dim",
    "_remove_batch_dim",
    "_vmap_decrement_nesting",
    "_vmap_increment_nesting",
    "dlevel",
    "get_unwrapped",
    "is_batchedtensor",
    "is_dead_tensor_wrapper",
    "is_functorch_wrapped_tensor",
    "is_gradtrackingtensor",
    "maybe_current_level",
    "maybe_get_bdim",
    "maybe_get_level",
]


def is_batchedtensor(tensor: Any) -> bool:
    """Whether the innermost transform around `tensor` is a batch of which it holds a value for each example."""
    array = tensor._array
    return array.__class__ is BatchedArray and levels.depth_of(array.level) > max(levels.tracked_at(tensor), default=0)


def is_gradtrackingtensor(tensor: Any) -> bool:
    """Whether the innermost transform around `tensor` differentiates by it."""
    return not is_batchedtensor(tensor) and bool(levels.tracked_at(tensor))


def is_functorch_wrapped_tensor(tensor: Any) -> bool:
    """Whether `tensor` stands for more than one value, or is differentiated by a transform around."""
    return is_batchedtensor(tensor) or is_gradtrackingtensor(tensor)


def maybe_get_level(tensor: Any) -> int:
    """How deep the innermost transform around `tensor` is nested, counted from 1; -1 if there is none."""
    array = tensor._array
    batch = levels.depth_of(array.level) if array.__class__ is BatchedArray else -1
    return max([batch, *levels.tracked_at(tensor)])


def is_dead_tensor_wrapper(tensor: Any) -> bool:
    """Whether a transform that differentiated by `tensor` is over: its graph leads to inputs that are tracked no more."""
    stack: list[Any] = [tensor._maker]
    seen: set[Any] = set()
    while stack:
        end = stack.pop()
        if isinstance(end, TensorBase) and not end._requires_grad:
            return True
        if isinstance(end, Node) and end not in seen:
            seen.add(end)
            stack += [split_edge(edge)[0] for edge in end._edges if edge is not None]
    return False


def dlevel(tensor: Any) -> int:
    """The depth of the innermost transform that differentiates by `tensor`; 0 if there was none, -1 once it is over."""
    return max(levels.tracked_at(tensor), default=-is_dead_tensor_wrapper(tensor))


def maybe_get_bdim(tensor: Any) -> int:
    """Where the examples stand in memory: in front; -1 if there are none."""
    return 0 if is_batchedtensor(tensor) else -1


def get_unwrapped(tensor: Any) -> Any:
    """The tensor behind one that `vmap` made, the examples along the first axis."""
    return debug_unwrap(tensor, recurse=False)


def maybe_current_level() -> int | None:
    """How many transforms are open; `None` outside of all."""
    return len(levels.open_levels()) + len(levels.is_transformed()) or None


def _vmap_increment_nesting(batch_size: int, randomness: str) -> int:
    """Open a batch by hand; returns its level."""
    level = batching.BatchLevel(batch_size, randomness)
    levels.change((*levels.open_levels(), level))
    set_mode(current_mode() | BATCHED)
    return len(levels.open_levels())


def _vmap_decrement_nesting() -> int:
    """Close the innermost batch; returns the level it had."""
    *outer, _ = levels.open_levels()
    levels.change(tuple(outer))
    if not outer:
        set_mode(current_mode() & ~BATCHED)
    return len(outer) + 1


def _add_batch_dim(tensor: Any, batch_dim: int, level: int) -> Any:
    """`tensor` with the examples of `level` along `batch_dim`."""
    opened: Any = levels.open_levels()[level - 1]
    return opened.split(tensor, batch_dim)


def _remove_batch_dim(tensor: Any, level: int, batch_size: int, out_dim: int) -> Any:
    """The examples of `level` along a new axis `out_dim`."""
    opened: Any = levels.open_levels()[level - 1]
    return opened.joined(tensor, out_dim)
