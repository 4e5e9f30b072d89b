"""What anomaly mode asks of the engine: look for NaN in what every node returns."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import numpy as np

from pullback.graph.provenance import forward_line

_state: ContextVar[tuple[bool, bool]] = ContextVar("anomaly mode", default=(False, True))
state = _state.get


def set_state(enabled: bool, check_nan: bool) -> None:
    """Switch the mode, and whether it looks for NaN."""
    _state.set((enabled, check_nan))


def watching() -> bool:
    """Whether cotangents are to be looked at."""
    enabled, check_nan = state()
    return enabled and check_nan


def check(node: Any, found: Any) -> None:
    """Raise ``RuntimeError`` if some cotangent that `node` returned holds a NaN."""
    for number, each in enumerate(found):
        array = getattr(each, "_array", each)
        if array is not None and array.dtype.kind in "fc" and np.isnan(array).any():
            line = forward_line(node)
            raise RuntimeError(
                f"Function '{node.name()}' returned nan values in its {number}th output."
                + (f" The forward call that made it: {line}" if line else "")
            )
