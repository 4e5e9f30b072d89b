"""Writes that change history: the node that wrote becomes the newest of its memory, at the base where that is a view.

The base of a view gets the node `CopySlices`: it lays the cotangent of the base out in memory as the base lies, follows
the steps to the window that was written, hands that to the operator that wrote, and puts back what the operator returns.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.strides import element_strides, memory_of, offset_in_memory
from pullback.arrays.vocabulary import cast, strided, unbroadcast
from pullback.graph.node import RELEASED, Node, edge_of, next_sequence_number
from pullback.graph.overlap import check_no_overlap
from pullback.graph.steps import Steps, replay, replay_array
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.views import move_retained, refresh


class CopySlices(Node):
    """A write into a view, seen from the base: `fn` is the operator that wrote, `steps` lead to where it wrote."""

    __slots__ = ("_moment", "fn", "layout", "steps")

    fn: Node | None
    """The operator that wrote; `None` once the backward pass has let go of it."""
    steps: Steps
    _moment: int
    """How often the memory had been written to then: a view that is not asked before its base is detached leads here."""
    layout: tuple[int, tuple[int, ...], int] | None
    """How the base lies in memory if it does not fill it in C order: length of the memory, strides, first element.
    Where the steps give views of the base, they must of the cotangent too."""

    def vjp(self, grad: Any, keep: bool) -> Any:
        """Cotangents of the base before the write and of the other operands."""
        fn = self._writer(keep)
        if isinstance(grad, np.generic):  # a cotangent without axes, which nothing can be written into
            grad = np.array(grad)
        if grad.__class__ is not np.ndarray:
            through = grad.copy() if hasattr(grad, "copy") else np.array(grad)
        elif self.layout is None:
            through = np.array(grad, order="C")
        else:
            length, strides, start = self.layout
            memory = np.zeros(length, grad.dtype)
            through = strided(memory[start:], grad.shape, tuple(step * memory.itemsize for step in strides))
            check_no_overlap(through)
            through[...] = grad
        window = replay_array(through, self.steps)
        inner = fn.vjp(window.copy(), True)  # the derivative of a derivative may lead to it again
        if inner[0] is None:
            window[...] = 0
        else:
            value = cast(unbroadcast(inner[0], window.shape), window.dtype)
            if value.__class__ is not np.ndarray:
                through, window = _wide_enough(through, window, value, self.steps, replay_array)
            window[...] = value
        return (through, *inner[1:])

    def vjp_traced(self, grad: Any, keep: bool) -> Any:
        """The same on tensors, whose own in-place machinery records the derivative."""
        fn = self._writer(keep)
        if self.layout is None:
            through = grad.clone(memory_format="contiguous_format")
        else:
            length, strides, start = self.layout
            through = grad.new_zeros(length).as_strided(grad.shape, strides, start)
            through.copy_(grad)
        window = replay(through, self.steps)
        inner = fn.vjp_traced(window.clone(), True)
        if inner[0] is None:
            window.zero_()
        else:
            through, window = _wide_enough(through, window, inner[0], self.steps, replay)
            window.copy_(inner[0])
        return (through, *inner[1:])

    def _writer(self, keep: bool) -> Node:
        fn = self.fn
        if fn is None:
            RELEASED._array  # noqa: B018  raises
        elif not keep:
            self.fn = None
        return fn  # type: ignore[return-value]


def _wide_enough(through: Any, window: Any, value: Any, steps: Steps, follow: Any) -> tuple[Any, Any]:
    """Memory and window for a `value` that may differ between the examples of a batch where they do not."""
    held, given = getattr(window, "_array", window), getattr(value, "_array", value)
    if not hasattr(given, "batch_size"):
        return through, window
    from pullback.arrays.batched import words

    if not words.is_wider(given, held):
        return through, window
    nothing = words.nothing_beside(given, held.dtype)
    through = through + (nothing if through is getattr(through, "_array", through) else wrap(nothing))
    return through, follow(through, steps)


def _layout(array: Any) -> tuple[int, tuple[int, ...], int] | None:
    if not isinstance(array, np.ndarray):
        return None
    if array.flags.c_contiguous and (array.base is None or memory_of(array).size == array.size):
        return None
    return memory_of(array).size, element_strides(array), offset_in_memory(array)


def rebase(target: TensorBase, node: Node, output_nr: int = 0) -> None:
    """Make `node`, which wrote into the memory of `target`, the newest history of that memory."""
    view = target._view
    if view is None:
        move_retained(target, node, output_nr)
        target._maker = node
        target._output_nr = output_nr
        target._requires_grad = True
        return
    base = view.base
    copy = CopySlices()
    copy._seq = next_sequence_number()
    copy._code, copy._offset = node._code, node._offset
    copy._shape = base._array.shape
    copy._dtype = base._array.dtype
    copy.fn = node
    copy.layout = _layout(base._array)
    copy.steps = view.steps
    copy._moment = view.counter.version()
    copy._edges = (edge_of(base), *node._edges[1:])
    move_retained(base, copy, 0)
    base._maker = copy
    base._output_nr = 0
    base._requires_grad = True
    target._requires_grad = True
    if target._retains_grad:
        refresh(target)
    else:  # out of date, which whoever asks will see; until then it stands for a history of some kind
        target._maker, target._output_nr = copy, 0
