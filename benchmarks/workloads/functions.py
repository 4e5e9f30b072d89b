"""The same workloads for libraries of functions on arrays: each loss is written once, in words that they all have.

`lib` is one of the modules ``with_jax``, ``with_autograd``, …: it says what the words are there (``tanh``,
``softmax``), how a loss is differentiated (``value_and_grad``), compiled (``compiled``) and waited for (``finished``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import rules
from ._data import dense, indices, numbers


def calling(lib: Any, function: Callable[..., Any], *arrays: Any) -> Any:
    """The workload of ``function(*arrays)``, checked by what it returns."""
    held, compute = lib.arrays(arrays), lib.compiled(function)
    last: list[Any] = []

    def step() -> None:
        last[:] = [lib.finished(compute(*held))]

    return step, lambda: last


def gradient(lib: Any, loss: Callable[..., Any], *parameters: Any, data: tuple[Any, ...] = ()) -> Any:
    """The workload of ``loss(*parameters, *data)`` and its gradients, checked by both."""
    return calling(lib, lib.value_and_grad(loss, len(parameters)), *parameters, *data)


def training(
    lib: Any, loss: Callable[..., Any], parameters: Any, data: Any, rule: rules.Rule, *, times: int = 1, shown: str = ""
) -> Any:
    """The workload of `times` steps of training; checked by the parameters, or the first loss and its ``gradients``."""
    start, data = lib.arrays(parameters), lib.arrays(data)
    compute = lib.value_and_grad(loss, len(start))

    def once(parameters: Any, state: Any, data: Any) -> Any:
        value, gradients = compute(*parameters, *data)
        return value, *rules.applied(rule, parameters, gradients, state)

    held = [start, rules.state(rule, lib, parameters)]
    compiled = lib.compiled(once)

    def step() -> None:
        for _ in range(times):
            _, *held[:] = compiled(*held, data)
        lib.finished(held)

    return step, lambda: compute(*start, *data) if shown == "gradients" else held[0]


def updating(lib: Any, parameters: Any, gradients: Any, rule: rules.Rule) -> Any:
    """The workload of a step of an optimizer, checked by the parameters."""
    held, gradients = [lib.arrays(parameters), rules.state(rule, lib, parameters)], lib.arrays(gradients)
    compiled = lib.compiled(lambda parameters, state, gradients: rules.applied(rule, parameters, gradients, state))

    def step() -> None:
        held[:] = lib.finished(compiled(*held, gradients))

    return step, lambda: held[0]


def cross_entropy(lib: Any, scores: Any, rows: Any, y: Any) -> Any:
    return -lib.log_softmax(scores)[rows, y].mean()


def classification(x: Any, y: Any) -> tuple[Any, ...]:
    """The data of a loss with `cross_entropy`."""
    return x, np.arange(len(y)), y


def mlp_784_adam(lib: Any, batch: int) -> Any:
    def loss(w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any, x: Any, rows: Any, y: Any) -> Any:
        h = lib.relu(lib.relu(x @ w1.T + b1) @ w2.T + b2)
        return cross_entropy(lib, h @ w3.T + b3, rows, y)

    parameters, data = dense((512, 784), (512, 512), (10, 512)), (numbers(batch, 784), indices(batch, of=10))
    return training(lib, loss, parameters, classification(*data), rules.adam(1e-3), shown="gradients")
