"""Pruning: parts of a parameter set to zero by a mask that stays beside it.

A pruned ``weight`` is the product of the parameter ``weight_orig`` and the buffer ``weight_mask``, formed anew before
every forward by a hook, the method object. Pruning again adds to the mask.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pullback
from pullback.nn.utils._pruning_methods import (
    BasePruningMethod,
    CustomFromMask,
    Identity,
    L1Unstructured,
    LnStructured,
    PruningContainer,
    RandomStructured,
    RandomUnstructured,
    _compute_norm as _compute_norm,
    _compute_nparams_toprune as _compute_nparams_toprune,
    _validate_pruning_amount as _validate_pruning_amount,
    _validate_pruning_amount_init as _validate_pruning_amount_init,
    _validate_pruning_dim as _validate_pruning_dim,
    _validate_structured_pruning as _validate_structured_pruning,
)

__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "PruningContainer",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]


def identity(module: Any, name: str) -> Any:
    """Put a mask beside the parameter `name` that prunes nothing."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Any, name: str, amount: float) -> Any:
    """Prune elements at random: `amount` of them, or that share of all if it is a float."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Any, name: str, amount: float, importance_scores: Any = None) -> Any:
    """Prune the elements of least magnitude, or of least `importance_scores`.

    >>> import pullback as torch
    >>> layer = torch.nn.Linear(2, 2, bias=False)
    >>> layer.weight.data = torch.tensor([[1.0, -4.0], [3.0, 2.0]])
    >>> l1_unstructured(layer, "weight", 0.5).weight.detach()
    tensor([[ 0., -4.],
            [ 3.,  0.]])
    """
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: Any, name: str, amount: float, dim: int) -> Any:
    """Prune slices along `dim` at random."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(module: Any, name: str, amount: float, n: Any, dim: int, importance_scores: Any = None) -> Any:
    """Prune the slices along `dim` of least n-norm, or of least `importance_scores`."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Any, name: str, mask: Any) -> Any:
    """Prune where `mask` is zero."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Any, pruning_method: Any, importance_scores: dict[Any, Any] | None = None, **kwargs: Any
) -> None:
    """Prune elements of several parameters as if they were one.

    Args:
        parameters: pairs of module and name.
        pruning_method: an unstructured method.
        importance_scores: a dictionary from pairs to scores, which stand for the values.
        kwargs: what the method takes, such as ``amount``.

    Raises:
        TypeError: if `parameters` is not iterable, `importance_scores` no dictionary, or the method is structured.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    importance_scores = {} if importance_scores is None else importance_scores
    if not isinstance(importance_scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    pairs = list(parameters)
    values = [getattr(*pair) for pair in pairs]
    scores = [importance_scores.get(pair, value) for pair, value in zip(pairs, values)]
    masks = [getattr(module, f"{name}_mask", pullback.ones_like(value)) for (module, name), value in zip(pairs, values)]
    together = PruningContainer()
    together._tensor_name = "temp"
    method = pruning_method(**kwargs)
    method._tensor_name = "temp"
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method} of type {method.PRUNING_TYPE}"
        )
    together.add_pruning_method(method)
    flat: Any = pullback.cat([score.detach().reshape(-1) for score in scores])
    final = together.compute_mask(flat, pullback.cat([mask.reshape(-1) for mask in masks]))
    for (module, name), part, value in zip(pairs, final.split([value.numel() for value in values]), values):
        custom_from_mask(module, name, mask=part.view_as(value))


def remove(module: Any, name: str) -> Any:
    """Make the pruned parameter `name` an ordinary one, zeros and all; ``ValueError`` if it is not pruned."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module: Any) -> bool:
    """Whether a parameter of `module` or of any module in it is pruned."""
    return any(
        isinstance(hook, BasePruningMethod)
        for _, each in module.named_modules()
        for hook in each._forward_pre_hooks.values()
    )
