"""The careful walk: a backward pass in PyTorch's own order, for passes that somebody watches.

`survey` counts how many edges lead to each end; an end is visited when its last one has delivered, so a leaf's
gradient is stored, and its hooks run, in the middle of the pass. Edges deliver `None` too, so that whoever waits for it
is still visited. Hooks, ``inputs=``, ``create_graph=True`` and what asks the engine about itself come here; everything
else takes the short loop of `engine`, which needs no survey.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np

from pullback.graph import anomaly, engine_hooks, leaves, observers
from pullback.graph.mending import mend, mend_traced
from pullback.graph.node import Node, node_of, release, split_edge, towards, value_at
from pullback.graph.ready import Ready
from pullback.graph.tensor_base import TensorBase

ndarray = np.ndarray
next_id = count().__next__
_LEAF_PRIORITY = 2**64 - 1

End = Any
"""A node, or a leaf tensor."""


class Wanted:
    """What a pass was asked for: places whose cotangent is captured, and ends that run because they are `inputs`."""

    __slots__ = ("captures", "targets")

    def __init__(self, captured: Sequence[tuple[End, int]], targets: Iterable[End] = ()) -> None:
        self.captures: dict[End, dict[int, list[int]]] = {}
        for position, place in enumerate(captured):
            if place[0] is None:
                continue  # a view made while nothing was recorded: no edge leads there
            self.captures.setdefault(place[0], {}).setdefault(place[1], []).append(position)
        self.targets = set(targets)


class Pass:
    """One backward pass, as programs know it that ask the engine: a number, and what is to be called at its end."""

    __slots__ = ("callbacks", "id")

    def __init__(self) -> None:
        self.id = next_id()
        self.callbacks: list[Callable[[], object]] = []

    def call_back(self) -> None:
        """Call what was asked to be called at the end of the pass; a callback may ask for another."""
        for callback in self.callbacks:
            callback()


class Walk(Pass):
    """A pass in PyTorch's own order: what it was asked for and how far it has come."""

    __slots__ = (
        "captured",
        "captures",
        "consumers",
        "explains",
        "keep",
        "mend",
        "needed",
        "observed",
        "owned",
        "pending",
        "reached",
        "ready",
        "record",
        "root",
        "traced",
    )

    def __init__(self, keep: bool, traced: bool, record: bool) -> None:
        super().__init__()
        self.keep = keep
        self.traced = traced
        """Whether cotangents are tensors."""
        self.record = record
        """Whether the pass leaves a graph behind, in ``.grad`` too."""
        self.explains = anomaly.on
        self.observed = observers.of_nodes() is not None
        self.mend = mend_traced if traced else mend
        self.consumers: dict[End, int] = {}
        self.needed: set[End] | None = None
        """The ends that run: those that lead to something wanted. `None` for all."""
        self.reached: set[End] | None = None
        """The ends whose cotangent is wanted: those that run, and those where it is captured."""
        self.root: End | None = None
        """The end that a pass from one place starts at. It is visited whether it leads to something wanted or not."""
        self.captures: dict[End, dict[int, list[int]]] = {}
        self.captured: dict[int, Any] = {}
        self.pending: dict[End, list[Any]] = {}
        self.owned: set[tuple[End, int]] = set()
        self.ready = Ready()

    def run(self, starts: Sequence[tuple[Any, Any]], wanted: Wanted | None = None) -> None:
        """Walk from `starts`, pairs of an edge and its cotangent. What is `wanted` ends up in `captured`."""
        order = survey([split_edge(edge)[0] for edge, _ in starts], self.consumers)
        if len(starts) == 1:
            self.root = split_edge(starts[0][0])[0]
        if wanted is not None:
            self.captures = wanted.captures
            self.needed = _needed(order, wanted)
            self.reached = {*self.needed, *self.captures}
            self.reached.add(self.root)
        for edge, cotangent in starts:
            self.arrive(edge, cotangent)
        heap, ready, visit = self.ready.heap, self.ready, self.visit
        while heap:
            visit(ready.pop() if len(heap) > 1 else heap.pop()[1])

    def runs(self, end: End) -> bool:
        """Whether this pass executes `end`, as PyTorch tells it: of the one root it says no."""
        if end is self.root or end not in self.consumers:
            return False
        return self.needed is None or end in self.needed or end in self.captures

    def order_ahead(self, visited: End) -> list[End]:
        """The ends that are still to run after hooks of `visited` return, itself first, in their order."""
        left, ready = dict(self.consumers), self.ready.copy()
        order: list[End] = []
        end = visited
        while True:
            order.append(end)
            for edge in _edges_of(end):
                if edge is None:
                    continue
                below = split_edge(edge)[0]
                left[below] -= 1
                if not left[below] and self.runs(below):
                    ready.push(_priority(below), below)
            if not ready.heap:
                return order
            end = ready.pop()

    def arrive(self, edge: Any, cotangent: Any) -> None:
        """Let one edge deliver its cotangent (or `None`) at its end, which is ready after the last."""
        end, nr = edge if edge.__class__ is tuple else (edge, 0)
        outputs = end._n_outputs
        if outputs == -1:
            end, outputs = end.variable, 0
        left = self.consumers[end] = self.consumers[end] - 1
        if self.reached is not None and end not in self.reached:
            return
        values = self.pending.get(end)
        if values is None:
            values = self.pending[end] = [None] * (outputs or 1)
        if cotangent is not None:
            shape, dtype = (end._shape, end._dtype) if outputs == 1 else value_at(end, nr)
            if self.traced or cotangent.shape != shape or cotangent.dtype is not dtype:
                cotangent = self.mend(cotangent, shape, dtype)
            if values[nr] is None:
                values[nr] = cotangent
            else:
                self._add(values, end, nr, cotangent)
        if not left:
            heap = self.ready.heap
            if heap:
                self.ready.push(end._seq if outputs else _LEAF_PRIORITY, end)
            else:  # most often nothing else is ready
                heap.append((end._seq if outputs else _LEAF_PRIORITY, end))

    def _add(self, values: list[Any], end: End, nr: int, cotangent: Any) -> None:
        if (end, nr) in self.owned:  # a sum made here: nobody else holds it
            values[nr] = np.add(values[nr], cotangent, out=values[nr])  # elsewhere if it becomes a batch
            return
        values[nr] = values[nr] + cotangent
        if values[nr].__class__ is ndarray:
            self.owned.add((end, nr))

    def visit(self, node: End) -> None:
        """Run a node, or store the gradient of a leaf, once all its cotangents are there."""
        values = self.pending.pop(node)
        outputs = node._n_outputs
        if not outputs:
            self._visit_leaf(node, values)
            return
        if self.needed is not None and node not in self.needed:
            if node._watched:
                values = engine_hooks.at_outputs(node, values, self.traced)
            self._capture(node, values)
            return
        if self.captures and node in self.captures:
            self._capture(node, values)
        if self.explains:
            found = anomaly.explained(node, self.record, self._found, node, values)
        elif node._watched:
            found = self._found(node, values)
        else:
            if outputs == 1 and values[0] is not None and not self.observed:
                if self.reached is None:
                    found = (node.vjp_traced if self.traced else node.vjp)(values[0], self.keep)
                else:
                    found = towards(node, self.reached, values[0], self.keep, self.traced)
            else:
                found = self._call(node, values)
            if node._hooks is not None:  # set while it ran, when its cotangents were let go of
                found = self._replaced(node, found, [None] * len(values))
        del values  # a cotangent that nobody else holds may be given to a leaf
        for edge, each in zip(node._edges, found):
            if edge is not None:
                self.arrive(edge, each)

    def _found(self, node: Node, values: list[Any]) -> Sequence[Any]:
        """What `node` returns for the cotangents `values` of its outputs, with all its hooks."""
        values = engine_hooks.at_outputs(node, values, self.traced)
        if node._prehooks is not None:
            values = engine_hooks.before_node(node, values, self.traced)
        found = self._call(node, values)
        return found if node._hooks is None else self._replaced(node, found, values)

    def _replaced(self, node: Node, found: Sequence[Any], values: list[Any]) -> Sequence[Any]:
        return engine_hooks.after_node(node, list(self._mended(node, found)), values, self.traced)

    def _call(self, node: Node, values: list[Any]) -> Sequence[Any]:
        if not node.runs_on_none and not any(value is not None for value in values):
            if not self.keep:
                release(node)
            return [None] * len(node._edges)
        vjp = node.vjp_traced if self.traced else node.vjp
        cotangent = values if node._n_outputs != 1 else values[0]
        return observers.visited(node, vjp, cotangent, self.keep)

    def _mended(self, node: Node, found: Sequence[Any]) -> Iterator[Any]:
        """What a node returned, as its hooks see it: in the shapes and dtypes of the inputs."""
        for edge, each in zip(node._edges, found):
            if edge is None or each is None:
                yield None
            else:
                end, nr = split_edge(edge)
                yield self.mend(each, *value_at(end, nr))

    def _visit_leaf(self, leaf: Any, values: list[Any]) -> None:
        if self.needed is not None and leaf not in self.needed:
            if leaf._hooks is not None:
                values[0] = engine_hooks.before_leaf(leaf, None, values[0], self.traced)
            self._capture(leaf, values)
            return
        accumulator = None if leaf._accumulator is None else leaf._accumulator()
        if leaf._hooks is not None or accumulator is not None:
            values[0] = engine_hooks.before_leaf(leaf, accumulator, values[0], self.traced)
        if self.observed:
            observers.visited(node_of(leaf), lambda *_: None, values[0], self.keep)
        if values[0] is not None:
            if self.traced:
                leaves.accumulate_traced(leaf, values[0])
            else:
                mine = values[0].__class__ is ndarray and leaves.is_sole(values, 0, leaf)
                leaves.accumulate(leaf, values[0], mine)
        if leaf._post_hooks is not None or (accumulator is not None and accumulator._hooks is not None):
            engine_hooks.after_leaf(leaf, accumulator, values[0])

    def _capture(self, end: End, values: list[Any]) -> None:
        for nr, positions in self.captures.get(end, {}).items():
            for position in positions:
                self.captured[position] = values[nr]


