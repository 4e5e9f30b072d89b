"""How losses are reduced."""

from __future__ import annotations

import warnings
from typing import Any

from pullback.nn._reduction import legacy_get_string

REDUCTIONS = ("none", "mean", "sum")


def chosen(reduction: str, size_average: bool | None = None, reduce: bool | None = None) -> str:
    """The reduction asked for; ``ValueError`` for a word that is none."""
    if size_average is not None or reduce is not None:
        return legacy_get_string(size_average, reduce)
    if reduction == "elementwise_mean":
        warnings.warn("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.", stacklevel=3)
        return "mean"
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def reduced(loss: Any, reduction: str) -> Any:
    """The losses as they are, or their mean or sum, as operators of their own."""
    if reduction == "mean":
        return loss.mean()
    return loss.sum() if reduction == "sum" else loss
