"""Saved tensors through user hooks: `torch.autograd.graph.saved_tensors_hooks`.

While a pair of hooks is set, what a node keeps of tensors is packed by the first; the second unpacks it when the
backward pass asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pullback.graph.modes import SAVED_HOOKS, current_mode, set_mode
from pullback.graph.tensor_base import Held, TensorBase, at_node

Pair = tuple[Callable[[Any], Any], Callable[[Any], Any]]

_forbidden: ContextVar[str | None] = ContextVar("saved tensor hooks refused", default=None)
_pairs: ContextVar[tuple[Pair, ...]] = ContextVar("saved tensor hooks", default=())


def push_pair(pack: Callable[[Any], Any], unpack: Callable[[Any], Any]) -> None:
    """Set a pair of hooks for what is saved from now on in this thread."""
    if (message := _forbidden.get()) is not None:
        raise RuntimeError(message)
    _pairs.set((*_pairs.get(), (pack, unpack)))
    set_mode(current_mode() | SAVED_HOOKS)


def pop_pair() -> None:
    """Take back the newest pair."""
    rest = _pairs.get()[:-1]
    _pairs.set(rest)
    if not rest:
        set_mode(current_mode() & ~SAVED_HOOKS)


@contextmanager
def disabled(message: str) -> Iterator[None]:
    """Refuse hooks inside the block, and raise if some are set."""
    if _pairs.get():
        raise RuntimeError(message)
    token = _forbidden.set(message)
    try:
        yield
    finally:
        _forbidden.reset(token)


class Packed(Held):
    """A saved tensor in the user's packing; unpacked each time it is asked for."""

    __slots__ = ("dtype", "packed", "shape", "unpack")

    _counter = None

    def __init__(self, tensor: Any, pair: Pair) -> None:
        pack, self.unpack = pair
        self.packed = pack(tensor)

    def tensor(self) -> Any:
        """What the unpack hook returns, which must be a tensor."""
        found = self.unpack(self.packed)
        if not isinstance(found, TensorBase):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type " + str(type(found))
            )
        return found

    @property
    def _array(self) -> Any:
        return self.tensor()._array


def pack(result: Any) -> None:
    """Pack what the node behind `result` has just kept."""
    node = (result[0] if isinstance(result, tuple) else result)._grad_fn
    if node is None:
        return
    pair = _pairs.get()[-1]
    for name in node.saved_names:
        value = getattr(node, f"s_{name}", None)
        if isinstance(value, TensorBase):
            setattr(node, f"s_{name}", Packed(value, pair))
        elif name == "result":
            node.s_result = Packed(at_node(value, node, 0), pair)
        elif isinstance(value, list) and any(isinstance(each, TensorBase) for each in value):
            setattr(node, f"s_{name}", [Packed(each, pair) for each in value])
