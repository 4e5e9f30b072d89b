"""A node of the graph: one operator call, its edges to what made its inputs, and what its rules kept."""

from __future__ import annotations

import itertools
import re
import weakref
from collections import OrderedDict
from collections.abc import Callable, Container, Sequence
from types import CodeType
from typing import Any, ClassVar, NamedTuple

from pullback.arrays.dtypes import from_numpy
from pullback.device import CPU
from pullback.graph.hooks import RemovableHandle, note_hooked, register
from pullback.graph.modes import NO_GRAD, current_mode
from pullback.graph.provenance import forward_line
from pullback.graph.tensor_base import Held, TensorBase, wrap
from pullback.graph.type_names import legacy_type
from pullback.graph.versions import VersionCounter

Edge = Any
"""What made an input: a node, or ``(node, output number)`` for an output after its first, or a leaf tensor: a leaf is
its own end of the edge. Most edges lead to first outputs, and a tuple less per edge is a fifth less memory and work
for the garbage collector in a long graph; `split_edge` gives both parts."""


def split_edge(edge: Edge) -> tuple[Any, int]:
    """The end of an edge (the leaf where that is an AccumulateGrad) and the output number there."""
    end, nr = edge if edge.__class__ is tuple else (edge, 0)
    return (end.variable, 0) if end._n_outputs == -1 else (end, nr)


def towards(node: Node, wanted: Container[Any], grad: Any, keep: bool, traced: bool) -> Any:
    """The cotangents of `node`'s inputs; `None` for those from which no end can be reached that is `wanted`."""
    edges = node._edges
    if len(edges) > 1:
        some = [None if edge is None or split_edge(edge)[0] not in wanted else edge for edge in edges]
        if any([edge is not None and each is None for edge, each in zip(edges, some)]):
            check_kept(node)
            return node.vjp_to(some, grad, keep, traced)
    return node.vjp_traced(grad, keep) if traced else node.vjp(grad, keep)


def value_at(end: Any, nr: int) -> tuple[tuple[int, ...], Any]:
    """Shape and dtype of the value at an end: of a leaf, or of output `nr` of a node."""
    if end._n_outputs == 0:
        kind = end._grad_dtype
        return end._array.shape, end._array.dtype if kind is ... or kind is None else kind
    return (end._shape, end._dtype) if end._n_outputs == 1 else (end._shape[nr], end._dtype[nr])


next_sequence_number = itertools.count().__next__
"""Nodes are numbered as they are made, so an edge always leads from a higher to a lower number."""

annotators: list[Callable[[Any, dict[Any, Any]], None]] = []
"""Who has something to note in the `metadata` of a node."""

renumbered: list[bool] = []
"""Not empty once a program gave a node a number of its own choice: numbers tell nothing then."""


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


_IN_NAMESPACE = frozenset(("AccumulateGrad", "CopyBackwards", "CopySlices", "NotImplemented", "WarnNotImplemented"))
"""Nodes whose name in PyTorch tells the namespace of the class: it is written by hand there, not generated."""


class InputMetadata(NamedTuple):
    """What a node expects of a cotangent."""

    dtype: Any
    shape: list[int]
    device: Any
    is_nested_tensor: bool = False
    is_cpp_nested_tensor: bool = False


