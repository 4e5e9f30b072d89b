"""Modules as functions of their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback.nn.modules.batchnorm import _BatchNorm
from pullback.nn.utils.stateless import _functional_call
from pullback.ops.shape.joining import stack


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call `module` with the given parameters and buffers in the place of its own.

    Args:
        module: the module, which is left as it was.
        parameter_and_buffer_dicts: tensors by dotted path, or several such dictionaries without common names.
        args: positional arguments of the call; one that is no tuple is the only one.
        kwargs: keyword arguments of the call.
        tie_weights: give a tensor that the module has under several names to all of them.
        strict: require all names, and no others.

    Raises ``ValueError`` for names that stand in several dictionaries, or for what is no dictionary.

    >>> import pullback as torch
    >>> layer = torch.nn.Linear(2, 1, bias=False)
    >>> torch.func.functional_call(layer, {"weight": torch.tensor([[1., 2.]])}, torch.tensor([3., 4.]))
    tensor([11.])
    """
    given = _merged(parameter_and_buffer_dicts)
    return _functional_call(module, given, args, kwargs, tie_weights=tie_weights, strict=strict)


def _merged(dictionaries: Any) -> dict[str, Any]:
    if isinstance(dictionaries, dict):
        return dictionaries
    if not isinstance(dictionaries, Sequence) or not all(isinstance(each, dict) for each in dictionaries):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dictionaries)}"
        )
    names = [name for each in dictionaries for name in each]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    return {name: tensor for each in dictionaries for name, tensor in each.items()}


def stack_module_state(models: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of several modules of one kind, each stacked along a new first axis.

    The stacked parameters are leaves that require grad as the parameters do. With `functional_call` and `vmap` they
    evaluate an ensemble at once. Raises ``RuntimeError`` for modules of different classes or modes, or for none.

    >>> import pullback as torch
    >>> parameters, buffers = torch.func.stack_module_state([torch.nn.Linear(2, 3) for _ in range(4)])
    >>> parameters["weight"].shape
    torch.Size([4, 3, 2])
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all(each.training for each in models) or not any(each.training for each in models)):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if not all(type(each) is type(models[0]) for each in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = _stacked([dict(each.named_parameters()) for each in models])
    return parameters, _stacked([dict(each.named_buffers()) for each in models])


def _stacked(states: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: _one([each[name] for each in states]) for name in states[0]}


def _one(tensors: list[Any]) -> Any:
    if len({each.requires_grad for each in tensors}) > 1:
        raise RuntimeError("Expected parameters from different models to have the same .requires_grad")
    return stack([each.detach() for each in tensors]).requires_grad_(tensors[0].requires_grad)


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Let no batch norm in `root` keep running statistics, which it would write in place; returns `root`."""
    for module in root.modules():
        if isinstance(module, _BatchNorm):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root
