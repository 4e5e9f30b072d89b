"""Kernels of large arrays compiled by Numba, where it is installed (``pip install pullback[fast]``).

A kernel here does what the NumPy kernel of the same name does, one pass instead of several; results agree to rounding.
Who computes a large array asks `twin` for it. Numba is imported once `HOT` elements went through kernels that have a twin:
that takes 0.3 s, as does each kernel that is compiled for the first time on a machine; from then on it is read from disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from math import inf
from typing import Any

import numpy as np

Kernel = Callable[..., Any]

HOT = 1 << 20
"""Elements computed by NumPy before it is worth a compiler's start. The environment variable ``PULLBACK_COMPILED`` says
never (0) or from the first large array on (1)."""
_HOMES = {
    "channels": "channels channels_vjp",
    "elements": "sigmoid sigmoid.input silu silu.input gelu gelu.input relu.input",
    "rows": "softmax softmax_vjp log_softmax log_softmax_vjp",
    "standardize": "standardized standardized_vjp",
    "updates": "adam sgd",
    "windows": "columns max_windows spread_places",
}
HOME = {name: home for home, names in _HOMES.items() for name in names.split()}
"""In which module the twin of a kernel is. Of an elementwise operator the forward has the operator's name, a rule that of
operator and input."""
_SINGLE, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)

_left: float = {"0": inf, "1": 0}.get(os.environ.get("PULLBACK_COMPILED", ""), HOT) if find_spec("numba") else inf


def twin(name: str, array: Any, *others: Any) -> Kernel | None:
    """The compiled kernel `name` for arrays like `array`; `None` where NumPy is to do it.

    All of them (an argument may be `None`) must be of one dtype and lie in memory row by row.
    """
    global _left
    dtype = array.dtype
    if dtype != _SINGLE and dtype != _DOUBLE:
        return None
    if not all([each is None or (each.dtype == dtype and each.flags.c_contiguous) for each in (array, *others)]):
        return None
    if _left > 0:
        _left -= array.size
        return None
    return _find(name, array.dtype)


_found: dict[tuple[str, Any], Kernel | None] = {}


def _find(name: str, dtype: Any) -> Kernel | None:
    key = name, dtype
    if key not in _found:
        home = import_module(f"{__name__}.{HOME[name]}")
        _found[key] = home.DOUBLE.get(name) if dtype == _DOUBLE else home.SINGLE.get(name)
    return _found[key]
