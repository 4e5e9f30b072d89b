"""``use_reentrant=True``: one node for the whole function, whose backward runs it again and walks back through that."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

from pullback.autograd.function import Function
from pullback.autograd.grad_mode import enable_grad, no_grad
from pullback.graph.partial import is_partial
from pullback.graph.requests import backward as backward_pass
from pullback.tensor import Tensor
from pullback.utils.checkpoint import rng


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Leaves with the values of the tensors among `inputs`, requiring grad where those do; the rest as it is.

    Raises ``RuntimeError`` for anything but a tuple.
    """
    if not isinstance(inputs, tuple):
        raise RuntimeError(f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}")
    return tuple(
        each.detach().requires_grad_(each.requires_grad) if isinstance(each, Tensor) else each for each in inputs
    )


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn if no tensor among `inputs` requires grad: no gradient will reach anything inside."""
    if not any(isinstance(each, Tensor) and each.requires_grad for each in inputs):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)


class CheckpointFunction(Function):
    """The node: ``CheckpointFunction.apply(function, preserve_rng_state, *args)``."""

    @staticmethod
    def forward(ctx: Any, run_function: Callable[..., Any], preserve_rng_state: bool, *args: Any) -> Any:
        """Run the function without a graph, and keep its arguments."""
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.rng = rng.state() if preserve_rng_state else None
        ctx.inputs = [None if isinstance(each, Tensor) else each for each in args]
        ctx.tensor_indices = [number for number, each in enumerate(args) if isinstance(each, Tensor)]
        ctx.save_for_backward(*(args[number] for number in ctx.tensor_indices))
        with no_grad():
            return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Run the function again on leaves, with a graph, and walk back through it."""
        if is_partial():
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` "
                "parameter to .backward(). To resolve this error, you can either set use_reentrant=False, or call "
                ".backward() without passing the `inputs` argument."
            )
        inputs = list(ctx.inputs)
        for number, tensor in zip(ctx.tensor_indices, ctx.saved_tensors):
            inputs[number] = tensor
        leaves = detach_variable(tuple(inputs))
        with rng.repeated(ctx.rng), enable_grad():
            found = ctx.run_function(*leaves)
        outputs = found if isinstance(found, tuple) else (found,)
        pairs = [(o, g) for o, g in zip(outputs, grads) if isinstance(o, Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward_pass([o for o, _ in pairs], [g for _, g in pairs])
        return (None, None, *(each.grad if isinstance(each, Tensor) else None for each in leaves))
