"""Saved tensors through user hooks: `torch.autograd.graph.saved_tensors_hooks`.

While a pair of hooks is set, what a node keeps of tensors is packed by the first; the second unpacks it when the
backward pass (or somebody else) asks. What comes back takes the place of the original in the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pullback.graph import torch_function
from pullback.graph.hooks import note_hooked
from pullback.graph.modes import FORWARD, NO_GRAD, SAVED_HOOKS, current_mode, set_mode, switched
from pullback.graph.node import edge_of, node_of, split_edge
from pullback.graph.tensor_base import Held, TensorBase, at_node, wrap
from pullback.graph.versions import counter_of, version
from pullback.graph.views import refresh

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


def newest_pair() -> Pair | None:
    """The pair that is set in this thread."""
    pairs = _pairs.get()
    return pairs[-1] if pairs else None


def are_allowed() -> bool:
    """Whether hooks may be set in this thread."""
    return _forbidden.get() is None


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
    """A saved tensor in the user's packing, and its place in the graph; unpacked each time it is asked for.

    A result of the node itself is packed without its history, so that the node does not hold itself; `nr` says which.
    """

    __slots__ = ("edge", "nr", "packed", "requires_grad", "unpack")

    _counter = None

    def __init__(self, tensor: Any, pair: Pair, nr: int | None = None, detached: bool = False) -> None:
        pack, self.unpack = pair
        self.nr = nr
        if nr is None and tensor._view is not None:
            refresh(tensor)
        self.edge = edge_of(tensor) if nr is None else None
        before = version(tensor)
        if detached:
            shown = wrap(tensor._array)
            shown._counter = counter_of(tensor)
            tensor = shown
        with switched(on=NO_GRAD, off=SAVED_HOOKS | FORWARD):
            self.packed = pack(tensor)
        if version(tensor) != before:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook "
                "cannot be modified by in-place operations as this can lead to unexpected side-effects. Please open an "
                "issue if you need to perform in-place operations on the input to a pack hook."
            )

    def data(self) -> Any:
        """What the unpack hook returns, which must be a tensor."""
        found = self.unpack(self.packed)
        if not isinstance(found, TensorBase):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                + type(found).__name__
            )
        return found

    @property
    def _array(self) -> Any:
        return self.data()._array

    def tensor(self, node: Any) -> Any:
        """The unpacked tensor at the place in the graph of the one that `node` saved."""
        found = self.data()
        if self.nr is None and self.edge is None and not found._requires_grad:
            return found
        below = torch_function.below
        shown = below.bare(found) if below is not None and below.is_asked(found) else wrap(found._array)
        shown._counter = found._counter
        if shown._array.dtype.kind in "biu" or (self.nr is None and self.edge is None):
            return shown
        end, nr = (node, self.nr) if self.nr is not None else split_edge(self.edge)
        shown._maker, shown._output_nr, shown._requires_grad = node_of(end), nr, True
        return shown


def pack(result: Any) -> None:
    """Pack what the node behind `result` has just kept."""
    results = result if isinstance(result, tuple) else (result,)
    node = next((each._maker for each in results if each._maker is not None), None)
    pair = newest_pair()
    if node is None or pair is None:
        return
    for name in node.saved_names:
        value: Any = getattr(node, f"s_{name}", None)
        if name == "result":
            node.s_result = pack_result(value, results[0], pair, 0)
        elif name == "results":
            node.s_results = [pack_result(*each, pair, nr) for nr, each in enumerate(zip(value, results))]
        elif isinstance(value, TensorBase):
            setattr(node, f"s_{name}", Packed(value, pair))
        elif isinstance(value, list) and any(isinstance(each, TensorBase) for each in value):
            setattr(node, f"s_{name}", [Packed(each, pair) if isinstance(each, TensorBase) else each for each in value])
    note_hooked(node)  # hooks that run while it does may set others
    node._result_counters = None  # whoever packs sees to it that nobody writes into what is packed


def pack_result(array: Any, tensor: Any, pair: Pair, nr: int) -> Packed:
    """Pack the array that a node kept of its result number `nr`, which is `tensor`."""
    if isinstance(array, Packed):  # a class with `__torch_dispatch__` made it
        return Packed(array.packed, pair, nr)
    bare = wrap(array)
    if tensor is not None:
        bare._counter = counter_of(tensor)
    return Packed(bare, pair, nr)


class SavedTensor:
    """One value that a node saved, for whoever wants to set hooks on it: ``grad_fn._raw_saved_self``.

    `read` and `write` reach the place where the node keeps it, `nr` says which result it is, if it is one.
    """

    def __init__(self, node: Any = None, read: Any = None, write: Any = None, nr: int | None = None) -> None:
        if node is None:
            raise RuntimeError("Trying to create a SavedTensor object from Python is forbidden.")
        self._node, self._read, self._write, self._nr = node, read, write, nr

    def __repr__(self) -> str:
        return f"<torch._C._autograd.SavedTensor object at {id(self):#x}>"

    def register_hooks(self, *hooks: Callable[[Any], Any]) -> None:
        """Pack the value by the first function now, and unpack it by the second when it is asked for."""
        if len(hooks) != 2 or not all(callable(hook) for hook in hooks):
            raise TypeError(
                "register_hooks(): incompatible function arguments. The following argument types are supported:\n"
                "    1. (self: torch._C._autograd.SavedTensor, arg0: Callable, arg1: Callable) -> None"
            )
        value = self._read()
        if value is None:
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        if isinstance(value, Packed):
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of "
                "hooks is allowed at a time."
            )
        if is_released(value):
            raise RuntimeError(
                "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the "
                "graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need "
                "to backward through the graph a second time or if you need to access saved variables after calling "
                "backward."
            )
        self._write(self._pack(value, hooks))

    def _pack(self, value: Any, pair: Any) -> Packed:
        return Packed(value, pair, detached=True) if self._nr is None else pack_result(value, None, pair, self._nr)

    def unpack(self) -> Any:
        """The value as a tensor."""
        value = self._read()
        if isinstance(value, Packed):
            return value.tensor(self._node)
        if value is None or isinstance(value, TensorBase):
            return value
        value = getattr(value, "_array", value)  # raises for what was let go of
        return at_node(value, self._node, self._nr or 0)

    @property
    def data(self) -> Any:
        """What is kept: the packed form where hooks are set, else the tensor."""
        value = self._read()
        return value.packed if isinstance(value, Packed) else self.unpack()

    @property
    def unpack_hook(self) -> Any:
        """The second function of the hooks, or `None`."""
        value = self._read()
        return value.unpack if isinstance(value, Packed) else None


def is_released(value: Any) -> bool:
    """Whether `value` stands for something that the backward pass has let go of."""
    return isinstance(value, Held) and not isinstance(value, (TensorBase, Packed))


def raw_saved(node: Any, name: str) -> Any:
    """What `node` kept under `name` as objects that take hooks: one, or a tuple for a list."""
    value = getattr(node, f"s_{name}", None)
    if isinstance(value, (list, tuple)):
        return tuple(_raw_element(node, name, number) for number in range(len(value)))
    nr = 0 if name == "result" else None
    return SavedTensor(node, lambda: getattr(node, f"s_{name}", None), lambda new: setattr(node, f"s_{name}", new), nr)


def _raw_element(node: Any, name: str, number: int) -> SavedTensor:
    def read() -> Any:
        values = getattr(node, f"s_{name}")
        return values if is_released(values) else values[number]

    def write(new: Any) -> None:
        values = list(getattr(node, f"s_{name}"))
        values[number] = new
        setattr(node, f"s_{name}", values)

    return SavedTensor(node, read, write, number if name == "results" else None)
