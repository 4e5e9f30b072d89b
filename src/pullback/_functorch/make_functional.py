"""Modules as functions of tuples of tensors: what came before `functional_call` and `stack_module_state`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from pullback.func import functional_call
from pullback.nn.modules.module import Module
from pullback.ops.shape.joining import stack


class FunctionalModule(Module):
    """A module without state: called with the parameters first."""

    def __init__(self, stateless_model: Any, param_names: tuple[str, ...], buffer_names: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.stateless_model = stateless_model
        self.param_names = param_names
        self.buffer_names = buffer_names

    def forward(self, params: Any, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """The module with `params` in the place of its own."""
        return functional_call(self.stateless_model, dict(zip(self.param_names, params)), args, kwargs)


class FunctionalModuleWithBuffers(FunctionalModule):
    """A module without state: called with the parameters and the buffers first."""

    def forward(self, params: Any, buffers: Any, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """The module with `params` and `buffers` in the place of its own."""
        given = dict(zip(self.param_names + self.buffer_names, (*params, *buffers)))
        return functional_call(self.stateless_model, given, args, kwargs)


def _taken(tensors: Any, untracked: bool) -> tuple[Any, ...]:
    return tuple([each.detach() if untracked else each for each in tensors.values()])


def make_functional_with_buffers(
    model: Module, disable_autograd_tracking: bool = False
) -> tuple[FunctionalModuleWithBuffers, Any, Any]:
    """`model` as a function ``(params, buffers, *args)``, its parameters and its buffers."""
    params, buffers = dict(model.named_parameters()), dict(model.named_buffers())
    function = FunctionalModuleWithBuffers(deepcopy(model), tuple(params), tuple(buffers))
    return function, _taken(params, disable_autograd_tracking), tuple(buffers.values())


def make_functional(model: Module, disable_autograd_tracking: bool = False) -> tuple[FunctionalModule, Any]:
    """`model` as a function ``(params, *args)``, and its parameters. ``RuntimeError`` for a model with buffers.

    >>> import pullback as torch
    >>> function, (weight,) = make_functional(torch.nn.Linear(2, 1, bias=False))
    >>> function((torch.tensor([[1., 2.]]),), torch.tensor([3., 4.]))
    tensor([11.])
    """
    if any(True for _ in model.buffers()):
        raise RuntimeError(
            "make_functional(model): `model` has buffers. Please use make_functional_with_buffers(model) instead."
        )
    params = dict(model.named_parameters())
    return FunctionalModule(deepcopy(model), tuple(params)), _taken(params, disable_autograd_tracking)


def combine_state_for_ensemble(models: Sequence[Module]) -> tuple[FunctionalModuleWithBuffers, Any, Any]:
    """One function ``(params, buffers, *args)`` for all `models`, and their states stacked along a new first axis."""
    name = "combine_state_for_ensemble: Expected"
    if not models:
        raise RuntimeError(f"{name} at least one model, got 0.")
    if len({each.training for each in models}) > 1:
        raise RuntimeError(f"{name} all models to have the same training/eval mode.")
    if len({type(each) for each in models}) > 1:
        raise RuntimeError(f"{name} all models to be of the same class.")
    functions, params, buffers = zip(*[make_functional_with_buffers(each) for each in models])
    return functions[0], _stacked(params), _stacked(buffers)


def _stacked(states: Any) -> tuple[Any, ...]:
    return tuple([stack(list(column)).detach() for column in zip(*states)])


def functional_init(
    model_class: Callable[..., Module], ensemble_shape: tuple[int, ...] = (), device: Any = "cpu"
) -> Callable[..., Any]:
    """What makes a model's parameters (stacked, for an ensemble), its function and their names."""
    with_buffers = functional_init_with_buffers(model_class, ensemble_shape, device)

    def init(*args: Any, **kwargs: Any) -> Any:
        params, buffers, function, names, _ = with_buffers(*args, **kwargs)
        if buffers:
            raise RuntimeError(
                "functional_init: the model has buffers. Please use functional_init_with_buffers instead."
            )
        return params, lambda weights, *rest: function(weights, (), *rest), names

    return init


def functional_init_with_buffers(
    model_class: Callable[..., Module], ensemble_shape: tuple[int, ...] = (), device: Any = "cpu"
) -> Callable[..., Any]:
    """What makes a model's parameters and buffers (stacked, for an ensemble), its function and their names."""
    if len(ensemble_shape) > 1:
        raise ValueError("NYI: ensemble_shape with more than 1 element")

    def init(*args: Any, **kwargs: Any) -> Any:
        if ensemble_shape and ensemble_shape[0] <= 0:
            raise ValueError(f"num_models {ensemble_shape[0]} should be > 0")
        made = [model_class(*args, **kwargs).to(device) for _ in range(ensemble_shape[0] if ensemble_shape else 1)]
        function, params, buffers = make_functional_with_buffers(made[0])
        if ensemble_shape:
            function, params, buffers = combine_state_for_ensemble(made)
            params = tuple([each.requires_grad_() for each in params])
        return params, buffers, function, function.param_names, function.buffer_names

    return init
