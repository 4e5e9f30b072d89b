"""The graph as objects: nodes, gradient edges, hooks on what is saved.

Matches https://docs.pytorch.org/docs/2.13/autograd.graph.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from pullback.graph import saved_hooks
from pullback.graph.hooks import RemovableHandle
from pullback.graph.node import Node, node_of
from pullback.graph.versions import bump

__all__ = [
    "GradientEdge",
    "Node",
    "RemovableHandle",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


class GradientEdge(NamedTuple):
    """A place in the graph: a node and which of its outputs."""

    node: Any
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """The edge that leads to `tensor`. ``RuntimeError`` if it does not require grad."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(node_of(tensor.grad_fn or tensor), tensor.output_nr)


def increment_version(tensor: Any) -> None:
    """Say that the memory of `tensor` (or of each of several) was written to."""
    for each in (tensor,) if hasattr(tensor, "_array") else tuple(tensor):
        bump(each)


class saved_tensors_hooks:
    """Pass what nodes keep of tensors through a pair of functions for the length of a ``with`` block.

    >>> import pullback as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t * 10, lambda t: t):
    ...     y = x * x
    >>> y.sum().backward(); x.grad
    tensor([20., 20.])
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        saved_hooks.push_pair(self.pack_hook, self.unpack_hook)

    def __exit__(self, *exception: object) -> None:
        saved_hooks.pop_pair()


class save_on_cpu(saved_tensors_hooks):
    """Keep copies of what is saved; there is one memory here, so nothing moves."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: tensor.detach().clone(), lambda kept: kept)


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Raise ``RuntimeError`` with `error_message` where hooks on saved tensors are used inside the block."""
    with saved_hooks.disabled(error_message):
        yield


def register_multi_grad_hook(tensors: Sequence[Any], fn: Callable[..., Any], *, mode: str = "all") -> RemovableHandle:
    """Call ``fn(grads)`` once all gradients of `tensors` are known, or ``fn(grad)`` at the first with mode ``"any"``."""
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    count = len(tensors)
    found: dict[int, Any] = {}

    def hook_for(position: int) -> Callable[[Any], None]:
        def hook(grad: Any) -> None:
            first = not found
            found[position] = grad
            if mode == "any" and first:
                fn(grad)
            if len(found) == count:
                values = [found[n] for n in range(count)]
                found.clear()
                if mode == "all":
                    fn(values)

        return hook

    handles = [tensor.register_hook(hook_for(position)) for position, tensor in enumerate(tensors)]

    class Handle(RemovableHandle):
        def remove(self) -> None:
            for each in handles:
                each.remove()

    return Handle({})
