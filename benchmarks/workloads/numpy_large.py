"""NumPy alone on large arrays, derivatives by hand, as one writes them at first: plain expressions, one thread."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._by_hand import Adam, descending, returning
from ._data import dense, indices, numbers


def _cross_entropy(scores: Any, y: Any) -> tuple[Any, Any]:
    """The mean loss and its gradient for `scores`."""
    rows = np.arange(len(y))
    shifted = scores - scores.max(1, keepdims=True)
    powers = np.exp(shifted)
    sums = powers.sum(1, keepdims=True)
    slope = powers / sums
    slope[rows, y] -= 1
    slope /= len(y)
    return (np.log(sums[:, 0]) - shifted[rows, y]).mean(), slope


def _mlp_784_adam(batch: int) -> Any:
    parameters = dense((512, 784), (512, 512), (10, 512))
    x, y = numbers(batch, 784), indices(batch, of=10)

    def compute() -> Any:
        w1, b1, w2, b2, w3, b3 = parameters
        h1 = np.maximum(x @ w1.T + b1, 0)
        h2 = np.maximum(h1 @ w2.T + b2, 0)
        loss, g3 = _cross_entropy(h2 @ w3.T + b3, y)
        g2 = (g3 @ w3) * (h2 > 0)
        g1 = (g2 @ w2) * (h1 > 0)
        pairs = ((g1, x), (g2, h1), (g3, h2))
        return loss, [each for g, into in pairs for each in (g.T @ into, np.add.reduce(g))]

    return descending(compute, Adam(parameters))


def mlp_784_adam_batch_32(_: Any) -> Any:
    return _mlp_784_adam(32)


def mlp_784_adam_batch_256(_: Any) -> Any:
    return _mlp_784_adam(256)


def elementwise_4m(_: Any) -> Any:
    x = numbers(4_000_000)

    def compute() -> Any:
        inner = (2 * x + 1) * x - 0.5
        t = np.tanh(inner * inner)
        return t.sum(), (1 - t * t) * (2 * inner) * (4 * x + 1)

    return returning(compute)


def softmax_256x1024(_: Any) -> Any:
    x, weight = numbers(256, 1024), numbers(256, 1024, seed=1)

    def compute() -> Any:
        powers = np.exp(x - x.max(1, keepdims=True))
        y = powers / powers.sum(1, keepdims=True)
        weighted = y * weight
        totals = weighted.sum(1, keepdims=True)
        return totals.sum(), weighted - y * totals

    return returning(compute)


def layer_norm_256x1024(_: Any) -> Any:
    x, cotangent, w, b = (*(numbers(256, 1024, seed=i) for i in (0, 1)), numbers(1024, seed=2), np.zeros(1024, "f"))

    def compute() -> Any:
        centred = x - x.mean(1, keepdims=True)
        scale = 1 / np.sqrt((centred * centred).mean(1, keepdims=True) + 1e-5)
        y = centred * scale
        g = cotangent * w
        gx = scale * (g - g.mean(1, keepdims=True) - y * (g * y).mean(1, keepdims=True))
        return ((y * w + b) * cotangent).sum(), gx, (y * cotangent).sum(0), cotangent.sum(0)

    return returning(compute)


def cross_entropy_1024x5000(_: Any) -> Any:
    x, y = numbers(1024, 5000), indices(1024, of=5000)
    return returning(lambda: _cross_entropy(x, y))


def sigmoid_1m(_: Any) -> Any:
    x, weight = numbers(1024, 1024), numbers(1024, 1024, seed=1)

    def compute() -> Any:
        y = 1 / (1 + np.exp(-x))
        weighted = y * weight
        return weighted.sum(), weighted * (1 - y)

    return returning(compute)


def adamw_4m(_: Any) -> Any:
    parameters, gradients = [numbers(2000, 2000)], [numbers(2000, 2000, seed=1)]
    return descending(lambda: (0, gradients), Adam(parameters, decay=0.01), shown=parameters)


def embedding_4096_of_50k(_: Any) -> Any:
    table, rows, weight = numbers(50_000, 64), indices(4096, of=50_000), numbers(4096, 64, seed=1)

    def compute() -> Any:
        g = np.zeros_like(table)
        np.add.at(g, rows, weight)
        return (table[rows] * weight).sum(), g

    return returning(compute)


def bias_gradient_1m(_: Any) -> Any:
    x, b = numbers(1_000_000, 32), np.zeros(32, np.float32)
    return returning(lambda: ((x + b).sum(), np.full(32, len(x), np.float32)))


def logistic_regression_100k(_: Any) -> Any:
    x, w, b = numbers(100_000, 100, dtype=np.float64), numbers(100, seed=1, scale=0.1, dtype=np.float64), np.zeros(1)
    y = indices(100_000, of=2).astype(np.float64)

    def compute() -> Any:
        z = x @ w + b
        powers = np.exp(-np.abs(z))
        loss = (np.maximum(z, 0) - z * y + np.log1p(powers)).mean()
        g = (np.where(z < 0, powers, 1) / (1 + powers) - y) / len(y)
        return loss, g @ x, g.sum()

    return returning(compute)