class Node:
    """One call of an operator in the graph. Subclasses are named as PyTorch names them (``MulBackward0``)."""

    __slots__ = ("__dict__", "__weakref__", "_code", "_dtype", "_edges", "_offset", "_seq", "_shape")

    _edges: tuple[Edge | None, ...]
    _seq: int
    _shape: Any
    """Shape of the output; a list of shapes where there are several outputs."""
    _dtype: Any
    _code: CodeType
    """The code object that called the operator, and the instruction in it: where the forward line stands."""
    _offset: int

    saved_names: ClassVar[tuple[str, ...]] = ()
    _uses: ClassVar[tuple[int, ...]] = ()
    """The results that the rules read, where these are not all the floating ones."""
    _n_outputs: int = 1
    runs_on_none: bool = False
    """Whether the node is to run when none of its outputs has a cotangent, as functions of users are."""
    _watched: bool = False
    """Whether any of the following is set, so that the engine asks once."""
    _hooks: Any = None
    """`{id: hook(grad_inputs, grad_outputs)}`, run after the node."""
    _prehooks: Any = None
    """`{id: hook(grad_outputs)}`, run before the node."""
    _tensor_hooks: Any = None
    """`{output_nr: {id: hook(grad)}}`: hooks of the tensors that this node made."""
    _retained: Any = None
    """`{output_nr: weak reference to a tensor that keeps its gradient}`."""
    _versions: Any = None
    """`{saved name: version}` of the saved tensors that had been written to or shared when they were saved."""
    _result_counters: Any = None
    """`{output_nr: (counter, version)}` of results whose memory somebody else can write to."""

    def vjp(self, grad: Any, keep: bool) -> Any:
        """Cotangents of the inputs, one for each edge, on raw arrays; lets go of saved values unless `keep`."""
        raise NotImplementedError

    def vjp_traced(self, grad: Any, keep: bool) -> Any:
        """The same on tensors, recording the graph of the derivative."""
        raise NotImplementedError

    def vjp_to(self, edges: Sequence[Any], grad: Any, keep: bool, traced: bool) -> Any:
        """What `vjp` or `vjp_traced` returns for some of the edges, `None` standing for those that nobody asks for."""
        return (self.vjp_traced if traced else self.vjp)(grad, keep)

    def __call__(self, *grads: Any) -> Any:
        """The cotangents of the inputs for those of the outputs, without going on from there."""
        count = max(1, self._n_outputs)
        if len(grads) != count:
            raise TypeError(f"expected {count} arguments, got {len(grads)} instead")
        if current_mode() & NO_GRAD:
            given = [None if each is None else each._array for each in grads]
            found = [each if each is None else wrap(each) for each in self.vjp(given[0] if count == 1 else given, True)]
        else:
            found = list(self.vjp_traced(grads[0] if count == 1 else list(grads), True))
        return found[0] if len(found) == 1 else tuple(found)

    def watch_result(self, output_nr: int, counter: VersionCounter, version: int) -> None:
        """Note that the memory of a result has a counter, which stands at `version` for the saved value."""
        if self._result_counters is None:
            self._result_counters = {}
        self._result_counters[output_nr] = (counter, version)

    def name(self) -> str:
        """The node's name in PyTorch's graph."""
        name = type(self).__name__
        return f"torch::autograd::{name}" if name in _IN_NAMESPACE else name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes that made the inputs, each with the number of its output."""
        self._edges = tuple(node_of(edge) if isinstance(edge, TensorBase) else edge for edge in self._edges)
        shown = (None if edge.__class__ is Unrecorded else edge for edge in self._edges)
        return tuple(edge if edge.__class__ is tuple else (edge, 0) for edge in shown)

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for whoever wants to note something at this node."""
        found = self.__dict__.setdefault("_metadata", {})
        for annotate in annotators:
            annotate(self, found)
        return found

    @property
    def requires_grad(self) -> bool:
        """Always true: what needs no gradient leaves no node."""
        return True

    @property
    def _input_metadata(self) -> tuple[InputMetadata, ...]:
        """What the node expects of the cotangent of each output."""
        if self._shape is None:
            return ()
        places = range(max(1, self._n_outputs)) if self._n_outputs != -1 else (0,)
        facts = [(self._shape, self._dtype) if self._n_outputs in (1, -1) else value_at(self, nr) for nr in places]
        return tuple(InputMetadata(from_numpy(dtype), list(shape), CPU) for shape, dtype in facts if dtype is not None)

    def _register_hook_dict(self, tensor: Any) -> None:
        """Accepted for compatibility: the hooks of a tensor stand at its node anyway."""

    def _sequence_nr(self) -> int:
        return self._seq

    def _set_sequence_nr(self, number: int) -> None:
        self._seq = number
        renumbered.append(True)

    def register_hook(self, hook: Any) -> RemovableHandle:
        """Call ``hook(grad_inputs, grad_outputs)`` after the node ran; it may return other `grad_inputs`."""
        if self._hooks is None:
            self._hooks = OrderedDict()
        return self._watch(self._hooks, hook)

    def register_prehook(self, hook: Any) -> RemovableHandle:
        """Call ``hook(grad_outputs)`` before the node runs; it may return other `grad_outputs`."""
        if self._prehooks is None:
            self._prehooks = OrderedDict()
        return self._watch(self._prehooks, hook)

    def register_tensor_hook(self, nr: int, hook: Any) -> RemovableHandle:
        """Call ``hook(grad)`` on the gradient of output `nr`; it may return another."""
        if self._tensor_hooks is None:
            self._tensor_hooks = {}
        return self._watch(self._tensor_hooks.setdefault(nr, OrderedDict()), hook)

    def _watch(self, hooks: OrderedDict[int, Any], hook: Any) -> RemovableHandle:
        self._watched = True
        note_hooked(self)
        return register(hooks, hook)


