"""What the modules of this folder share: the points of an integral, and functions of one float over arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

STEP = 0.2
POINTS = (STEP * np.arange(36)).tolist()
SQUARES = [point * point for point in POINTS]
WEIGHTS = np.exp(-np.array(SQUARES)).tolist()
"""Of the trapezoidal rule for ``exp(-s²) f(s)`` over the real line, without the step; even, so from 0 on.

Its error is of the size of ``exp(-2πd / STEP)`` where f has no singularity nearer to the real line than d
(Trefethen and Weideman, 2014).
"""


def each(function: Callable[[float], float]) -> Callable[[Any], Any]:
    """`function` of one float as a function of arrays."""
    loop = np.frompyfunc(function, 1, 1)

    def run(array: Any) -> Any:
        return np.asarray(loop(np.asarray(array, np.float64))).astype(np.float64)

    return run


def in_double(function: Any) -> Any:
    """Call `function` with float64 arrays, in silence."""

    @wraps(function)
    def run(*arrays: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*(np.asarray(array, np.float64) for array in arrays))

    return run


def power_series(coefficients: list[float], z: Any) -> Any:
    """The sum of ``c[k] z**k``."""
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * z + coefficient
    return total
