"""The graph as objects: nodes, gradient edges, hooks on what is saved.

Matches https://docs.pytorch.org/docs/2.13/autograd.graph.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pullback.autograd.mutation import allow_mutation_on_saved_tensors as allow_mutation_on_saved_tensors
from pullback.autograd.several_hooks import register_multi_grad_hook as register_multi_grad_hook
from pullback.graph import saved_hooks
from pullback.graph.hooks import RemovableHandle as RemovableHandle
from pullback.graph.node import Node as _Node, node_of, split_edge
from pullback.graph.tensor_base import TensorBase
from pullback.graph.versions import bump

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


class _NodeMeta(type):
    """Every node of a graph is an instance, though no class of nodes descends from `Node`."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _Node)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return subclass is cls or issubclass(subclass, _Node)


class Node(metaclass=_NodeMeta):
    """What every node of a graph has."""

    name = _Node.name
    next_functions = _Node.next_functions
    metadata = _Node.metadata
    register_hook = _Node.register_hook
    register_prehook = _Node.register_prehook


class GradientEdge(NamedTuple):
    """A place in the graph: a node and which of its outputs.

    `ownership_token` keeps alive what the node alone does not.
    """

    node: _Node
    output_nr: int
    ownership_token: _Node | None = None


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """The edge that leads to `tensor`. ``RuntimeError`` if it does not require grad.

    >>> import pullback as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> torch.autograd.graph.get_gradient_edge(x * 2).node.name()
    'MulBackward0'
    """
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    made = tensor.grad_fn is not None
    assert made or tensor._maker is None, "Expected gradient function to be set"
    end, nr = split_edge(tensor._maker) if tensor._maker is not None else (tensor, 0)
    node = node_of(end)
    return GradientEdge(node, tensor.output_nr if made else nr, ownership_token=node)


def increment_version(tensor: Any) -> None:
    """Say that the memory of `tensor` (or of each of several) was written to."""
    if isinstance(tensor, TensorBase):
        if not tensor._inference:  # has no version
            bump(tensor)
        return
    tensors = tuple(tensor)
    if not all(isinstance(each, TensorBase) for each in tensors):
        raise RuntimeError("increment_version expects each element of the iterable to be a tensor")
    for each in tensors:
        increment_version(each)


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

    def __exit__(self, *args: object) -> None:
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


def set_warn_on_accumulate_grad_stream_mismatch(enabled: bool) -> None:
    """Accepted for compatibility: there are no streams."""
