"""Variable: the old name of a tensor with history. Every tensor is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.graph import requests, running
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.tensor import Tensor

__all__ = ["Variable", "VariableMeta"]


class ImperativeEngine:
    """The engine as an object, as programs that hook into a backward pass know it."""

    def queue_callback(self, callback: Callable[[], object]) -> None:
        """Call `callback` at the end of the running backward pass. ``RuntimeError`` outside of one."""
        running.queue_callback(callback)

    def is_checkpoint_valid(self) -> bool:
        """Whether the running pass stores gradients in all leaves, so that a part of it may be run apart."""
        task = running.task()
        return task is None or getattr(task, "needed", None) is None

    def run_backward(
        self,
        tensors: Any,
        grad_tensors: Any,
        keep_graph: bool,
        create_graph: bool,
        inputs: Any = (),
        allow_unreachable: bool = True,
        accumulate_grad: bool = True,
    ) -> Any:
        """`backward` or, without `accumulate_grad`, `grad`."""
        if accumulate_grad:
            return requests.backward(tensors, grad_tensors, keep_graph, create_graph, inputs=inputs or None)
        return requests.grad(tensors, inputs, grad_tensors, keep_graph, create_graph, allow_unused=allow_unreachable)


class VariableMeta(type):
    """Says that every tensor is a Variable."""

    def __instancecheck__(cls, other: Any) -> bool:
        return isinstance(other, TensorBase)

    def __subclasscheck__(cls, other: type) -> bool:
        return cls is other or issubclass(other, TensorBase)


class Variable(metaclass=VariableMeta):
    """``Variable(data)`` is a tensor that shares the memory of `data`, without its history.

    >>> import pullback as torch
    >>> torch.autograd.Variable(torch.ones(2), requires_grad=True)
    tensor([1., 1.], requires_grad=True)
    """

    _execution_engine = ImperativeEngine()

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        if volatile and requires_grad:
            raise ValueError("Variable can't be volatile and require_grad at the same time!")
        if data is None:
            return Tensor()
        if not isinstance(data, TensorBase):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        made = wrap(data.detach()._array)  # type: ignore[attr-defined]
        return made.requires_grad_() if requires_grad else made
