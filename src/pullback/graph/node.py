"""A node of the graph: one operator call, its edges to what made its inputs, and what its rules kept."""

from __future__ import annotations

import itertools
import weakref
from types import CodeType
from typing import Any, ClassVar

from pullback.arrays.dtypes import from_numpy
from pullback.graph.hooks import RemovableHandle, register
from pullback.graph.provenance import forward_line
from pullback.graph.tensor_base import Held, TensorBase, at_node
from pullback.graph.versions import VersionCounter

Edge = Any
"""What made an input: a node, or ``(node, output number)`` for an output after its first, or a leaf tensor: a leaf is
its own end of the edge. Most edges lead to first outputs, and a tuple less per edge is a fifth less memory and work
for the garbage collector in a long graph; `split_edge` gives both parts."""


def split_edge(edge: Edge) -> tuple[Any, int]:
    """The end of an edge and the output number there."""
    return edge if edge.__class__ is tuple else (edge, 0)


next_sequence_number = itertools.count().__next__
"""Nodes are numbered as they are made, so an edge always leads from a higher to a lower number."""


class Released(Held):
    """Stands where a saved value was before the backward pass let go of it."""

    @property
    def _array(self) -> Any:
        raise RuntimeError(
            "Trying to backward through the graph a second time (or directly access saved tensors after they have "
            "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
            "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or "
            "if you need to access saved tensors after calling backward."
        )

    _counter = _array


RELEASED = Released()


