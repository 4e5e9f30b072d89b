"""Fitting a saved state to the parameters of an optimizer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pullback.tensor import Tensor


def check_groups(groups: list[dict[str, Any]], saved_groups: list[dict[str, Any]]) -> None:
    """Raise ``ValueError`` unless both have the same number of groups, of the same sizes."""
    if len(groups) != len(saved_groups):
        raise ValueError("loaded state dict has a different number of parameter groups")
    if any(len(group["params"]) != len(saved["params"]) for group, saved in zip(groups, saved_groups)):
        raise ValueError(
            "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
        )


def cast_state(value: Any, param: Tensor, groups: list[dict[str, Any]], key: Any = None) -> Any:
    """`value` with its tensors on the device and in the dtype of `param`; a count of steps keeps its own."""
    if isinstance(value, Tensor):
        return _cast_tensor(value, param, groups, key)
    if isinstance(value, dict):
        return {name: cast_state(entry, param, groups, name) for name, entry in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return type(value)(cast_state(entry, param, groups) for entry in value)  # type: ignore[call-arg]
    return value


def _cast_tensor(value: Tensor, param: Tensor, groups: list[dict[str, Any]], key: Any) -> Tensor:
    if key == "step":
        own = next(group for group in groups if any(param is each for each in group["params"]))
        moves = own.get("capturable", False) or own.get("fused", False)
        return value.to(device=param.device) if moves else value
    if param.is_floating_point():
        return value.to(dtype=param.dtype, device=param.device)
    return value.to(device=param.device)
