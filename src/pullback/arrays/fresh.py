"""New memory that nobody has written: with `use_deterministic_algorithms` it holds numbers that show."""

from __future__ import annotations

import numpy as np

state = {"deterministic": False, "warn_only": False, "fill": True}
"""What `use_deterministic_algorithms` and `utils.deterministic.fill_uninitialized_memory` were told."""


def unwritten(array: np.ndarray) -> np.ndarray:
    """`array`, filled where the switches ask for it: with NaN, the largest integer, or True.

    >>> state["deterministic"] = True
    >>> unwritten(np.empty(2, np.int8))
    array([127, 127], dtype=int8)
    >>> state["deterministic"] = False
    """
    if state["deterministic"] and state["fill"]:
        kind = array.dtype.kind
        array[...] = np.iinfo(array.dtype).max if kind in "iu" else True if kind == "b" else np.nan  # type: ignore[type-var]
    return array
