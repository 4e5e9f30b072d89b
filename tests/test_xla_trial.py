"""A whole training step traced through `jax.jit`: forward, backward and update are XLA's, the rules are ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.graph.tensor_base import wrap

jax = pytest.importorskip("jax")

RATE = 0.1


def loss_of(parameters: list[Any], x: Any, y: Any) -> Any:
    """A two-layer perceptron with a tanh, its mean squared error, and a softmax on the way."""
    w1, b1, w2, b2 = parameters
    hidden = torch.tanh(x @ w1 + b1)
    output = torch.softmax(hidden @ w2 + b2, dim=1)
    return ((output - y) ** 2).mean()


def step_on(arrays: list[Any], x: Any, y: Any) -> tuple[list[Any], Any]:
    """One SGD step on raw arrays of any kind: the new parameters and the loss."""
    parameters = [wrap(array, requires_grad=True) for array in arrays]
    loss = loss_of(parameters, wrap(x), wrap(y))
    gradients = torch.autograd.grad(loss, parameters, wrap(np.float32(1)))
    return [(p.detach() - RATE * g)._array for p, g in zip(parameters, gradients)], loss.detach()._array


def test_traced_step_equals_the_eager_step() -> None:
    from tests.xla_array import XlaArray

    random = np.random.default_rng(0)
    arrays = [random.standard_normal(shape).astype("f4") for shape in ((5, 7), (7,), (7, 3), (3,))]
    x, y = random.standard_normal((4, 5)).astype("f4"), random.standard_normal((4, 3)).astype("f4")
    traces: list[int] = []

    @jax.jit
    def compiled(arrays: Any, x: Any, y: Any) -> Any:
        traces.append(1)
        updated, loss = step_on([XlaArray(a) for a in arrays], XlaArray(x), XlaArray(y))
        return [each.value for each in updated], loss.value

    ours, theirs = arrays, arrays
    for _ in range(3):
        ours, loss = step_on(ours, x, y)
        theirs, traced_loss = compiled(theirs, x, y)
        np.testing.assert_allclose(loss, traced_loss, rtol=1e-5)
        for a, b in zip(ours, theirs):
            np.testing.assert_allclose(a, b, atol=1e-5)
    assert len(traces) == 1  # the step was traced once: nothing in it looked at values
