"""``python -m benchmarks.child CONTESTANT THREADS``: runs one contestant's workloads, asked line by line.

A request is ``names -`` (the workloads it has), ``check NAME`` (the numbers that the first step leaves behind) or
``time NAME`` (seconds for a step, by phase). An answer is one line of JSON; an exception is answered as
``{"error": …}``.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .contestants import CONTESTANTS
from .workloads import WORKLOADS, Step, Workload

BLOCK_SECONDS = 0.01
SHOWN = 10_000  # numbers of each array that are compared


def plain(tree: Any) -> list[list[float]]:
    """The numbers of each array in nested tensors, arrays and numbers, in order; of long ones some, evenly spread."""
    if isinstance(tree, list | tuple):
        return [array for item in tree for array in plain(item)]
    tree = tree.detach() if hasattr(tree, "detach") else tree
    tree = tree.numpy() if hasattr(tree, "numpy") else tree
    flat = np.asarray(tree, dtype=np.float64).reshape(-1)
    return [flat[:: flat.size // SHOWN | 1].tolist()]  # an odd stride does not stay in one column


def seconds(step: Step, repeat: int) -> float:
    """The mean time of `repeat` steps in a row."""
    began = time.perf_counter()
    for _ in range(repeat):
        step()
    return (time.perf_counter() - began) / repeat


class Runner:
    """One library's workloads, each built once, at its first request."""

    def __init__(self, library: Any, workloads: Mapping[str, Workload] = WORKLOADS) -> None:
        self.library, self.workloads = library, workloads
        self.steps: dict[str, Step] = {}
        self.repeats: dict[str, int] = {}

    def names(self, _: str) -> list[str]:
        return list(self.workloads)

    def check(self, name: str) -> list[list[float]]:
        self.steps[name], check = self.workloads[name](self.library)
        self.steps[name]()
        return plain(check())

    def time(self, name: str) -> dict[str, float]:
        """Seconds for a step: the mean of a block just long enough to time, or the step's own phases."""
        step = self.steps[name]
        if name not in self.repeats:
            phases = step()
            if phases is not None:
                return phases
            once = min(seconds(step, 1) for _ in range(3))
            self.repeats[name] = max(1, round(BLOCK_SECONDS / max(once, 1e-7)))
        return {"": seconds(step, self.repeats[name])}


def answered(request: Callable[..., Any], *arguments: Any) -> Any:
    """What ``request(*arguments)`` returns, or its exception as a dict."""
    try:
        return request(*arguments)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".splitlines()[0]}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    loaded = answered(CONTESTANTS[sys.argv[1]].load)
    if isinstance(loaded, dict):
        answers.write(json.dumps(loaded) + "\n")
        return
    library, workloads = loaded
    if int(sys.argv[2]) and hasattr(library, "set_num_threads"):
        library.set_num_threads(int(sys.argv[2]))
    runner = Runner(library, workloads)
    asked = {"names": runner.names, "check": runner.check, "time": runner.time}
    for line in sys.stdin:
        what, name = line.split()
        answers.write(json.dumps(answered(asked[what], name)) + "\n")


if __name__ == "__main__":
    main()