def release(node: Node) -> None:
    """Let go of the elements that `node` kept, as a visit does."""
    for name in node.saved_names:
        value = getattr(node, f"s_{name}", None)
        if name == "results" or isinstance(value, (Held, list)) or hasattr(value, "__array_function__"):
            setattr(node, f"s_{name}", RELEASED)


def check_saved(node: Node, name: Any, tensor: TensorBase) -> None:
    """Raise if `tensor` was written to since the node saved it under `name`."""
    counter = tensor._counter
    assert counter is not None
    expected = 0 if node._versions is None else node._versions.get(name, 0)
    try:
        if counter.value == expected:
            return
    except RuntimeError:  # of an inference tensor, which transforms of functions save
        return
    if counter.version() != counter.version(expected):
        told = counter.version(), counter.version(expected)
        raise modified(node, tensor._array, tensor._maker, tensor._output_nr, *told)
    if tensor._detached > expected:
        raise RuntimeError(
            "Trying to use a saved tensor that has been detached in-place, i.e. with .detach_().This is not supported. "
            "Please use out-of-place `.detach()` instead"
        )


def check_result(node: Node) -> None:
    """Raise if a saved result of `node` was written to since."""
    for nr, (counter, expected) in node._result_counters.items() if node._result_counters else ():
        if node._uses and nr not in node._uses:
            continue
        if counter.value != expected and counter.version() != counter.version(expected):
            array = node.s_result if node._n_outputs == 1 else node.s_results[nr]  # type: ignore[attr-defined]
            maker = None if array.dtype.kind in "biu" else node  # integers stand at no node
            raise modified(node, array, maker, nr, counter.version(), counter.version(expected))


def check_kept(node: Node) -> None:
    """Raise if anything that `node` kept was written to since, whether it is needed or not."""
    for name in node.saved_names:
        value = getattr(node, f"s_{name}", None)
        if name in ("result", "results"):
            check_result(node)
        elif isinstance(value, TensorBase):
            if value._counter is not None:
                check_saved(node, name, value)
        elif isinstance(value, list):
            for nr, each in enumerate(value):
                if isinstance(each, TensorBase) and each._counter is not None:
                    check_saved(node, (name, nr), each)


HINT = (
    "Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
    "torch.autograd.set_detect_anomaly(True, check_nan=False)."
)


def modified(node: Node, array: Any, maker: Any, nr: int, version: int, expected: int) -> RuntimeError:
    """The error for a saved value that was overwritten."""
    output = f", which is output {nr} of {short_name(maker)}," if maker is not None else ""
    line = forward_line(node)
    where = f" The value is needed for the gradient of {node.name()}, made at {line}." if line else ""
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{legacy_type(array.dtype)} {list(array.shape)}]{output} is at version {version}; expected version {expected} instead. "
        f"{HINT}{where}"
    )


def short_name(node: Node) -> str:
    """The name that messages tell: ``Mul`` of ``MulBackward0``."""
    return re.sub(r"Backward0?(\d*)$", r"\1", node.name())


class AccumulateGrad(Node):
    """The end of the graph at a leaf. Made when somebody asks for it: the engine itself stops at the leaf.

    The node through which it was asked for holds it from then on, and the leaf knows it while it lives.
    """

    __slots__ = ("variable",)

    _n_outputs = -1

    def __init__(self, leaf: TensorBase) -> None:
        self.variable = leaf
        self._edges = ()
        self._seq = 2**64 - 1
        self._shape = leaf._array.shape
        self._dtype = leaf._array.dtype


class Unrecorded(Node):
    """Where an edge to a view leads that was made while nothing was recorded, though its base requires grad.

    Such a view requires grad too, but no gradient goes on from it: PyTorch shows no node there, and so do we.
    """

    __slots__ = ()

    def __init__(self, array: Any) -> None:
        self._edges = ()
        self._seq = next_sequence_number()
        self._shape = array.shape
        self._dtype = array.dtype

    def vjp(self, grad: Any, keep: bool) -> Any:
        """Nothing."""
        return ()

    vjp_traced = vjp


def maker_of(tensor: TensorBase) -> Node | None:
    """The node that made `tensor`, as a user may see it; a tensor unpacked for a leaf leads to its AccumulateGrad. Refresh
    a view first."""
    node = tensor._maker
    return None if node.__class__ in (Unrecorded, AccumulateGrad) else node


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
    end = tensor._maker or tensor
    return (end, tensor._output_nr) if tensor._output_nr else end