def survey(roots: Sequence[End], consumers: dict[End, int]) -> list[End]:
    """Count the edges that lead to each end reachable from `roots`; the ends, each after those that it leads to."""
    order: list[End] = []
    for root in roots:
        if root in consumers:
            consumers[root] += 1
            continue
        consumers[root] = 1
        stack = [(root, iter(_edges_of(root)))]
        while stack:
            end, edges = stack[-1]
            for edge in edges:
                if edge is None:
                    continue
                below = edge[0] if edge.__class__ is tuple else edge
                if below._n_outputs == -1:
                    below = below.variable
                if below in consumers:
                    consumers[below] += 1
                elif not below._n_outputs:
                    consumers[below] = 1
                else:
                    consumers[below] = 1
                    stack.append((below, iter(below._edges)))
                    break
            else:
                order.append(end)
                stack.pop()
    return order


def _priority(end: End) -> int:
    return _LEAF_PRIORITY if isinstance(end, TensorBase) else end._seq


def _edges_of(end: End) -> Sequence[Any]:
    return () if isinstance(end, TensorBase) else end._edges


def _needed(order: Sequence[End], wanted: Wanted) -> set[End]:
    """The ends that must run: the targets, and every node from which something wanted can be reached."""
    needed = set(wanted.targets)
    for end in order:
        for edge in _edges_of(end):
            if edge is not None:
                below = split_edge(edge)[0]
                if below in needed or below in wanted.captures:
                    needed.add(end)
                    break
    return needed
