"""The workloads of `small`, `models`, `large` and `transforms` as functions of arrays; see `functions`."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import rules
from ._data import dense, indices, numbers
from .functions import calling, classification, cross_entropy, gradient, mlp_784_adam, training, updating

_CUBIC = np.array([1.0, 2.0, 3.0], np.float32)


def polynomial_3(lib: Any) -> Any:
    return gradient(lib, lambda x: (2 * x**3 - 3 * x**2 + x).sum(), _CUBIC)


def powers_2(lib: Any) -> Any:
    a, b = np.array([2.0, 3.0], np.float32), np.array([6.0, 4.0], np.float32)
    return gradient(lib, lambda a, b: (3 * a**3 - b**2).sum(), a, b)


def _regression(w: Any, b: Any, x: Any, y: Any) -> Any:
    return ((x @ w + b - y) ** 2).mean()


def _linear_regression(lib: Any, samples: int, features: int, times: int) -> Any:
    parameters = numbers(features, seed=2), np.zeros(1, np.float32)
    data = numbers(samples, features), numbers(samples, seed=1)
    return training(lib, _regression, parameters, data, rules.sgd(0.01), times=times)


def linear_regression_step_10(lib: Any) -> Any:
    return _linear_regression(lib, 10, 3, times=1)


def sgd_100_steps(lib: Any) -> Any:
    return _linear_regression(lib, 32, 4, times=100)


def square_mean_10(lib: Any) -> Any:
    x, y, w = (numbers(10, seed=i) for i in range(3))
    return gradient(lib, lambda w, x, y: ((x * w + y) ** 2).mean(), w, data=(x, y))


def forward_no_grad_10(lib: Any) -> Any:
    return calling(lib, lambda x, y, w: ((x * w + y) ** 2).mean(), *(numbers(10, seed=i) for i in range(3)))


def expression_100(lib: Any) -> Any:
    def loss(a: Any, b: Any) -> Any:
        return (lib.tanh(lib.sin(a) * b + lib.exp(a)) / (b * b + 1)).sum()

    return gradient(lib, loss, numbers(100), numbers(100, seed=1))


def scalar_chain_1000(lib: Any) -> Any:
    def loss(x: Any, c: Any) -> Any:
        for _ in range(1000):
            x = x * c
        return x

    return gradient(lib, loss, np.float32(1), data=(np.float32(1.001),))


def recurrent_50(lib: Any) -> Any:
    def loss(w: Any, u: Any, x: Any, h: Any) -> Any:
        for t in range(50):
            h = lib.tanh(x[t] @ w + h @ u)
        return h.sum()

    data = numbers(50, 1, 4), np.zeros((1, 8), np.float32)
    return gradient(lib, loss, numbers(4, 8, seed=1), numbers(8, 8, seed=2, scale=0.3), data=data)


def double_backward_cube(lib: Any) -> Any:
    first = lib.grad(lambda x: (x**3).sum())
    return calling(lib, lib.grad(lambda x: first(x).sum()), _CUBIC)


def hessian_vector_mlp(lib: Any) -> Any:
    def loss(w1: Any, w2: Any, x: Any, y: Any) -> Any:
        return ((lib.tanh(x @ w1) @ w2 - y) ** 2).mean()

    gradients = lib.value_and_grad(loss, 2)

    def product(w1: Any, w2: Any, x: Any, y: Any, v1: Any, v2: Any) -> Any:
        _, (g1, g2) = gradients(w1, w2, x, y)
        return (g1 * v1).sum() + (g2 * v2).sum()

    w1, w2, v1, v2 = (numbers(*shape, seed=2 + i) for i, shape in enumerate(((4, 16), (16, 1)) * 2))
    return calling(lib, lambda *arrays: lib.value_and_grad(product, 2)(*arrays)[1],
                   w1, w2, numbers(8, 4), numbers(8, 1, seed=1), v1, v2)  # fmt: skip


def mlp_by_hand_batch_1(lib: Any) -> Any:
    def loss(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, y: Any) -> Any:
        return ((lib.tanh(x @ w1 + b1) @ w2 + b2 - y) ** 2).mean()

    zeros = np.zeros(16, np.float32)
    parameters = numbers(4, 16, seed=2), zeros, numbers(16, 1, seed=3), zeros[:1]
    return gradient(lib, loss, *parameters, data=(numbers(1, 4), numbers(1, 1, seed=1)))


def adam_20_parameters(lib: Any) -> Any:
    parameters, gradients = ([numbers(10, seed=first + i) for i in range(20)] for first in (0, 100))
    return updating(lib, parameters, gradients, rules.adam(1e-3))


def module_mlp_step(lib: Any) -> Any:
    def loss(w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any, x: Any, y: Any) -> Any:
        h = lib.relu(lib.tanh(x @ w1.T + b1) @ w2.T + b2)
        return ((h @ w3.T + b3 - y) ** 2).mean()

    data = numbers(16, 4), numbers(16, 1, seed=1)
    return training(lib, loss, dense((16, 4), (16, 16), (1, 16)), data, rules.momentum(0.01))


def mlp_784_adam_batch_32(lib: Any) -> Any:
    return mlp_784_adam(lib, 32)


def mlp_784_adam_batch_256(lib: Any) -> Any:
    return mlp_784_adam(lib, 256)


def elementwise_4m(lib: Any) -> Any:
    return gradient(lib, lambda x: lib.tanh(((2 * x + 1) * x - 0.5) ** 2).sum(), numbers(4_000_000))


def _weighted(lib: Any, function: Any, rows: int) -> Any:
    x, weight = numbers(rows, 1024), numbers(rows, 1024, seed=1)
    return gradient(lib, lambda x, weight: (function(x) * weight).sum(), x, data=(weight,))


def softmax_256x1024(lib: Any) -> Any:
    return _weighted(lib, lib.softmax, 256)


def sigmoid_1m(lib: Any) -> Any:
    return _weighted(lib, lib.sigmoid, 1024)


def gelu_1m(lib: Any) -> Any:
    return _weighted(lib, lambda x: 0.5 * x * (1 + lib.erf(x * 0.5**0.5)), 1024)


def layer_norm_256x1024(lib: Any) -> Any:
    def loss(x: Any, w: Any, b: Any, weight: Any) -> Any:
        x = x - lib.row_mean(x)
        return ((x / (lib.row_mean(x * x) + 1e-5) ** 0.5 * w + b) * weight).sum()

    parameters = numbers(256, 1024), numbers(1024, seed=2), np.zeros(1024, np.float32)
    return gradient(lib, loss, *parameters, data=(numbers(256, 1024, seed=1),))


def cross_entropy_1024x5000(lib: Any) -> Any:
    x, *data = classification(numbers(1024, 5000), indices(1024, of=5000))
    return gradient(lib, lambda x, rows, y: cross_entropy(lib, x, rows, y), x, data=tuple(data))


def adamw_4m(lib: Any) -> Any:
    return updating(lib, [numbers(2000, 2000)], [numbers(2000, 2000, seed=1)], rules.adam(1e-3, decay=0.01))


def embedding_4096_of_50k(lib: Any) -> Any:
    data = indices(4096, of=50_000), numbers(4096, 64, seed=1)
    return gradient(lib, lambda table, rows, weight: (table[rows] * weight).sum(), numbers(50_000, 64), data=data)


def bias_gradient_1m(lib: Any) -> Any:
    return gradient(lib, lambda b, x: (x + b).sum(), np.zeros(32, np.float32), data=(numbers(1_000_000, 32),))


def logistic_regression_100k(lib: Any) -> Any:
    def loss(w: Any, b: Any, x: Any, y: Any) -> Any:
        z = x @ w + b
        return (lib.softplus(z) - z * y).mean()

    w, x = numbers(100, seed=1, scale=0.1, dtype=np.float64), numbers(100_000, 100, dtype=np.float64)
    return gradient(lib, loss, w, np.zeros(1), data=(x, indices(100_000, of=2).astype(np.float64)))


def jacrev_100(lib: Any) -> Any:
    function = lib.jacobian(lambda x, w: lib.tanh(w @ x))
    return calling(lib, function, numbers(100), numbers(100, 100, seed=1, scale=0.1))


def per_sample_gradients_64(lib: Any) -> Any:
    def loss(parameters: Any, x: Any, y: Any) -> Any:
        w1, b1, w2, b2 = parameters
        return ((lib.tanh(x @ w1.T + b1) @ w2.T + b2 - y) ** 2).mean()

    each = lib.for_each_sample(lib.grad(loss))
    data = numbers(64, 16), numbers(64, 1, seed=1)
    return calling(lib, lambda x, y, *parameters: each(parameters, x, y), *data, *dense((32, 16), (1, 32)))
