"""A weight that stands for one of each example: layers that meet it leave ``grad_sample`` at the parameter."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import pullback
from pullback.overrides import DisableTorchFunctionSubclass
from pullback.tensor import Tensor

_BATCHED = {"linear": 2, "conv1d": 3, "conv2d": 4, "conv3d": 5, "embedding": 2, "layer_norm": 2, "group_norm": 2,
            "instance_norm": 2}  # fmt: skip
"""The functions that take such weights, and how many axes their inputs need."""
_STATS = ("running_mean", "running_var")
_PLAIN = frozenset(("__get__", "__set__", "size", "dim", "numel", "stride", "data_ptr", "get_device", "detach"))


class PerSample(pullback.autograd.Function):
    """A parameter, once for each example; the gradient goes to its ``grad_sample`` instead of its ``grad``."""

    @staticmethod
    def forward(ctx: Any, param: Tensor, size: int, factor: int) -> Tensor:  # type: ignore[override]
        ctx.param, ctx.factor = param, factor
        return param.detach().expand(size, *param.shape).clone()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:  # type: ignore[override]
        before = getattr(ctx.param, "grad_sample", None)
        grad = grad * ctx.factor
        ctx.param.grad_sample = grad if before is None else before + grad
        return None, None, None


class ExpandedWeight(Tensor):
    """`orig_weight` for `batch_size` examples; a loss that is a ``"mean"`` of theirs is scaled back.

    Raises:
        RuntimeError: for what is no tensor that requires grad; from functions that cannot take it.

    >>> import pullback as torch
    >>> weight = torch.ones(1, 2, requires_grad=True)
    >>> x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.nn.functional.linear(x, ExpandedWeight(weight, 2, "sum")).sum().backward()
    >>> weight.grad_sample
    tensor([[[1., 2.]],
    <BLANKLINE>
            [[3., 4.]]])
    """

    orig_weight: Tensor
    batch_size: int

    def __new__(cls, orig_weight: Any, batch_size: int | None = None, loss_reduction: str = "sum") -> Any:
        if not isinstance(orig_weight, Tensor):
            raise RuntimeError(f"Can only make Expanded Weights of Tensors, got {type(orig_weight).__name__}")
        if not orig_weight.requires_grad:
            raise RuntimeError("Can only build ExpandedWeights objects of tensors that require_grad")
        return Tensor._make_subclass(cls, orig_weight, True)

    def __init__(self, orig_weight: Tensor, batch_size: int, loss_reduction: str) -> None:
        self.batch_size, self.orig_weight, self.loss_reduction = batch_size, orig_weight, loss_reduction
        self.batch_first, self.allow_smaller_batches = True, False

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """A function of each example with weights of its own."""
        name = getattr(func, "__name__", "")
        if name in _PLAIN:
            with DisableTorchFunctionSubclass():
                return func(*args, **kwargs or {})
        if name not in _BATCHED:
            raise RuntimeError(f"Expanded Weights encountered but cannot handle function {name}")
        return _each(func, name, args, kwargs or {})


@cache
def _parameters(func: Any) -> inspect.Signature:
    return inspect.signature(getattr(pullback.nn.functional, func))


def check(name: str, args: Any, kwargs: Any) -> None:
    """Raise ``RuntimeError`` unless the first argument is a batch that the weights among the others were made for."""
    inputs = args[0]
    where = f"in function {name}"
    kind = type(inputs).__name__
    if isinstance(inputs, ExpandedWeight):
        raise RuntimeError(
            "Expanded Weights do not support inputs that are also ExpandedWeights. Input must be a Tensor, got "
            f"{kind} {where}"
        )
    if not isinstance(inputs, Tensor):
        raise RuntimeError(
            f"Expanded Weights requires a Tensor as the first input to get the batch dimension, got {kind} {where}"
        )
    if not inputs.dim():
        raise RuntimeError(f"Expanded Weights requires a batch dimension but got an input of size 0 {where}")
    if not inputs.shape[0]:
        raise RuntimeError(f"0 is not a valid batch size for Expanded Weights but got input tensor of {inputs} {where}")
    for each in (*args, *kwargs.values()):
        if isinstance(each, ExpandedWeight):
            size = inputs.shape[0 if each.batch_first else 1]
            if size > each.batch_size if each.allow_smaller_batches else size != each.batch_size:
                raise RuntimeError(
                    "Expected ExpandedWeights to have batch size matching input but got input batch size of "
                    f"{size} with ExpandedWeight of batch size {each.batch_size}"
                )


def _check_axes(name: str, inputs: Tensor, normalized: Any) -> None:
    if name == "layer_norm" and inputs.dim() <= len(normalized):
        raise RuntimeError(
            "Expanded Weights: Layer norm should not normalize over batch dimension for per sample gradient "
            f"computations but got that normalized shape, {normalized}, matched input shape."
        )
    wanted = _BATCHED[name]
    if inputs.dim() < wanted:
        raise RuntimeError(
            f"Input does not have a batch dimension. Expanded Weights expected input of at least rank {wanted}, got of "
            f"rank {inputs.dim()}"
        )


def _each(func: Callable[..., Any], name: str, args: Any, kwargs: Any) -> Any:
    """`func` of each example; the weights are those of the example."""
    bound = _parameters(name).bind(*args, **kwargs).arguments
    inputs = bound.pop("input")
    if isinstance(inputs, Tensor) and not isinstance(inputs, ExpandedWeight):
        _check_axes(name, inputs, bound.get("normalized_shape"))
    check(name, (inputs, *bound.values()), {})
    size = inputs.shape[0]
    function = getattr(pullback.nn.functional, name)
    plain = {key: each.orig_weight if isinstance(each, ExpandedWeight) else each for key, each in bound.items()}
    given = [key for key in _STATS if bound.pop(key, None) is not None]
    stats = {key: plain[key].detach().expand(size, -1).clone() for key in given}
    if stats:  # moved by the batch as a whole
        with pullback.no_grad():
            function(inputs, **plain)
    own = {key: each for key, each in bound.items() if isinstance(each, ExpandedWeight)}
    params = {
        key: PerSample.apply(each.orig_weight, size, size if each.loss_reduction == "mean" else 1)
        for key, each in own.items()
    }
    rest = {key: each for key, each in bound.items() if key not in own}

    def example(params: Any, stats: Any, example: Any) -> Any:
        return function(example.unsqueeze(0), **params, **stats, **rest).squeeze(0)

    return pullback.vmap(example, randomness="different")(params, stats, inputs)
