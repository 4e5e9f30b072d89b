"""Optimizers for libraries of functions: from a parameter, its gradient and moments to the new parameter and moments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Rule(NamedTuple):
    """``update(count, parameter, gradient, *moments) -> (parameter, *moments)``."""

    moments: int
    update: Callable[..., tuple[Any, ...]]


def sgd(rate: float) -> Rule:
    return Rule(0, lambda count, p, g: (p - rate * g,))


def momentum(rate: float, kept: float = 0.9) -> Rule:
    def update(count: Any, p: Any, g: Any, m: Any) -> tuple[Any, ...]:
        m = kept * m + g
        return p - rate * m, m

    return Rule(1, update)


def adam(rate: float, decay: float = 0.0) -> Rule:
    """Adam; AdamW with `decay`."""

    def update(count: Any, p: Any, g: Any, m: Any, v: Any) -> tuple[Any, ...]:
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        move = (m / (1 - 0.9**count)) / ((v / (1 - 0.999**count)) ** 0.5 + 1e-8)
        return p * (1 - rate * decay) - rate * move, m, v

    return Rule(2, update)


def state(rule: Rule, lib: Any, parameters: Any) -> tuple[Any, ...]:
    """The count of steps, and each moment of all parameters."""
    zeros = [lib.arrays([np.zeros_like(p) for p in parameters]) for _ in range(rule.moments)]
    return (*lib.arrays([np.float32(0)]), *zeros)


def applied(rule: Rule, parameters: Any, gradients: Any, state: Any) -> tuple[Any, Any]:
    """New parameters and state."""
    count, *moments = state
    count = count + 1
    updated = [rule.update(count, *each) for each in zip(parameters, gradients, *moments)]
    parameters, *moments = zip(*updated)
    return parameters, (count, *moments)
