"""Who wrote into memory: a counter that a tensor shares with its views.

Most tensors are never written to, so a counter is made when the first view, detached twin or in-place write
asks for one; until then the version is 0. A tensor made in inference mode has a counter that cannot count: whatever
needs its version (a view, a node that saves it, a write outside the mode) finds that out without having to ask first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullback.graph.modes import INFERENCE as INFERENCE_MODE, get_mode

if TYPE_CHECKING:
    from pullback.graph.tensor_base import TensorBase


class VersionCounter:
    """How often the memory behind a family of views was written to.

    `value` also moves on when the base of the family begins or ceases to require grad, so that its views notice; the
    values at which that happened are in `flips`, and no writes.
    """

    __slots__ = ("flips", "value")

    def __init__(self) -> None:
        self.value = 0
        self.flips: tuple[int, ...] = ()

    def version(self, value: int | None = None) -> int:
        """How many writes there were until the counter stood at `value`: until now by default."""
        if value is None:
            value = self.value
        return value - sum(1 for each in self.flips if each <= value)

    def write(self) -> None:
        """Record one write."""
        self.value += 1

    def flip(self) -> None:
        """Let views notice that their base has changed without a write."""
        self.value += 1
        self.flips += (self.value,)


class InferenceCounter(VersionCounter):
    """The counter of tensors made in inference mode: their version cannot be told."""

    __slots__ = ()

    def __init__(self) -> None:
        pass

    @property
    def value(self) -> int:  # type: ignore[override]
        """Raises."""
        raise RuntimeError("Inference tensors do not track version counter.")

    def write(self) -> None:
        """Raises outside inference mode."""
        if not get_mode() & INFERENCE_MODE:
            raise RuntimeError(NO_INFERENCE_WRITE)

    def flip(self) -> None:
        """There are no views to notice."""


NO_INFERENCE_WRITE = (
    "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal "
    "tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
)
NO_INFERENCE_SAVE = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation "
    "tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or use "
    "`torch.no_grad()` instead of `torch.inference_mode()`."
)
INFERENCE = InferenceCounter()
"""The one counter of all inference tensors."""


def counter_of(tensor: TensorBase) -> VersionCounter:
    """The counter of `tensor`, made now if nobody asked before.

    The node that made the tensor may have kept the bare result array, whose version it cannot see; it is told.
    """
    counter = tensor._counter
    if counter is None:
        node = tensor._maker
        if node is not None and node._result_counters and tensor._output_nr in node._result_counters:
            counter = tensor._counter = node._result_counters[tensor._output_nr][0]  # made for the value when shown
            return counter
        counter = tensor._counter = VersionCounter()
        if node is not None:
            node.watch_result(tensor._output_nr, counter, 0)
    return counter


def version(tensor: TensorBase) -> int:
    """How often the memory of `tensor` was written to in place."""
    return 0 if tensor._counter is None else tensor._counter.version()


def saved_version(tensor: TensorBase) -> int:
    """Where the counter of `tensor`, which has one, stands as a node saves it. Raises for an inference tensor."""
    if tensor._inference:
        raise RuntimeError(NO_INFERENCE_SAVE)
    assert tensor._counter is not None
    return tensor._counter.value


def bump(tensor: TensorBase) -> None:
    """Record one write into the memory of `tensor`."""
    counter_of(tensor).write()
