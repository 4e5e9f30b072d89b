"""The backward pass: from the newest node to the oldest, one loop.

A node's sequence number is higher than that of every node its edges lead to, so taking the highest number among the
pending nodes meets each node after all its consumers, without counting dependencies first. ::

    pending = {root: its cotangent}
    while there is a newest node:  cotangents = node.vjp(its cotangent)
                                   each is mended to its edge's shape and dtype and added to what is pending there

The newest node stays in a variable, the others wait in a heap: most nodes never enter it.

On the fast path everything is a raw array. With ``create_graph=True`` the same loop carries tensors, so the
derivative records a graph of its own. A leaf's cotangent is stored when the loop ends: an error on the way leaves
every ``.grad`` as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from sys import getrefcount
from threading import Lock
from typing import Any

import numpy as np

from pullback.arrays.vocabulary import cast, expand, filled, unbroadcast
from pullback.graph import anomaly, engine_hooks
from pullback.graph.modes import FORWARD, NO_GRAD, current_mode, set_mode, switched
from pullback.graph.node import Node, edge_of, split_edge
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.versions import bump
from pullback.graph.views import refresh

ndarray = np.ndarray
_accumulating = Lock()


def mend(cotangent: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """The cotangent in the shape and dtype of the value it belongs to.

    Axes that were broadcast are summed, missing ones repeated; of a complex cotangent for a real value the real
    part counts. This is the one place that knows, so no rule has to.
    """
    found = cotangent.shape
    if found != shape:
        if not found and isinstance(cotangent, np.generic):
            cotangent = filled(cotangent, shape)
        elif len(found) >= len(shape):
            cotangent = unbroadcast(cotangent, shape)
        if cotangent.shape != shape:
            cotangent = expand(cotangent, shape)
    if cotangent.dtype is not dtype and cotangent.dtype != dtype:
        cotangent = cast(cotangent, dtype)
    return cotangent


def mend_traced(cotangent: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """`mend` on tensors, by operators that record."""
    if not isinstance(cotangent, TensorBase):
        cotangent = wrap(np.asarray(cotangent))
    array = cotangent._array
    if array.shape == shape and array.dtype == dtype:
        return cotangent
    if array.shape != shape:
        if array.ndim >= len(shape):
            cotangent = unbroadcast(cotangent, shape)
        if cotangent._array.shape != shape:
            cotangent = expand(cotangent, shape)
    return cast(cotangent, dtype) if cotangent._array.dtype != dtype else cotangent


class Task:
    """One backward pass: what it was asked for and what it has found so far."""

    __slots__ = (
        "by_seq", "captured", "captures", "caught", "heap", "keep", "leaves", "needed", "owned", "pending", "traced",
    )  # fmt: skip

    def __init__(self, keep: bool, traced: bool, captures: dict[Any, list[int]] | None, needed: Any) -> None:
        self.keep = keep
        self.traced = traced
        self.captures = captures
        self.caught = {end for end, _ in captures if isinstance(end, Node)} if captures else ()
        self.captured: dict[int, Any] = {}
        self.needed = needed
        """The nodes that lead to a capture: with `caught`, the only ones worth a cotangent. `None` for all."""
        self.heap: list[int] = []
        self.by_seq: dict[int, Node] = {}
        self.pending: dict[int, Any] = {}
        self.owned: set[int] = set()
        self.leaves: dict[TensorBase, Any] = {}

    def arrive(self, end: Any, nr: int, cotangent: Any) -> None:
        """Add a cotangent to what is pending at one end of an edge: any end, where `run` knows the common ones."""
        fit = mend_traced if self.traced else mend
        if isinstance(end, TensorBase):
            if self.captures is None or (end, 0) in self.captures:
                cotangent = fit(cotangent, end._array.shape, end._array.dtype)
                before = self.leaves.get(end)
                self.leaves[end] = cotangent if before is None else before + cotangent
        elif self.needed is None or end in self.needed or end in self.caught:
            many = end.n_outputs != 1
            cotangent = fit(cotangent, *((end.shape[nr], end.dtype[nr]) if many else (end.shape, end.dtype)))
            key = -end.seq
            if key not in self.by_seq:
                heappush(self.heap, key)
                self.by_seq[key] = end
                self.pending[key] = [None] * end.n_outputs if many else cotangent
                if many:
                    self.pending[key][nr] = cotangent
            elif many:
                before = self.pending[key][nr]
                self.pending[key][nr] = cotangent if before is None else before + cotangent
            else:
                self.add(self.pending, key, cotangent)

    def add(self, place: dict[Any, Any], key: Any, cotangent: Any) -> None:
        """Add to a cotangent in `place`: into its own memory if it is a sum made here, which nobody else holds."""
        if key in self.owned:
            np.add(place[key], cotangent, out=place[key])
        else:
            total = place[key] = place[key] + cotangent
            if total.__class__ is ndarray:
                self.owned.add(key)

    def run(self, node: Any = None, cotangent: Any = None) -> None:
        """Visit every node that a cotangent reaches, newest first, starting with `node` and what `arrive` brought."""
        heap, by_seq, pending, leaves = self.heap, self.by_seq, self.pending, self.leaves
        keep, traced, needed, captures = self.keep, self.traced, self.needed, self.captures
        fit = mend_traced if traced else mend
        watch = bool(self.caught) or anomaly.watching()
        while True:
            if node is None:
                if not heap:
                    return
                key = heappop(heap)
                node = by_seq.pop(key)
                cotangent = pending.pop(key)
            if watch or node.watched:
                cotangent, found = self._watched(node, cotangent)
            elif traced:
                found = node.vjp_traced(cotangent, keep)
            else:
                found = node.vjp(cotangent, keep)
            edges, node = node.edges, None
            for end, each in zip(edges, found):
                if end is None or each is None:
                    continue
                outputs = 2 if end.__class__ is tuple else end.n_outputs
                if outputs == 1:
                    if needed is not None and end not in needed and end not in self.caught:
                        continue
                    if traced or each.shape != end.shape or each.dtype is not end.dtype:
                        each = fit(each, end.shape, end.dtype)
                    key = -end.seq
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
                    if captures is not None and (end, 0) not in captures:
                        continue
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
                    self.arrive(*split_edge(end), each)

    def _watched(self, node: Node, cotangent: Any) -> tuple[Any, Any]:
        """Visit a node that has hooks, or whose cotangent was asked for."""
        traced = self.traced
        if node.watched:
            cotangent = engine_hooks.before(node, cotangent, traced)
        if node in self.caught:
            self._capture(node, cotangent)
            if node not in self.needed:
                return cotangent, ()
        found = (node.vjp_traced if traced else node.vjp)(cotangent, self.keep)
        if node.hooks is not None:
            found = engine_hooks.after(node, found, cotangent, traced)
        if anomaly.watching():
            anomaly.check(node, found)
        return cotangent, found

    def _capture(self, node: Node, cotangent: Any) -> None:
        assert self.captures is not None
        for nr in range(node.n_outputs):
            for position in self.captures.get((node, nr), ()):
                self.captured[position] = cotangent if node.n_outputs == 1 else cotangent[nr]


def backward(
    outputs: Sequence[TensorBase],
    cotangents: Sequence[Any],
    *,
    keep: bool,
    create_graph: bool,
    inputs: Sequence[TensorBase] | None = None,
) -> None:
    """Accumulate the gradients of `outputs` into the leaves (or into `inputs` only)."""
    if inputs is None:
        _launch(outputs, cotangents, keep, create_graph, None, None, store=True)
        return
    found = gradients(outputs, cotangents, inputs, keep=keep, create_graph=create_graph, allow_unused=True)
    for tensor, gradient in zip(inputs, found):
        if gradient is not None:
            with switched(on=0 if create_graph else NO_GRAD):
                accumulate(tensor, gradient if create_graph else gradient._array.copy(), create_graph)


def backward_from(node: Node, cotangent: Any, keep: bool) -> None:
    """`backward` from one node of one output on raw arrays, which is what ``loss.backward()`` asks for."""
    task = Task(keep, False, None, None)
    mode = current_mode()
    set_mode(NO_GRAD)
    try:
        task.run(node, cotangent)
        _store_leaves(task.leaves, False)
    finally:
        set_mode(mode)


def gradients(
    outputs: Sequence[Any],
    cotangents: Sequence[Any],
    inputs: Sequence[Any],
    *,
    keep: bool = False,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> list[Any]:
    """Gradients of `outputs` with respect to `inputs`, as tensors; `None` where there is no path."""
    captures: dict[Any, list[int]] = {}
    for position, tensor in enumerate(inputs):
        edge = _fresh_edge(tensor)
        if edge is not None:
            captures.setdefault(split_edge(edge), []).append(position)
    needed = nodes_leading_to(captures, [_fresh_edge(t) for t in outputs])
    task = _launch(outputs, cotangents, keep or create_graph, create_graph, captures, needed)
    for (end, _), positions in captures.items():
        if isinstance(end, TensorBase) and end in task.leaves:
            value = engine_hooks.at_leaf(end, task.leaves[end], task.traced)
            for position in positions:
                task.captured[position] = value
    found: list[Any] = []
    for position in range(len(inputs)):
        value = task.captured.get(position)
        found.append(value if value is None or isinstance(value, TensorBase) else wrap(value))
    return found


def _fresh_edge(tensor: Any) -> Any:
    if isinstance(tensor, tuple):
        return tensor
    if tensor._view is not None:
        refresh(tensor)
    return edge_of(tensor)


def nodes_leading_to(captures: dict[Any, list[int]], roots: Sequence[Any]) -> set[Node]:
    """The nodes from which some captured edge can be reached, so that nothing else is computed."""
    needed: set[Node] = set()
    targets = {end for end, _ in captures}
    known: dict[Any, bool] = {}
    stack: list[tuple[Any, bool]] = [(split_edge(edge)[0], False) for edge in roots if edge is not None]
    while stack:
        end, done = stack.pop()
        if isinstance(end, TensorBase):
            known[end] = end in targets
        elif done:
            below = any(known.get(split_edge(edge)[0], False) for edge in end.edges if edge is not None)
            if below:
                needed.add(end)
            known[end] = below or end in targets
        elif end not in known:
            known[end] = False
            stack.append((end, True))
            ends = [split_edge(edge)[0] for edge in end.edges if edge is not None]
            stack.extend((each, False) for each in ends if each not in known)
    return needed


def _launch(
    outputs: Sequence[Any],
    cotangents: Sequence[Any],
    keep: bool,
    create_graph: bool,
    captures: dict[Any, list[int]] | None,
    needed: set[Node] | None,
    store: bool = False,
) -> Task:
    """Start at the outputs and run; store what arrives at the leaves if asked."""
    mode = current_mode()
    forward = 0 if store else mode & FORWARD  # tangents of gradients travel; `.grad` has none
    traced = create_graph or bool(forward)
    task = Task(keep, traced, captures, needed)
    set_mode((0 if create_graph else NO_GRAD) | forward)
    try:
        for output, cotangent in zip(outputs, cotangents):
            edge = _fresh_edge(output)
            if edge is not None:
                task.arrive(*split_edge(edge), cotangent if traced else cotangent._array)
        task.run()
        if store:
            _store_leaves(task.leaves, create_graph)
    finally:
        set_mode(mode)
    return task


def _store_leaves(leaves: dict[TensorBase, Any], create_graph: bool) -> None:
    """Pass what arrived at each leaf through its hooks and add it to ``.grad``."""
    for leaf in list(leaves):
        cotangent = leaves.pop(leaf)
        if leaf._hooks is not None or leaf._accumulator is not None:
            cotangent = engine_hooks.at_leaf(leaf, cotangent, create_graph)
        # An array that only this function holds may be given away.
        mine = cotangent.__class__ is ndarray and getrefcount(cotangent) == 2 and cotangent.base is None
        accumulate(leaf, cotangent, create_graph, mine and cotangent.flags.c_contiguous)
        if leaf._post_hooks is not None:
            engine_hooks.after_leaf(leaf)


def accumulate(leaf: Any, cotangent: Any, create_graph: bool, mine: bool = False) -> None:
    """Add `cotangent` (an array, or a tensor with `create_graph`) to the gradient of `leaf`."""
    if not leaf._requires_grad:
        return
    with _accumulating:
        before = leaf._grad
        if create_graph:
            leaf._grad = cotangent if before is None else before + cotangent
        elif before is None:
            scalar = cotangent.__class__ is not ndarray and isinstance(cotangent, np.generic)
            leaf._grad = wrap(cotangent if mine or scalar else _copy_like(cotangent, leaf._array))
        elif before._requires_grad or before._array.__class__ is not ndarray or 0 in before._array.strides:
            leaf._grad = wrap(before._array + cotangent)
        else:
            np.add(before._array, cotangent, out=before._array)
            bump(before)


def _copy_like(array: Any, leaf_array: Any) -> Any:
    """A copy in the memory layout of the leaf where that is dense, else in C order."""
    if array.__class__ is ndarray and leaf_array.__class__ is ndarray and not leaf_array.flags.c_contiguous:
        copy = np.empty_like(leaf_array, subok=False)
        if copy.strides == leaf_array.strides:
            copy[...] = array
            return copy
    return np.array(array, order="C")
