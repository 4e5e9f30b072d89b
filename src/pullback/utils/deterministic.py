"""torch.utils.deterministic: the switch that says whether new memory is filled with numbers that show.

It counts while `use_deterministic_algorithms` is on: `empty` and its kin then hold NaN, the largest integer or True.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from pullback.arrays.fresh import state


class _Deterministic(ModuleType):
    """The module, which takes only a bool for its switch.

    >>> import pullback.utils.deterministic as deterministic
    >>> deterministic.fill_uninitialized_memory
    True
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "fill_uninitialized_memory" and type(value) is not bool:
            raise RuntimeError(f"expected a bool, but got {type(value).__name__}")
        if name == "fill_uninitialized_memory":
            state["fill"] = value
        super().__setattr__(name, value)


fill_uninitialized_memory = True
sys.modules[__name__].__class__ = _Deterministic
