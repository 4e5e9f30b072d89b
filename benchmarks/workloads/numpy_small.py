"""NumPy alone, with derivatives by hand: what is left of small workloads when nothing is recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._by_hand import Adam, Momentum, descending, returning
from ._data import dense, numbers

_CUBIC = np.array([1.0, 2.0, 3.0], np.float32)


def polynomial_3(_: Any) -> Any:
    x = _CUBIC
    return returning(lambda: (np.add.reduce(2 * x**3 - 3 * x**2 + x), 6 * x * x - 6 * x + 1))


def powers_2(_: Any) -> Any:
    a, b = np.array([2.0, 3.0], np.float32), np.array([6.0, 4.0], np.float32)
    return returning(lambda: (np.add.reduce(3 * a**3 - b**2), 9 * a * a, -2 * b))


def _linear_regression(samples: int, features: int, times: int) -> Any:
    x, y, w, b = numbers(samples, features), numbers(samples, seed=1), numbers(features, seed=2), np.zeros(1, "f")

    def step() -> None:
        for _ in range(times):
            slope = (x @ w + b - y) * (2 / samples)
            np.subtract(w, 0.01 * (slope @ x), out=w)
            np.subtract(b, 0.01 * np.add.reduce(slope), out=b)

    return step, lambda: [w, b]


def linear_regression_step_10(_: Any) -> Any:
    return _linear_regression(10, 3, times=1)


def sgd_100_steps(_: Any) -> Any:
    return _linear_regression(32, 4, times=100)


def square_mean_10(_: Any) -> Any:
    x, y, w = (numbers(10, seed=i) for i in range(3))

    def compute() -> Any:
        z = x * w + y
        return np.add.reduce(z * z) / 10, z * x * 0.2

    return returning(compute)


def forward_no_grad_10(_: Any) -> Any:
    x, y, w = (numbers(10, seed=i) for i in range(3))
    return returning(lambda: np.add.reduce((x * w + y) ** 2) / 10)


def expression_100(_: Any) -> Any:
    a, b = numbers(100), numbers(100, seed=1)

    def compute() -> Any:
        s, e, d = np.sin(a), np.exp(a), b * b + 1
        t = np.tanh(s * b + e)
        g = (1 - t * t) / d
        return np.add.reduce(t / d), g * (np.cos(a) * b + e), g * s - t / (d * d) * (2 * b)

    return returning(compute)


def scalar_chain_1000(_: Any) -> Any:
    x, c = np.float32(1), np.float32(1.001)

    def compute() -> Any:
        y, g = x, np.float32(1)
        for _ in range(1000):
            y = y * c
        for _ in range(1000):
            g = g * c
        return y, g

    return returning(compute)


def recurrent_50(_: Any) -> Any:
    x, w, u = numbers(50, 1, 4), numbers(4, 8, seed=1), numbers(8, 8, seed=2, scale=0.3)

    def compute() -> Any:
        states = [np.zeros((1, 8), np.float32)]
        for t in range(50):
            states.append(np.tanh(x[t] @ w + states[-1] @ u))
        g, gw, gu = np.ones((1, 8), np.float32), np.zeros_like(w), np.zeros_like(u)
        for t in reversed(range(50)):
            h = states[t + 1]
            g = g * (1 - h * h)
            gw += x[t].T @ g
            gu += states[t].T @ g
            g = g @ u.T
        return np.add.reduce(states[-1], None), gw, gu

    return returning(compute)


def double_backward_cube(_: Any) -> Any:
    return returning(lambda: 6 * _CUBIC)


def mlp_by_hand_batch_1(_: Any) -> Any:
    x, y, w1, w2 = numbers(1, 4), numbers(1, 1, seed=1), numbers(4, 16, seed=2), numbers(16, 1, seed=3)
    b1, b2 = np.zeros(16, np.float32), np.zeros(1, np.float32)

    def compute() -> Any:
        h = np.tanh(x @ w1 + b1)
        error = h @ w2 + b2 - y
        g = 2 * error
        gh = (g @ w2.T) * (1 - h * h)
        return (error * error)[0, 0], x.T @ gh, gh[0], h.T @ g, g[0]

    return returning(compute)


def adam_20_parameters(_: Any) -> Any:
    parameters, gradients = ([numbers(10, seed=first + i) for i in range(20)] for first in (0, 100))
    return descending(lambda: (0, gradients), Adam(parameters), shown=parameters)


def module_mlp_step(_: Any) -> Any:
    parameters = dense((16, 4), (16, 16), (1, 16))
    x, y = numbers(16, 4), numbers(16, 1, seed=1)

    def compute() -> Any:
        w1, b1, w2, b2, w3, b3 = parameters
        h = np.tanh(x @ w1.T + b1)
        z = h @ w2.T + b2
        r = np.maximum(z, 0)
        error = r @ w3.T + b3 - y
        g = error * (2 / 16)
        gz = (g @ w3) * (z > 0)
        gh = (gz @ w2) * (1 - h * h)
        pairs = ((gh, x), (gz, h), (g, r))
        return 0, [each for g, into in pairs for each in (g.T @ into, np.add.reduce(g))]

    return descending(compute, Momentum(parameters), shown=parameters)


def jacrev_100(_: Any) -> Any:
    w, x = numbers(100, 100, seed=1, scale=0.1), numbers(100)

    def compute() -> Any:
        t = np.tanh(w @ x)
        return (1 - t * t)[:, None] * w

    return returning(compute)


def per_sample_gradients_64(_: Any) -> Any:
    w1, b1, w2, b2 = dense((32, 16), (1, 32))
    x, y = numbers(64, 16), numbers(64, 1, seed=1)

    def compute() -> Any:
        h = np.tanh(x @ w1.T + b1)
        g = 2 * (h @ w2.T + b2 - y)
        gh = (g @ w2) * (1 - h * h)
        return gh[:, :, None] * x[:, None, :], gh, g[:, :, None] * h[:, None, :], g

    return returning(compute)
