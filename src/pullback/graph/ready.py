"""The queue of nodes that are ready to run: newest first, ties in PyTorch's order.

All AccumulateGrad nodes carry the same, highest number, so programs can see how ties are broken (in which order the
hooks of parameters run). PyTorch keeps the queue in a binary heap of C++'s standard library; this is that heap.
"""

from __future__ import annotations

from typing import Any

Task = tuple[int, Any]
"""A priority and what is ready."""


class Ready:
    """A max-heap by priority with the sift order of ``std::push_heap`` and ``std::pop_heap``."""

    __slots__ = ("heap",)

    def __init__(self, heap: list[Task] | None = None) -> None:
        self.heap = [] if heap is None else heap

    def push(self, priority: int, item: Any) -> None:
        """Add `item`."""
        heap = self.heap
        heap.append((priority, item))
        if len(heap) > 1:
            self._sift_up(len(heap) - 1, (priority, item))

    def pop(self) -> Any:
        """Take out the item of highest priority."""
        heap = self.heap
        last = heap.pop()
        if not heap:
            return last[1]
        top = heap[0][1]
        self._sift_up(self._sink_hole(len(heap)), last)
        return top

    def copy(self) -> Ready:
        """A queue of the same items, in the same order."""
        return Ready(list(self.heap))

    def _sink_hole(self, length: int) -> int:
        """Move a hole from the top to a leaf of the heap, along the greater child (the right one of equals)."""
        heap, hole = self.heap, 0
        while 2 * hole + 2 < length:
            child = 2 * hole + 2
            if heap[child][0] < heap[child - 1][0]:
                child -= 1
            heap[hole], hole = heap[child], child
        if 2 * hole + 1 < length:
            heap[hole], hole = heap[2 * hole + 1], 2 * hole + 1
        return hole

    def _sift_up(self, hole: int, item: Task) -> None:
        heap = self.heap
        while hole and heap[(hole - 1) // 2][0] < item[0]:
            heap[hole], hole = heap[(hole - 1) // 2], (hole - 1) // 2
        heap[hole] = item