class Node:
    """One call of an operator in the graph. Subclasses are named as PyTorch names them (``MulBackward0``)."""

    __slots__ = ("__dict__", "__weakref__", "code", "dtype", "edges", "offset", "seq", "shape")

    edges: tuple[Edge | None, ...]
    seq: int
    shape: Any
    """Shape of the output; a list of shapes where there are several outputs."""
    dtype: Any
    code: CodeType
    """The code object that called the operator, and the instruction in it: where the forward line stands."""
    offset: int

    saved_names: ClassVar[tuple[str, ...]] = ()
    n_outputs: int = 1
    watched: bool = False
    """Whether any of the following is set, so that the engine asks once."""
    hooks: Any = None
    """`{id: hook(grad_inputs, grad_outputs)}`, run after the node."""
    prehooks: Any = None
    """`{id: hook(grad_outputs)}`, run before the node."""
    tensor_hooks: Any = None
    """`{output_nr: {id: hook(grad)}}`: hooks of the tensors that this node made."""
    retained: Any = None
    """`{output_nr: weak reference to a tensor that keeps its gradient}`."""
    versions: Any = None
    """`{saved name: version}` of the saved tensors that had been written to or shared when they were saved."""
    result_counters: Any = None
    """`{output_nr: (counter, version)}` of results whose memory somebody else can write to."""

    def vjp(self, grad: Any, keep: bool) -> Any:
        """Cotangents of the inputs, one for each edge, on raw arrays; lets go of saved values unless `keep`."""
        raise NotImplementedError

    def vjp_traced(self, grad: Any, keep: bool) -> Any:
        """The same on tensors, recording the graph of the derivative."""
        raise NotImplementedError

    def watch_result(self, output_nr: int, counter: VersionCounter, version: int) -> None:
        """Note that the memory of a result has a counter, which stands at `version` for the saved value."""
        if self.result_counters is None:
            self.result_counters = {}
        self.result_counters[output_nr] = (counter, version)

    def name(self) -> str:
        """The node's name in PyTorch's graph."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes that made the inputs, each with the number of its output."""
        found = []
        for edge in self.edges:
            end, nr = (None, 0) if edge is None else split_edge(edge)
            found.append((None if end is None else node_of(end), nr))
        return tuple(found)

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for whoever wants to note something at this node."""
        return self.__dict__.setdefault("_metadata", {})

    def _sequence_nr(self) -> int:
        return self.seq

    def output_shape(self, nr: int) -> tuple[int, ...]:
        """Shape of output `nr`."""
        return self.shape if self.n_outputs == 1 else self.shape[nr]

    def output_dtype(self, nr: int) -> Any:
        """NumPy dtype of output `nr`."""
        return self.dtype if self.n_outputs == 1 else self.dtype[nr]

    def register_hook(self, hook: Any) -> RemovableHandle:
        """Call ``hook(grad_inputs, grad_outputs)`` after the node ran; it may return other `grad_inputs`."""
        self.watched = True
        if self.hooks is None:
            self.hooks = {}
        return register(self.hooks, hook)

    def register_prehook(self, hook: Any) -> RemovableHandle:
        """Call ``hook(grad_outputs)`` before the node runs; it may return other `grad_outputs`."""
        self.watched = True
        if self.prehooks is None:
            self.prehooks = {}
        return register(self.prehooks, hook)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_saved_"):
            return self.saved(name[7:])
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(f"_saved_{name}" for name in self.saved_names)]

    def saved(self, name: str) -> Any:
        """What the rules kept under `name`, as a tensor where it is one; `None` where it was not needed."""
        if name not in self.saved_names:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '_saved_{name}'")
        value = getattr(self, f"s_{name}", None)
        if value is RELEASED:
            value._array  # noqa: B018  raises
        if isinstance(value, TensorBase) or value is None:
            return value
        if name == "result":
            check_result(self)
            return at_node(value, self, 0)
        return value


def check_saved(node: Node, name: str, tensor: TensorBase) -> None:
    """Raise if `tensor` was written to since the node saved it under `name`."""
    assert tensor._counter is not None
    expected = 0 if node.versions is None else node.versions.get(name, 0)
    if tensor._counter.value != expected:
        raise modified(node, tensor._array, tensor._grad_fn, tensor._output_nr, tensor._counter.value, expected)


def check_result(node: Node) -> None:
    """Raise if a saved result of `node` was written to since."""
    for nr, (counter, expected) in node.result_counters.items() if node.result_counters else ():
        if counter.value != expected:
            array = node.s_result if node.n_outputs == 1 else node.s_results[nr]  # type: ignore[attr-defined]
            raise modified(node, array, node, nr, counter.value, expected)


def modified(node: Node, array: Any, maker: Any, nr: int, version: int, expected: int) -> RuntimeError:
    """The error for a saved value that was overwritten."""
    kinds = {"float32": "FloatTensor", "float64": "DoubleTensor", "float16": "HalfTensor", "int64": "LongTensor"}
    name = from_numpy(array.dtype).name
    kind = kinds.get(name, name.capitalize() + "Tensor")
    output = f", which is output {nr} of {maker.name()}," if maker is not None else ""
    line = forward_line(node)
    where = f" The value is needed for the gradient of {node.name()}, made at {line}." if line else ""
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.{kind} {list(array.shape)}]{output} is at version {version}; expected version {expected} instead. "
        "Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
        f"torch.autograd.set_detect_anomaly(True).{where}"
    )


class AccumulateGrad(Node):
    """The end of the graph at a leaf. Made when somebody asks for it: the engine itself stops at the leaf."""

    __slots__ = ("variable",)

    def __init__(self, leaf: TensorBase) -> None:
        self.variable = leaf
        self.edges = ()
        self.seq = 2**64 - 1
        self.shape = leaf._array.shape
        self.dtype = leaf._array.dtype

    def name(self) -> str:
        """PyTorch's name for the node."""
        return "torch::autograd::AccumulateGrad"


def node_of(end: Any) -> Node:
    """The node at the end of an edge: itself, or the AccumulateGrad of a leaf (the same one while it lives)."""
    if isinstance(end, Node):
        return end
    found = None if end._accumulator is None else end._accumulator()
    if found is None:
        found = AccumulateGrad(end)
        end._accumulator = weakref.ref(found)
    return found


def edge_of(tensor: TensorBase) -> Edge | None:
    """The edge that leads to what made `tensor`; `None` if it does not require grad. Refresh a view first."""
    if not tensor._requires_grad:
        return None
    end = tensor._grad_fn or tensor
    return (end, tensor._output_nr) if tensor._output_nr else end
