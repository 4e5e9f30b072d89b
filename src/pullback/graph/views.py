"""Memory seen twice: views, writes in place, and the history that both must agree on.

An operator only says that it is a view. The dispatcher then gives its result the version counter of its source and
a record: the tensor at the bottom of the chain (the base) and the steps that lead from there. ::

    base ──t()──► a ──[1:]──► b          b._view = View(base, steps=(t, [1:]))

A write into ``b`` changes the base, so the history must change at the base: it becomes the node `CopySlices`, which
cuts the cotangent of the base open along the steps, hands that window to the operator that wrote, and puts back what
the operator returns. Views made earlier notice, by the version counter, that their ``grad_fn`` is out of date, and
replay their steps from the base when somebody asks (`refresh`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import cast, unbroadcast
from pullback.graph.modes import FORWARD, INFERENCE, NO_GRAD, SAVED_HOOKS, switched
from pullback.graph.node import Node, edge_of, next_sequence_number
from pullback.graph.tensor_base import TensorBase
from pullback.graph.versions import VersionCounter, counter_of

ORDINARY, IN_NO_GRAD, ONE_OF_MANY = "ordinary", "made in no_grad mode", "one of several outputs"


class View:
    """How a tensor sees its base: the steps from there, and the version at which its ``grad_fn`` was right."""

    __slots__ = ("base", "counter", "creation", "seen", "steps")

    def __init__(self, base: TensorBase, steps: tuple[Any, ...], counter: VersionCounter, creation: str) -> None:
        self.base = base
        self.steps = steps
        self.counter = counter
        self.seen = counter.value
        self.creation = creation


def attach_view(
    result: TensorBase, source: TensorBase, operator: Any, arguments: tuple[Any, ...], mode: int, nr: int | None = None
) -> None:
    """Record that `result` is what `operator` shows of the memory of `source`."""
    counter = source._counter or counter_of(source)
    result._counter = counter
    step = (operator, arguments, nr)
    creation = ORDINARY if nr is None else ONE_OF_MANY
    parent = source._view
    if mode and creation == ORDINARY:
        creation = IN_NO_GRAD
    if parent is None:
        result._view = View(source, (step,), counter, creation)
    else:
        if creation == ORDINARY:
            creation = parent.creation
        result._view = View(parent.base, (*parent.steps, step), counter, creation)


def replay(base: Any, steps: tuple[Any, ...]) -> Any:
    """Follow `steps` from the tensor `base`."""
    for operator, arguments, nr in steps:
        base = operator.function(base, *arguments)
        if nr is not None:
            base = base[nr]
    return base


def replay_array(array: Any, steps: tuple[Any, ...]) -> Any:
    """Follow `steps` from a raw array."""
    for operator, arguments, nr in steps:
        array = operator.forward(array, *arguments)
        if nr is not None:
            array = array[nr]
    return array


def refresh(tensor: TensorBase) -> None:
    """Bring the place in the graph of a view up to date with the writes into its base."""
    view = tensor._view
    if view is None or view.seen == view.counter.value:
        return
    if view.base._requires_grad and view.creation == ORDINARY and not (tensor._requires_grad and not tensor._grad_fn):
        with switched(off=NO_GRAD | INFERENCE | FORWARD | SAVED_HOOKS):
            now = replay(view.base, view.steps)
        tensor._grad_fn = now._grad_fn
        tensor._output_nr = now._output_nr
        tensor._requires_grad = now._requires_grad
    view.seen = view.counter.value


class CopySlices(Node):
    """A write into a view, seen from the base: `fn` is the operator that wrote, `steps` lead to where it wrote."""

    __slots__ = ("fn", "order", "steps")

    fn: Node
    steps: tuple[Any, ...]
    order: tuple[int, ...]
    """The axes of the base as they lie in memory: where the steps give views of it, they must of the cotangent too."""

    def vjp(self, grad: Any, keep: bool) -> Any:
        """Cotangents of the base before the write and of the other operands."""
        through = np.array(grad.transpose(self.order), order="C").transpose(np.argsort(self.order))
        window = replay_array(through, self.steps)
        inner = self.fn.vjp(window.copy(), keep)
        if inner[0] is None:
            window[...] = 0
        else:
            window[...] = cast(unbroadcast(inner[0], window.shape), window.dtype)
        return (through, *inner[1:])

    def vjp_traced(self, grad: Any, keep: bool) -> Any:
        """The same on tensors, whose own in-place machinery records the derivative."""
        back = tuple(int(axis) for axis in np.argsort(self.order))
        through = grad.permute(self.order).contiguous().clone().permute(back)
        window = replay(through, self.steps)
        inner = self.fn.vjp_traced(window.clone(), keep)
        if inner[0] is None:
            window.zero_()
        else:
            window.copy_(inner[0])
        return (through, *inner[1:])


def _memory_order(array: Any) -> tuple[int, ...]:
    """The axes from the widest stride to the narrowest."""
    if array.__class__ is not np.ndarray or array.flags.c_contiguous:
        return tuple(range(array.ndim))
    return tuple(sorted(range(array.ndim), key=lambda axis: -array.strides[axis]))


def rebase(target: TensorBase, node: Node, output_nr: int = 0) -> None:
    """Make `node`, which wrote into the memory of `target`, the newest history of that memory."""
    view = target._view
    if view is None:
        _move_retained(target, node, output_nr)
        target._grad_fn = node
        target._output_nr = output_nr
        target._requires_grad = True
        return
    base = view.base
    copy = CopySlices()
    copy.seq = next_sequence_number()
    copy.code, copy.offset = node.code, node.offset
    copy.shape = base._array.shape
    copy.dtype = base._array.dtype
    copy.fn = node
    copy.order = _memory_order(base._array)
    copy.steps = view.steps
    copy.edges = (edge_of(base), *node.edges[1:])
    _move_retained(base, copy, 0)
    base._grad_fn = copy
    base._output_nr = 0
    base._requires_grad = True


def _move_retained(target: TensorBase, node: Node, output_nr: int) -> None:
    """A tensor that retains its gradient retains that of its newest value."""
    old = target._grad_fn
    if target._retains_grad and old is not None and old.retained and target._output_nr in old.retained:
        kept = old.retained.pop(target._output_nr)
        node.retained = {**(node.retained or {}), output_nr: kept}
        node.watched = True
