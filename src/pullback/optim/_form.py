"""Optimizers as functions: ``adam(params, grads, exp_avgs, …, lr=…)`` updates lists of tensors in place."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

from pullback.arrays import updates

_PAIRS = {
    "betas": ("beta1", "beta2"),
    "etas": ("etaminus", "etaplus"),
    "step_sizes": ("step_size_min", "step_size_max"),
    "eps": ("eps1", "eps2"),
}


def functional_form(optimizer: Any, name: str, lists: str, flags: str, settings: str) -> Callable[..., None]:
    """The functional form of an optimizer.

    Args:
        optimizer: the class whose update is meant.
        name: what the function is called.
        lists: its lists of state tensors, in order; ``exp_avgs`` holds the state ``exp_avg``.
        flags: positional arguments with defaults, which come next.
        settings: required settings, by keyword.
    """
    kept = lists.split()
    states = [each.removesuffix("_list").removesuffix("s").removeprefix("state_") for each in kept]
    plain = ("foreach", "fused", "grad_scale", "found_inf")
    positional, keyword = Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY
    grads = "d_p_list" if name == "sgd" else "grads"
    signature = Signature(
        [Parameter(each, positional) for each in ("params", grads, *kept)]
        + [Parameter(each, positional, default=None if each in plain else False) for each in flags.split()]
        + [Parameter(each, keyword) for each in settings.split()],
        return_annotation=None,
    )

    def update(*args: Any, **kwargs: Any) -> None:
        call = signature.bind(*args, **kwargs)
        call.apply_defaults()
        given = call.arguments
        if given.get("found_inf") is not None and given["found_inf"].item():
            return
        group = {"foreach": None, "differentiable": False, "capturable": False, **given}
        group.update(
            {pair: tuple(given[each] for each in names) for pair, names in _PAIRS.items() if names[0] in given}
        )
        if name == "adamw":
            group["decoupled_weight_decay"] = True
        updater, scale = object.__new__(optimizer), given.get("grad_scale")
        with updates.quiet():
            for i, (param, grad) in enumerate(zip(given["params"], given[grads])):
                state = {key: given[each][i] for key, each in zip(states, kept) if i < len(given[each])}
                before = dict(state)
                step = updater._update_sparsely if grad.is_sparse else updater._update
                step(param, grad if scale is None else grad / scale, state, group)
                for key, each in zip(states, kept):
                    if state.get(key) is not before.get(key):
                        given[each][i] = state[key]

    update.__name__ = update.__qualname__ = name
    update.__doc__ = f"The update of :class:`{optimizer.__name__}` on lists of tensors, in place."
    update.__module__ = optimizer.__module__
    update.__signature__ = signature  # type: ignore[attr-defined]
    return update
