"""What NumPy's workloads share: steps, and optimizers that write in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def returning(compute: Callable[[], Any]) -> Any:
    """The workload of ``compute()``, checked by what it returns."""
    last: list[Any] = []

    def step() -> None:
        last[:] = [compute()]

    return step, lambda: last


def descending(compute: Callable[[], Any], update: Callable[[Any], None], shown: Any = None) -> Any:
    """The workload of ``loss, gradients = compute(); update(gradients)``, checked by both or by what is `shown`."""
    last: list[Any] = []

    def step() -> None:
        last[:] = compute()
        update(last[1])

    return step, lambda: last if shown is None else shown


class Momentum:
    """SGD with momentum 0.9 and rate 0.01."""

    def __init__(self, parameters: list[Any]) -> None:
        self.held = [(p, np.zeros_like(p)) for p in parameters]

    def __call__(self, gradients: list[Any]) -> None:
        for (p, m), g in zip(self.held, gradients):
            np.add(np.multiply(m, 0.9, out=m), g, out=m)
            np.subtract(p, 0.01 * m, out=p)


class Adam:
    """Adam with rate 0.001; AdamW with `decay`."""

    def __init__(self, parameters: list[Any], decay: float = 0.0) -> None:
        self.count, self.decay = 0, decay
        self.held = [(p, np.zeros_like(p), np.zeros_like(p), np.empty_like(p)) for p in parameters]

    def __call__(self, gradients: list[Any]) -> None:
        self.count += 1
        rate, scale = 1e-3 / (1 - 0.9**self.count), (1 - 0.999**self.count) ** -0.5
        for (p, m, v, scratch), g in zip(self.held, gradients):
            if self.decay:
                np.multiply(p, 1 - 1e-3 * self.decay, out=p)
            np.add(np.multiply(m, 0.9, out=m), np.multiply(g, 0.1, out=scratch), out=m)
            np.multiply(np.multiply(g, g, out=scratch), 0.001, out=scratch)
            np.add(np.multiply(v, 0.999, out=v), scratch, out=v)
            np.add(np.multiply(np.sqrt(v, out=scratch), scale, out=scratch), 1e-8, out=scratch)
            np.multiply(np.divide(m, scratch, out=scratch), rate, out=scratch)
            np.subtract(p, scratch, out=p)
