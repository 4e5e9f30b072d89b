"""``python -m benchmarks.memory``: does a training loop's memory stay flat with the garbage collector off?

With ``gc`` disabled only reference counting frees anything, so a reference cycle in a graph would show twice:
the resident memory grows, and a collection afterwards finds objects of the library. Exits with 1 if either
happens.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .workloads._data import normal

WARM_UP = 100  # iterations before the first reading: caches and the allocator's pools fill
MAY_GROW = 1 << 20  # bytes; the allocator's own noise


def resident_bytes() -> int:
    """The process's resident memory (Linux: from ``/proc``)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def training_loop(torch: Any) -> Callable[[], None]:
    """One iteration of training an MLP, with views, an in-place write, a double backward, an optimizer."""
    nn = torch.nn
    model = nn.Sequential(nn.Linear(16, 64), nn.Tanh(), nn.Dropout(0.1), nn.LayerNorm(64), nn.Linear(64, 1))
    x, y = normal(torch, 32, 16), normal(torch, 32, 1, seed=1)
    optimizer = torch.optim.Adam(model.parameters())

    def iteration() -> None:
        optimizer.zero_grad()
        inputs = x.clone().requires_grad_()
        output = model(inputs).view(-1).unsqueeze(1)
        (slope,) = torch.autograd.grad(output.sum(), inputs, create_graph=True)
        scaled = (output - y) * 1.0
        scaled.mul_(0.5)
        (scaled.pow(2).mean() + 0.01 * slope.pow(2).mean()).backward()
        optimizer.step()

    return iteration


@dataclass(frozen=True)
class Outcome:
    """Growth of the resident memory, and the library's objects that only a collection could free."""

    grown: int
    left: Counter[str]

    @property
    def is_flat(self) -> bool:
        return self.grown <= MAY_GROW and not self.left


def garbage_of(library: str) -> Counter[str]:
    """The objects of `library`'s classes that a collection finds unreachable, by class."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    gc.set_debug(0)
    kinds = (type(thing) for thing in gc.garbage)
    found = Counter(kind.__qualname__ for kind in kinds if kind.__module__.split(".")[0] == library)
    gc.garbage.clear()
    return found


def watch(library: str, iterations: int) -> Outcome:
    """Runs the loop with the collector off."""
    iteration = training_loop(importlib.import_module(library))
    gc.collect()
    gc.disable()
    try:
        for _ in range(WARM_UP):
            iteration()
        before = resident_bytes()
        for _ in range(iterations):
            iteration()
        return Outcome(resident_bytes() - before, garbage_of(library))
    finally:
        gc.enable()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--library", default="pullback")
    parser.add_argument("--iterations", type=int, default=1000)
    args = parser.parse_args()
    outcome = watch(args.library, args.iterations)
    print(f"{args.library}: {args.iterations} iterations, gc off: {outcome.grown / 1024:+.0f} KiB resident")
    for kind, number in outcome.left.most_common():
        print(f"  found by gc.collect(): {number} {kind}")
    sys.exit(0 if outcome.is_flat else 1)


if __name__ == "__main__":
    main()
