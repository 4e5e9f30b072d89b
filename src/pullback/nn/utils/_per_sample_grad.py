"""Gradients for each example: a module's call after which `backward` fills ``grad_sample`` of every parameter."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any

import pullback
from pullback.nn.modules.batchnorm import _BatchNorm
from pullback.nn.modules.module import Module
from pullback.nn.utils._expanded_weights.expanded_weights_impl import ExpandedWeight, PerSample
from pullback.tensor import Tensor
from pullback.trees import tree_leaves, tree_map

_SEEN = (Tensor, str, int, float, bool, complex, type(None))


def call_for_per_sample_grads(
    module: Module, *, batch_size: int | None = None, loss_reduction: str = "sum", batch_first: bool = True
) -> Callable[..., Any]:
    """The call of `module` for gradients ``(N, *shape)`` of each of N examples, in ``param.grad_sample``.

    Each example is run alone, as a batch of one, with parameters of its own (`pullback.vmap`); those that require no
    gradient are shared.

    Args:
        module: the module.
        batch_size: N; by default what the tensors among the arguments say.
        loss_reduction: ``"sum"`` or ``"mean"``: how the loss puts the examples together; a mean is scaled back.
        batch_first: whether the batch is axis 0 of arguments and results, or axis 1.

    Raises:
        RuntimeError: for wrong arguments, sizes that differ, batch norms, or gradients per example that are still there.

    >>> import pullback as torch
    >>> layer = torch.nn.Linear(2, 1, bias=False)
    >>> call_for_per_sample_grads(layer)(torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    >>> layer.weight.grad_sample
    tensor([[[1., 2.]],
    <BLANKLINE>
            [[3., 4.]]])
    """
    _check(module, batch_size, loss_reduction)
    axis = 0 if batch_first else 1

    @functools.wraps(module.forward)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        leaves = [
            leaf for each in (*args, *kwargs.values()) for leaf in ([each] if is_dataclass(each) else tree_leaves(each))
        ]
        opaque = not all(isinstance(each, _SEEN) for each in leaves)  # may hold tensors, which only the layers meet
        size = _batch_size(leaves, batch_size, axis, opaque)
        if any(isinstance(each, _BatchNorm) for each in module.modules()):
            raise RuntimeError("Expanded Weights encountered but cannot handle function batch_norm")
        own = {name: param for name, param in module.named_parameters() if param.requires_grad}
        for param in own.values():
            if getattr(param, "grad_sample", None) is not None:
                raise RuntimeError(
                    "Current Expanded Weights accumulates the gradients, which will be incorrect for multiple calls "
                    f"without clearing gradients. Please clear out the grad_sample parameter of {param}"
                )
        if opaque:
            expanded = {name: ExpandedWeight(param, size, loss_reduction) for name, param in own.items()}
            return pullback.func.functional_call(module, expanded, args, kwargs)
        factor = size if loss_reduction == "mean" else 1
        params = {name: PerSample.apply(param, size, factor) for name, param in own.items()}

        def example(params: Any, args: Any, kwargs: Any) -> Any:
            args, kwargs = _of_tensors(lambda each: each.unsqueeze(axis), (args, kwargs))
            return pullback.func.functional_call(module, params, args, kwargs)

        dims = tree_map(lambda each: axis if isinstance(each, Tensor) else None, (args, kwargs))
        result = pullback.vmap(example, in_dims=(0, *dims), out_dims=axis, randomness="different")(params, args, kwargs)
        return _of_tensors(lambda each: each.flatten(axis, axis + 1), result)

    return wrapper


def _of_tensors(function: Callable[[Tensor], Any], tree: Any) -> Any:
    """`tree` with `function` of its tensors; what is no tensor stays."""
    return tree_map(lambda each: function(each) if isinstance(each, Tensor) else each, tree)


def _check(module: Any, batch_size: Any, loss_reduction: str) -> None:
    if loss_reduction not in ("sum", "mean"):
        raise RuntimeError(f"Expected loss_reduction argument to be sum or mean, got {loss_reduction}")
    if not isinstance(module, Module):
        raise RuntimeError(f"Module passed must be nn.Module, got {type(module).__name__}")
    if not (batch_size is None or isinstance(batch_size, int)):
        raise RuntimeError(f"Batch size passed must be None or an integer, got {type(batch_size).__name__}")
    if batch_size is not None and batch_size < 1:
        raise RuntimeError(f"Batch size must be positive, got {batch_size}")


def _batch_size(arguments: list[Any], given: int | None, axis: int, opaque: bool) -> int:
    """How many examples the tensors among `arguments` hold, which must be `given` if that is a number."""
    if opaque and given is not None:
        return given
    tensors = [each for each in arguments if isinstance(each, Tensor)]
    for each in tensors:
        if each.ndim < 2 and not opaque:
            raise RuntimeError(
                "Input does not have a batch dimension. Expanded Weights expected input of at least rank 2, "
                f"got of rank {each.ndim}"
            )
        size = each.shape[axis]
        if size == 0:
            raise RuntimeError(f"0 is not a valid batch size for Expanded Weights but got input tensor of {each}")
        if given is not None and size != given:
            raise RuntimeError(
                "Expected ExpandedWeights to have batch size matching input but got input batch size of "
                f"{size} with ExpandedWeight of batch size {given}"
            )
    sizes = [each.shape[axis] for each in tensors]
    if not sizes:
        raise RuntimeError(
            "Unable to find a tensor in the passed args and kwargs. They may not be pytree-able and so ExpandedWeights "
            "cannot compute the batch size from the inputs. Please specify it explicitly"
        )
    other = next((size for size in sizes if size != sizes[0]), sizes[0])
    if other != sizes[0]:
        raise RuntimeError(
            f"When computing batch size, found at least one input with batch size {sizes[0]} and one with batch size "
            f"{other}. Please specify it explicitly using the batch size kwarg in call_for_per_sample_grads"
        )
    return sizes[0]
