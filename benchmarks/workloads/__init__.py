"""What is timed: small functions of a library that speaks torch's names, run with pullback and with torch
alike.

A workload is ``def name(torch) -> (step, check)``. ``step()`` does the work once. ``check()`` returns what
the first step left behind (tensors and numbers, nested), to be the same in both libraries before a time
counts. A step that returns a dict of seconds has timed its own phases. Numbers come from NumPy with fixed
seeds, so that no workload leans on random streams being equal.

Libraries that do not speak torch's names have the same workloads, by name, in ``with_*.py``: those of functions on
arrays share `losses`, NumPy's are derived by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from . import deep, large, models, small, transforms

Step = Callable[[], "dict[str, float] | None"]
Workload = Callable[[Any], "tuple[Step, Callable[[], Any]]"]


def of(module: ModuleType) -> dict[str, Workload]:
    """The workloads that `module` defines, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and value.__module__ == module.__name__
    }


SMALL: dict[str, Workload] = {**of(small), **of(models), **of(transforms)}
DEEP: dict[str, Workload] = of(deep)
WORKLOADS: dict[str, Workload] = {**SMALL, **of(large), **DEEP}
