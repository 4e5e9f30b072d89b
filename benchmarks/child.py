"""``python -m benchmarks.child LIBRARY THREADS``: runs workloads with one library, asked line by line.

A request is ``check NAME`` (the numbers that the first step leaves behind) or ``time NAME`` (seconds for a
step, by phase). An answer is one line of JSON; an exception is answered as ``{"error": …}``.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from .workloads import WORKLOADS, Step

BLOCK_SECONDS = 0.01


def plain(tree: Any) -> list[float]:
    """All numbers in nested tensors, lists and numbers, in order."""
    if hasattr(tree, "detach"):
        return [float(v) for v in tree.detach().reshape(-1).tolist()]
    if isinstance(tree, list | tuple):
        return [v for item in tree for v in plain(item)]
    return [float(tree)]


def seconds(step: Step, repeat: int) -> float:
    """The mean time of `repeat` steps in a row."""
    began = time.perf_counter()
    for _ in range(repeat):
        step()
    return (time.perf_counter() - began) / repeat


class Runner:
    """One library's workloads, each built once, at its first request."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.steps: dict[str, Step] = {}
        self.repeats: dict[str, int] = {}

    def check(self, name: str) -> list[float]:
        self.steps[name], check = WORKLOADS[name](self.torch)
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


def main() -> None:
    torch = importlib.import_module(sys.argv[1])
    if int(sys.argv[2]) and hasattr(torch, "set_num_threads"):
        torch.set_num_threads(int(sys.argv[2]))
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    runner = Runner(torch)
    asked: dict[str, Callable[[str], Any]] = {"check": runner.check, "time": runner.time}
    for line in sys.stdin:
        what, name = line.split()
        try:
            answer = asked[what](name)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
