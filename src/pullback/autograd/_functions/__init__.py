"""Functions that PyTorch's engine is tested with, and former ones; written with `Function`."""

from __future__ import annotations

from math import prod
from typing import Any

from pullback.autograd._functions.utils import maybe_unexpand as maybe_unexpand, maybe_view as maybe_view
from pullback.autograd.function import DelayedError as _Error, Function
from pullback.graph.node import AccumulateGrad as AccumulateGrad, Node


class Resize(Function):
    """`tensor` in another shape of as many elements."""

    @staticmethod
    def forward(ctx: Any, tensor: Any, sizes: Any) -> Any:
        """Show the elements."""
        if prod(sizes) != tensor.numel():
            raise RuntimeError(f"requested resize to {'x'.join(map(str, sizes))}, but the tensor has {tensor.numel()}")
        ctx.input_sizes = tensor.size()
        return tensor.contiguous().view(sizes)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        """Show the cotangent."""
        return grad_output.contiguous().view(ctx.input_sizes), None


class DelayedError(Node):
    """``DelayedError(message, count)(tensor, …)`` hands `count` tensors on; to differentiate through it raises."""

    def __init__(self, msg: str, num_inputs: int) -> None:
        self.msg = msg

    def __call__(self, *tensors: Any) -> Any:
        found = _Error.apply(self.msg, *tensors)
        return found[0] if len(found) == 1 else found


class _UndefinedGrad(Function):
    @staticmethod
    def forward(ctx: Any, *tensors: Any) -> Any:
        return tuple(each.clone() for each in tensors)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return (None,) * len(grads)


_UndefinedGrad._backward_cls.__name__ = "UndefinedGradBackward"


class UndefinedGrad:
    """``UndefinedGrad()(tensor)`` hands a tensor on, and no gradient back."""

    def __call__(self, *tensors: Any) -> Any:
        found = _UndefinedGrad.apply(*tensors)
        return found[0] if len(found) == 1 else found
