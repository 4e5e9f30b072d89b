"""Which backward pass is running in this thread, and at which node.

The pass keeps no record of that: the frames of the engine on the stack are the record, and whoever asks reads them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from types import FrameType
from typing import Any

from pullback.graph import engine
from pullback.graph.node import Node, node_of, split_edge
from pullback.graph.tensor_base import TensorBase
from pullback.graph.walk import Pass, Walk

multithreading: ContextVar[bool] = ContextVar("backward passes may use threads", default=True)

_RUNS = {engine.Task.run.__code__, Walk.run.__code__, Pass.call_back.__code__}
_VISITS = {engine.Task.run.__code__, Walk.visit.__code__}


def _nearest(codes: set[Any]) -> FrameType | None:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code not in codes:
        frame = frame.f_back
    return frame


def task() -> Any:
    """The innermost pass that is running in this thread, or `None`."""
    frame = _nearest(_RUNS)
    return None if frame is None else frame.f_locals["self"]


def node() -> Node | None:
    """The node that is running in this thread, or `None`."""
    frame = _nearest(_VISITS)
    end = None if frame is None else frame.f_locals["node"]
    return None if end is None else node_of(end)


def task_id() -> int:
    """The number of the pass that is running, -1 outside."""
    found = task()
    return -1 if found is None else found.id


def will_run(node: Any) -> bool:
    """Whether the running pass executes `node`. ``RuntimeError`` outside of one."""
    if not isinstance(node, Node):
        raise RuntimeError(f"_will_engine_execute_node expects an grad_fn, but got {type(node).__name__}")
    found = task()
    if found is None:
        raise RuntimeError("_get_should_execute_nodes should only be called during the backward pass")
    end = split_edge(node)[0]
    if not isinstance(found, Walk):
        return found.needed is None or end in found.needed
    if (
        isinstance(end, TensorBase)
        and end in found.captures
        and end in found.consumers
        and end is not found.root
        and (found.needed is None or end not in found.needed)
    ):
        raise RuntimeError(
            "A leaf node was passed to _will_engine_execute_node but we are currently running autograd.grad(). This is "
            "currently not supported."
        )
    return found.runs(end)


def execution_order() -> Sequence[Node]:
    """The nodes that the running pass has still to run, in their order. ``RuntimeError`` outside of one."""
    found = task()
    if found is None:
        raise RuntimeError("_current_graph_task_execution_order should only be called during the backward pass")
    if multithreading.get():
        raise RuntimeError(
            "get_current_graph_task_execution_order expects the current backward to be executed with multithreading "
            "disabled, e.g. by running:\n\n>>> with torch.autograd.set_multithreading_enabled(False):\n"
            "...     torch.autograd.backward(...)\n"
        )
    return [node_of(end) for end in found.order_ahead(_visited())]


def _visited() -> Any:
    frame = _nearest(_VISITS)
    return None if frame is None else frame.f_locals["node"]


def queue_callback(callback: Callable[[], object]) -> None:
    """Call `callback` at the end of the running pass. ``RuntimeError`` outside of one."""
    found = task()
    if found is None:
        raise RuntimeError("Final callbacks can only be installed during backward pass.")
    found.callbacks.append(callback)
