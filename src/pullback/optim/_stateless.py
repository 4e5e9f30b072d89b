"""Letting an optimizer work on other parameters and another state for a while."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pullback.optim.optimizer import Optimizer
from pullback.tensor import Tensor

__all__ = ["swap_in_optimizer_params_and_state"]


@contextmanager
def swap_in_optimizer_params_and_state(
    optimizer: Optimizer, swapin_parameters: dict[str, Tensor], swapin_optim_state: dict[str, Any]
) -> Iterator[None]:
    """In the block `optimizer` has other parameters and another state; behind it, its own again.

    Args:
        optimizer: with an initialized state.
        swapin_parameters: parameters, in the order of the optimizer's own.
        swapin_optim_state: what `state_dict` gives. Its tensors are written to; other changes are dropped.

    Raises:
        RuntimeError: if `optimizer` has made no step yet.
        ValueError: if there are more or fewer parameters or groups than the optimizer has.
    """
    if not optimizer.state:
        raise RuntimeError("swap_in_optimizer_params_and_state requires initialized optimizer state.")
    kept_state, kept_groups = optimizer.state, optimizer.param_groups
    saved_groups = swapin_optim_state["param_groups"]
    numbers = [number for group in saved_groups for number in group["params"]]
    tensors = list(swapin_parameters.values())
    if len(tensors) != len(numbers) or [len(g["params"]) for g in saved_groups] != [
        len(g["params"]) for g in kept_groups
    ]:
        raise ValueError(
            f"swap-in parameters and state must match the optimizer's: {len(tensors)} parameters and "
            f"{len(numbers)} in the state were given for {sum(len(g['params']) for g in kept_groups)}"
        )
    by_number = dict(zip(numbers, tensors))
    optimizer.param_groups = [
        {**group, "params": [by_number[number] for number in group["params"]]} for group in saved_groups
    ]
    optimizer.state = defaultdict(dict)
    for key, value in swapin_optim_state["state"].items():
        optimizer.state[by_number.get(key, key)] = dict(value) if isinstance(value, dict) else value
    try:
        yield
    finally:
        optimizer.state, optimizer.param_groups = kept_state, kept_groups
