"""One hook for the gradients of several tensors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from pullback.graph import running
from pullback.graph.hooks import RemovableHandle
from pullback.graph.node import node_of


class _MultiHandle(RemovableHandle):
    """Takes back the hooks of all the tensors."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        """Take the hooks back; a second call does nothing."""
        for handle in self.handles:
            handle.remove()

    def __getstate__(self) -> Any:
        return self.handles

    def __setstate__(self, state: Any) -> None:
        self.handles = state


def register_multi_grad_hook(tensors: Sequence[Any], fn: Callable[..., Any], *, mode: str = "all") -> RemovableHandle:
    """Call ``fn(grads)`` once all gradients of `tensors` that a pass computes are known, or ``fn(grad)`` at the first
    of them with mode ``"any"``.

    `grads` has one entry for each tensor, `None` for those that the pass does not reach.

    >>> import pullback as torch
    >>> x, y = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
    >>> handle = torch.autograd.graph.register_multi_grad_hook((x, y), print)
    >>> (x * 2).sum().backward()
    [tensor([2.]), None]
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    if mode == "any":
        tensors = [each for each in tensors if each.requires_grad]
    hooks = _all_hooks(tensors, fn) if mode == "all" else _any_hooks(tensors, fn)
    return _MultiHandle([tensor.register_hook(hook) for tensor, hook in zip(tensors, hooks)])


def _all_hooks(tensors: Sequence[Any], fn: Callable[..., Any]) -> list[Callable[[Any], None]]:
    nodes = [_node_behind(tensor) for tensor in tensors]
    found: dict[int, dict[int, Any]] = {}
    expected: dict[int, int] = {}
    lock = threading.Lock()

    def hook_for(position: int) -> Callable[[Any], None]:
        def hook(grad: Any) -> None:
            task = running.task_id()
            with lock:
                if task not in found:
                    found[task] = {}
                    expected[task] = sum(map(running.will_run, nodes))
                found[task][position] = grad
                complete = len(found[task]) == expected[task]
                grads = [found[task].get(each) for each in range(len(nodes))]
                if complete:
                    del found[task], expected[task]
            if complete:
                fn(grads)

        return hook

    return [hook_for(position) for position in range(len(tensors))]


def _any_hooks(tensors: Sequence[Any], fn: Callable[..., Any]) -> list[Callable[[Any], None]]:
    lock = threading.Lock()
    done = -1

    def hook(grad: Any) -> None:
        nonlocal done
        task = running.task_id()
        with lock:
            first, done = task != done, task
        if first:
            fn(grad)

    return [hook] * len(tensors)


def _node_behind(tensor: Any) -> Any:
    made = tensor.grad_fn
    found = made is not None or (tensor.requires_grad and tensor._maker is None)
    assert found, "Expected gradient function to be set"
    return node_of(tensor) if made is None else made
