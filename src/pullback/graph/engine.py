"""The backward pass: from the newest node to the oldest, one loop.

A node's sequence number is higher than that of every node its edges lead to, so taking the highest number among the
pending nodes meets each node after all its consumers, without counting dependencies first. ::

    pending = {root: its cotangent}
    while there is a newest node:  cotangents = node.vjp(its cotangent)
                                   each is mended to its edge's shape and dtype and added to what is pending there

The newest node stays in a variable, the others wait in a heap: most nodes never enter it. Everything is a raw array, or
a tensor where the derivative is itself recorded. A leaf's cotangent is stored when the loop ends: an error on the way
leaves every ``.grad`` as it was.

This loop serves ``loss.backward()`` and ``autograd.grad`` with respect to leaves, where nobody watches. What asks for
more (hooks, ``inputs=``, ``backward(create_graph=True)``, gradients on the way) takes the careful walk, see `walk`.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any

import numpy as np

from pullback.graph import anomaly, engine_hooks, observers, partial, reentry, torch_function
from pullback.graph.hooks import hooked
from pullback.graph.leaves import store_leaves
from pullback.graph.mending import mend, mend_traced
from pullback.graph.modes import BATCHED, FORWARD, NO_GRAD, OBSERVED, SAVED_HOOKS, current_mode, set_mode
from pullback.graph.node import Node, Unrecorded, edge_of, release, renumbered, split_edge, towards, value_at
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.views import refresh
from pullback.graph.walk import Pass, Walk, Wanted, next_id

ndarray = np.ndarray


class Task(Pass):
    """A pass that nobody watches: what has arrived so far."""

    __slots__ = ("by_seq", "heap", "keep", "leaves", "needed", "owned", "pending", "stops", "traced")

    def __init__(
        self, keep: bool, traced: bool = False, needed: set[Any] | None = None, stops: Container[Any] = ()
    ) -> None:
        self.id = next_id()  # what `Pass` does, without the call: a pass over few nodes takes 6 µs besides them
        self.callbacks = []
        self.keep = keep
        self.traced = traced
        """Whether cotangents are tensors."""
        self.needed = needed
        """The ends that a cotangent must reach; `None` for all."""
        self.stops = stops
        """Nodes that are not run: what arrives there is kept, as it is for leaves."""
        self.heap: list[int] = []
        self.by_seq: dict[int, Node] = {}
        self.pending: dict[int, Any] = {}
        self.owned: set[Any] = set()
        self.leaves: dict[Any, Any] = {}

    def begin(self, starts: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
        """Where `run` starts: the one edge to a node of one output with its cotangent; others arrive first."""
        found = [(edge, start if self.traced else start._array) for edge, start in starts]
        if len(found) == 1:
            (edge, cotangent) = found[0]
            if edge.__class__ is not tuple and edge._n_outputs == 1 and (self.needed is None or edge in self.needed):
                return edge, (mend_traced if self.traced else mend)(cotangent, edge._shape, edge._dtype)
        for edge, cotangent in found:
            self.arrive(*split_edge(edge), cotangent)
        return None, None

    def arrive(self, end: Any, nr: int, cotangent: Any) -> None:
        """Add a cotangent to what is pending at one end of an edge: any end, where `run` knows the common ones."""
        if self.needed is not None and end not in self.needed:
            return
        cotangent = (mend_traced if self.traced else mend)(cotangent, *value_at(end, nr))
        if isinstance(end, TensorBase):
            if end in self.leaves:
                self.add(self.leaves, end, cotangent)
            else:
                self.leaves[end] = cotangent
            return
        many = end._n_outputs != 1
        key = -end._seq
        if key not in self.by_seq:
            heappush(self.heap, key)
            self.by_seq[key] = end
            self.pending[key] = [None] * end._n_outputs if many else None
        if not many:
            self.add(self.pending, key, cotangent)
        else:
            before = self.pending[key][nr]
            self.pending[key][nr] = cotangent if before is None else before + cotangent

    def arrive_empty(self, end: Any) -> None:
        """Let a node run although nothing reached it: functions of users see zeros then. A leaf needs no visit."""
        if isinstance(end, TensorBase) or -end._seq in self.by_seq:
            return
        if self.needed is not None and end not in self.needed:
            return
        heappush(self.heap, -end._seq)
        self.by_seq[-end._seq] = end
        self.pending[-end._seq] = [None] * end._n_outputs if end._n_outputs != 1 else None
        end._watched = True  # leads to `_watched`, which knows nodes without a cotangent

    def add(self, place: dict[Any, Any], key: Any, cotangent: Any) -> None:
        """Add to a cotangent in `place`: into its own memory if it is a sum made here, which nobody else holds."""
        if key in self.owned:
            place[key] = np.add(place[key], cotangent, out=place[key])  # elsewhere if it becomes a batch
            return
        before = place[key]
        if before is None:
            place[key] = cotangent
            return
        total = place[key] = before + cotangent
        if total.__class__ is ndarray:
            self.owned.add(key)

    def run(self, node: Any = None, cotangent: Any = None) -> None:
        """Visit every node that a cotangent reaches, newest first, starting with `node` and what `arrive` brought."""
        heap, by_seq, pending, leaves, keep = self.heap, self.by_seq, self.pending, self.leaves, self.keep
        needed, traced = self.needed, self.traced
        fit = mend_traced if traced else mend
        watch = anomaly.on or observers.of_nodes() is not None
        some = needed is not None and not watch
        watch = watch or some
        newest = 0  # the key of `node`, if that is one which arrived
        while True:
            if node is None:
                if not heap:
                    return
                key = heappop(heap)
                node, cotangent = by_seq.pop(key), pending.pop(key)
            if watch or node._watched:
                found = self._apart(node, cotangent, some)
            else:
                found = node.vjp_traced(cotangent, keep) if traced else node.vjp(cotangent, keep)
            edges, node = node._edges, None
            for end, each in zip(edges, found):
                if end is None or (needed is not None and end not in needed):
                    continue
                outputs = -1 if each is None else 2 if end.__class__ is tuple else end._n_outputs
                if outputs == 1:
                    if traced or each.shape != end._shape or each.dtype is not end._dtype:
                        each = fit(each, end._shape, end._dtype)
                    key = -end._seq
                    if node is None:
                        if not heap or key < heap[0]:
                            node, newest, cotangent = end, key, each
                            continue
                    elif end is node:
                        cotangent = cotangent + each
                        continue
                    elif key < newest:
                        heappush(heap, newest)
                        by_seq[newest], pending[newest] = node, cotangent
                        node, newest, cotangent = end, key, each
                        continue
                    if key in pending:
                        self.add(pending, key, each)
                    else:
                        heappush(heap, key)
                        by_seq[key], pending[key] = end, each
                elif outputs == 0:
                    array = end._array
                    if traced or each.shape != array.shape or each.dtype is not array.dtype:
                        each = fit(each, array.shape, array.dtype)
                    if end in leaves:
                        self.add(leaves, end, each)
                    else:
                        leaves[end] = each
                else:
                    if node is not None:  # whatever arrives may be newer
                        heappush(heap, newest)
                        by_seq[newest], pending[newest] = node, cotangent
                        node = None
                    if each is None:
                        self.arrive_empty(split_edge(end)[0])
                    else:
                        self.arrive(*split_edge(end), each)

    def _apart(self, node: Node, cotangent: Any, some: bool) -> Any:
        """Visit a node that is watched, or one of which only some edges are asked for."""
        if not some or node._watched:
            return self._watched(node, cotangent)
        if node in self.stops:
            self.leaves[node] = cotangent
            return ()
        return towards(node, self.needed or (), cotangent, self.keep, self.traced)

    def _watched(self, node: Node, cotangent: Any) -> Any:
        """Visit a node whose tensors retain their gradient, that nothing reached, or in anomaly mode."""
        if anomaly.on and not node._watched and node._n_outputs == 1 and observers.of_nodes() is None:
            return anomaly.checked(node, node.vjp_traced if self.traced else node.vjp, cotangent, self.keep)
        values = cotangent if node._n_outputs != 1 else [cotangent]
        if anomaly.on:
            return anomaly.explained(node, False, self._found, node, values)
        return self._found(node, values)

    def _found(self, node: Node, values: Any) -> Any:
        if node._retained is not None:
            values = engine_hooks.at_outputs(node, values, self.traced)
        if not node.runs_on_none and all(value is None for value in values):
            if not self.keep:
                release(node)
            return [None] * len(node._edges)
        vjp = node.vjp_traced if self.traced else node.vjp
        return observers.visited(node, vjp, values if node._n_outputs != 1 else values[0], self.keep)


IN_TRANSFORM = (
    "backward() called inside a functorch transform. This is not supported, please use functorch.grad or functorch.vjp "
    "instead or call backward() outside of functorch transforms."
)


def backward_from(node: Node, cotangent: Any, keep: bool) -> None:
    """`backward` from one node of one output on raw arrays, which is what ``loss.backward()`` asks for."""
    if hooked or renumbered or reentry.deep():
        _backward([node], [wrap(cotangent)], keep, False, None)
        return
    mode = current_mode()
    if mode & BATCHED:
        raise RuntimeError(IN_TRANSFORM)
    _run(Task(keep), mode, NO_GRAD, True, node, cotangent)


def backward(
    outputs: Sequence[Any],
    cotangents: Sequence[Any],
    *,
    keep: bool,
    create_graph: bool,
    inputs: Sequence[Any] | None = None,
) -> None:
    """Accumulate the gradients of `outputs` (tensors or edges) into the leaves, or into `inputs` only."""
    _backward([fresh_edge(each) for each in outputs], cotangents, keep, create_graph, inputs)


def _backward(edges: Any, cotangents: Any, keep: bool, create_graph: bool, inputs: Any) -> None:
    if reentry.deep():
        reentry.in_fresh_thread(_backward, edges, cotangents, keep, create_graph, inputs)
        return
    if current_mode() & BATCHED:
        raise RuntimeError(IN_TRANSFORM)
    starts = [(edge, start) for edge, start in zip(edges, cotangents) if edge is not None]
    if inputs is not None:
        wanted = Wanted((), [_place(each)[0] for each in inputs])
        _walk(starts, keep, create_graph, create_graph, wanted)
    elif create_graph or hooked or renumbered:
        _walk(starts, keep, create_graph, create_graph, None)
    else:
        task = Task(keep)
        _run(task, current_mode(), NO_GRAD, True, *task.begin(starts))


def _run(task: Task, before: int, mode: int, store: bool, node: Any, cotangent: Any) -> None:
    """The short loop from `node` and what arrived already; `store` what reaches leaves, or leave it to the task."""
    token = partial.begin(not store) if not store or partial.is_partial() else None
    set_mode(mode)
    try:
        task.run(node, cotangent)
        if store:
            store_leaves(task.leaves)
        if task.callbacks:
            task.call_back()
    finally:
        set_mode(before)
        if token is not None:
            partial.end(token)


def _walk(starts: Sequence[tuple[Any, Any]], keep: bool, traced: bool, record: bool, wanted: Wanted | None) -> Walk:
    below = torch_function.below
    if below is not None and below.takes_part():
        starts, traced = below.started(starts), True  # a class may compute what rules ask for
    walk = Walk(keep, traced, record)
    mode = current_mode()
    token = partial.begin(wanted is not None)
    set_mode(_mode_of_pass(mode, traced, record))
    try:
        walk.run([(edge, start if traced else start._array) for edge, start in starts], wanted)
        walk.call_back()
    finally:
        set_mode(mode)
        partial.end(token)
    return walk


def _mode_of_pass(mode: int, traced: bool, record: bool) -> int:
    return (0 if record else NO_GRAD) | (mode & (BATCHED | FORWARD | OBSERVED | SAVED_HOOKS) if traced else 0)


def gradients(
    outputs: Sequence[Any],
    cotangents: Sequence[Any],
    inputs: Sequence[Any],
    *,
    keep: bool = False,
    create_graph: bool = False,
) -> list[Any]:
    """Gradients of `outputs` with respect to `inputs`, as tensors; `None` where there is no path.

    A bare node among the inputs says that no other input lies behind it.
    """
    if reentry.deep():
        return reentry.in_fresh_thread(gradients, outputs, cotangents, inputs, keep=keep, create_graph=create_graph)
    keep = keep or create_graph
    before = current_mode()
    traced = create_graph or bool(before & FORWARD)  # tangents travel with gradients
    starts = [(edge, start) for edge, start in zip(map(fresh_edge, outputs), cotangents) if edge is not None]
    stops = {each for each in inputs if isinstance(each, Node)}
    careful = hooked or renumbered or anomaly.on or (stops and observers.of_nodes() is not None)
    if len(starts) == 1 and getattr(split_edge(starts[0][0])[0], "_retained", None):
        careful = True  # the one root is visited in any case
    if careful or not all([_is_end(each) for each in inputs]):
        walk = _walk(starts, keep, traced, create_graph, Wanted([_place(each) for each in inputs]))
        found = [walk.captured.get(position) for position in range(len(inputs))]
    else:
        task = Task(keep, traced, _leading_to(inputs, [edge for edge, _ in starts], bool(stops)), stops)
        mode = _mode_of_pass(before, traced, create_graph)
        _run(task, before, mode, False, *task.begin(starts))
        found = [task.leaves.get(leaf) for leaf in inputs]
    return [value if value is None or isinstance(value, TensorBase) else wrap(value) for value in found]


def gradients_from(node: Node, start: Any, inputs: Sequence[Any], keep: bool, create_graph: bool) -> list[Any]:
    """`gradients` from one node of one output, `start` being of its shape and dtype: nearly always of leaves."""
    careful = hooked or renumbered or anomaly.on or reentry.deep() or node._retained
    if careful or not all([each.__class__ is not tuple and each._maker is None is each._view for each in inputs]):
        return gradients([node], [wrap(start)], inputs, keep=keep, create_graph=create_graph)
    before = current_mode()
    traced = create_graph or bool(before & FORWARD)
    task = Task(keep or create_graph, traced, _leading_to(inputs, [node], False))
    if task.needed is None or node in task.needed:
        _run(task, before, _mode_of_pass(before, traced, create_graph), False, node, wrap(start) if traced else start)
    found = [task.leaves.get(leaf) for leaf in inputs]
    return [value if value is None or traced else wrap(value) for value in found]


def _is_end(end: Any) -> bool:
    """Whether the short loop can stop at an input: a leaf, or a node of one output that nobody watches."""
    if end.__class__ is tuple:
        return False
    if isinstance(end, Node):
        return end._n_outputs == 1 and not end._watched
    return end._maker is None if end._view is None else fresh_edge(end) is end


def _leading_to(leaves: Sequence[Any], roots: Sequence[Any], others: bool) -> set[Any] | None:
    """The edges below `roots` from which one of the leaves can be reached; `None` if there are no `others`."""
    ends = set(leaves)
    for leaf in leaves:
        if isinstance(leaf, TensorBase) and leaf._accumulator is not None:
            ends.add(leaf._accumulator())
    seen = {None, *ends}
    nodes: list[Node] = []
    pairs: dict[Node, list[Any]] = {}
    stack = list(roots)
    while stack:
        edge = stack.pop()
        if edge in seen:
            continue
        seen.add(edge)
        if edge.__class__ is tuple:
            pairs.setdefault(edge[0], []).append(edge)
            stack.append(edge[0])
        elif edge._n_outputs > 0 and edge._edges:
            nodes.append(edge)
            stack += edge._edges
        else:
            others = True
    return _those_leading_to(ends - {None}, nodes, pairs) if others else None


def _those_leading_to(ends: set[Any], nodes: list[Node], pairs: dict[Node, list[Any]]) -> set[Any]:
    nodes.sort(key=attrgetter("_seq"))
    needed = ends
    for node in nodes:
        if not needed.isdisjoint(node._edges):
            needed.add(node)
            needed.update(pairs.get(node, ()))
    return needed


def _place(tensor: Any) -> tuple[Any, int]:
    """The end of the edge that leads to a tensor; `None` for a view made while nothing was recorded."""
    if isinstance(tensor, TensorBase) and tensor._maker is None is tensor._view:
        return tensor, 0  # even if it requires grad no more: a transform that is over still pulls back
    edge = fresh_edge(tensor)
    return (None, 0) if edge is None else split_edge(edge)


def fresh_edge(tensor: Any) -> Any:
    """The edge that leads to a tensor, after looking for writes into its base; an edge as it is."""
    if not isinstance(tensor, TensorBase):
        return tensor
    if tensor._view is not None:
        refresh(tensor, asked=True)
    edge = edge_of(tensor)
    return None if edge.__class__ is Unrecorded else edge
