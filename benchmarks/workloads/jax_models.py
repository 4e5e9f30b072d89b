"""The larger models in JAX."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax, nn

from . import rules
from ._data import drawn, indices, numbers
from .functions import classification, cross_entropy, gradient, training


def _attention(q: Any, k: Any, v: Any, seen: Any = None) -> Any:
    scores = q @ k.swapaxes(-1, -2) * q.shape[-1] ** -0.5
    return nn.softmax(scores if seen is None else jnp.where(seen, scores, -jnp.inf)) @ v


def attention_8x8x128(lib: Any) -> Any:
    *qkv, weight = (numbers(8, 8, 128, 64, seed=i) for i in range(4))
    return gradient(lib, lambda q, k, v, weight: (_attention(q, k, v) * weight).sum(), *qkv, data=(weight,))


def _convolved(x: Any, w: Any, b: Any) -> Any:
    return lax.conv(x, w, (1, 1), "SAME") + b[:, None, None]


def _pooled(x: Any) -> Any:
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")


def _batch_normed(x: Any, w: Any, b: Any) -> Any:
    x = x - x.mean((0, 2, 3), keepdims=True)
    x = x * lax.rsqrt((x * x).mean((0, 2, 3), keepdims=True) + 1e-5)
    return x * w[:, None, None] + b[:, None, None]


def cnn_28x28(lib: Any) -> Any:
    def loss(c1: Any, b1: Any, w: Any, b: Any, c2: Any, b2: Any, w3: Any, b3: Any, x: Any, rows: Any, y: Any) -> Any:
        x = _pooled(nn.relu(_batch_normed(_convolved(x, c1, b1), w, b)))
        x = _pooled(nn.relu(_convolved(x, c2, b2))).reshape(32, -1)
        return cross_entropy(lib, x @ w3.T + b3, rows, y)

    parameters = drawn((16, 1, 3, 3), (16,), (16,), (16,), (32, 16, 3, 3), (32,), (10, 32 * 49), (10,))
    data = classification(numbers(32, 1, 28, 28), indices(32, of=10))
    return training(lib, loss, parameters, data, rules.momentum(0.01), shown="gradients")


def _layer_normed(x: Any, w: Any, b: Any) -> Any:
    x = x - x.mean(-1, keepdims=True)
    return x * lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5) * w + b


def gpt_block_adamw(lib: Any) -> Any:
    width, batch, length = 256, 8, 128

    def loss(*arrays: Any) -> Any:
        n1, m1, n2, m2, qkv, c, out, d, up, e, down, f, x, y, seen = arrays
        parts = jnp.split(_layer_normed(x, n1, m1) @ qkv.T + c, 3, -1)
        q, k, v = (each.reshape(batch, length, 8, -1).swapaxes(1, 2) for each in parts)
        x = x + _attention(q, k, v, seen).swapaxes(1, 2).reshape(x.shape) @ out.T + d
        x = x + nn.gelu(_layer_normed(x, n2, m2) @ up.T + e, approximate=False) @ down.T + f
        return ((x - y) ** 2).mean()

    layers = ((3 * width, width), (width, width), (4 * width, width), (width, 4 * width))
    parameters = drawn(*[(width,)] * 4, *(shape for layer in layers for shape in (layer, layer[:1])))
    data = numbers(batch, length, width), numbers(batch, length, width, seed=1), np.tri(length, dtype=bool)
    return training(lib, loss, parameters, data, rules.adam(1e-3, decay=0.01), shown="gradients")
