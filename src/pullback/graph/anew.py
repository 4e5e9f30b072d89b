"""The newest history of a view whose base was written to: its steps, taken anew from the base.

PyTorch shows such a view as one window on the memory of its base, whatever its steps were, so steps that read the memory
alike become one node. What reads complex numbers as pairs, pairs as complex numbers, or conjugates, stays a node of its
own, and so does each step after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pullback.arrays.mirrored import reading
from pullback.graph.mending import mend, mend_traced
from pullback.graph.modes import FORWARD, INFERENCE, NO_GRAD, SAVED_HOOKS, switched
from pullback.graph.node import Node, edge_of, next_sequence_number, split_edge
from pullback.graph.steps import Steps, replay, replay_array
from pullback.graph.tensor_base import TensorBase, at_node, wrap

if TYPE_CHECKING:
    from pullback.graph.views import View


def made_anew(view: View, last: Any) -> tuple[Node, int]:
    """The node that a view leads to, which `last` did, and the number of its output there."""
    base = view.base
    if not base._requires_grad and getattr(last, "_moment", None) == view.counter.version():
        base = at_node(base._array, last, 0)  # written through the view, then detached
    run: tuple[Any, ...] = ()
    with switched(off=NO_GRAD | INFERENCE | FORWARD | SAVED_HOOKS):
        if not base._requires_grad:
            return AsStridedBackward0(base, view.steps), 0
        shown, array, changed = base, base._array, False
        for step in view.steps:
            before, array = reading(array), replay_array(array, (step,))
            if reading(array) != before:
                shown, run, changed = replay(_seen_through(shown, run), (step,)), (), True
            elif changed:
                shown = _seen_through(shown, (step,))
            else:
                run = (*run, step)
        shown = _seen_through(shown, run)
    assert shown._maker is not None
    return shown._maker, shown._output_nr


def _seen_through(tensor: TensorBase, steps: Steps) -> TensorBase:
    """What `steps` show of `tensor`, at one node."""
    if not steps:
        return tensor
    shown = replay_array(tensor._array, steps)
    return at_node(shown, AsStridedBackward0(tensor, steps), 0)  # type: ignore[no-any-return]


class AsStridedBackward0(Node):
    """Several steps as one node: a window on the memory of what the first of them saw."""

    __slots__ = ("chain",)

    chain: tuple[tuple[Node, int, tuple[int, ...], Any], ...]
    """The nodes of the steps, newest first: the number of the output gone on from, shape and dtype of the input."""

    def __init__(self, source: TensorBase, steps: Steps) -> None:
        chain = []
        shown: Any = wrap(source._array)
        for step in steps:
            start = wrap(shown._array, requires_grad=True)
            shown = replay(start, (step,))
            node, nr = split_edge(edge_of(shown))
            chain.append((node, nr, start._array.shape, start._array.dtype))
        self.chain = tuple(reversed(chain))
        self._seq = next_sequence_number()
        self._shape, self._dtype = shown._array.shape, shown._array.dtype
        self._edges = (edge_of(source),)

    def vjp(self, grad: Any, keep: bool) -> Any:
        """The cotangent of what the first step saw."""
        for node, nr, shape, dtype in self.chain:
            (grad,) = node.vjp(_at_output(grad, node, nr), True)
            grad = mend(grad, shape, dtype)
        return (grad,)

    def vjp_traced(self, grad: Any, keep: bool) -> Any:
        """The same on tensors."""
        for node, nr, shape, dtype in self.chain:
            (grad,) = node.vjp_traced(_at_output(grad, node, nr), True)
            grad = mend_traced(grad, shape, dtype)
        return (grad,)


def _at_output(grad: Any, node: Node, nr: int) -> Any:
    return grad if node._n_outputs == 1 else [grad if each == nr else None for each in range(node._n_outputs)]
