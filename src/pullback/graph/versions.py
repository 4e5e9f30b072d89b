"""Who wrote into memory: a counter that a tensor shares with its views.

Most tensors are never written to, so a counter is made when the first view, detached twin or in-place write
asks for one; until then the version is 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pullback.graph.tensor_base import TensorBase


class VersionCounter:
    """How often the memory behind a family of views was written to."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


def counter_of(tensor: TensorBase) -> VersionCounter:
    """The counter of `tensor`, made now if nobody asked before.

    The node that made the tensor may have kept the bare result array, whose version it cannot see; it is told.
    """
    counter = tensor._counter
    if counter is None:
        counter = tensor._counter = VersionCounter()
        if tensor._grad_fn is not None:
            tensor._grad_fn.watch_result(tensor._output_nr, counter, 0)
    return counter


def version(tensor: TensorBase) -> int:
    """How often the memory of `tensor` was written to in place."""
    return 0 if tensor._counter is None else tensor._counter.value


def bump(tensor: TensorBase) -> None:
    """Record one write into the memory of `tensor`."""
    counter_of(tensor).value += 1
