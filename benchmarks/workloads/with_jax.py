"""JAX, each workload compiled as a whole by ``jax.jit``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import nn

from . import jax_models, losses, of

jax.config.update("jax_enable_x64", True)  # float64 exists; float32 stays float32

tanh, exp, sin, erf = jnp.tanh, jnp.exp, jnp.sin, jax.scipy.special.erf
relu, sigmoid, softplus, softmax, log_softmax = nn.relu, nn.sigmoid, nn.softplus, nn.softmax, nn.log_softmax
compiled, finished, grad, jacobian = jax.jit, jax.block_until_ready, jax.grad, jax.jacrev
WORKLOADS = {**of(losses), **of(jax_models)}


def row_mean(x: Any) -> Any:
    return x.mean(-1, keepdims=True)


def arrays(values: Any) -> tuple[Any, ...]:
    return tuple(jnp.asarray(value) for value in values)


def value_and_grad(loss: Callable[..., Any], parameters: int) -> Callable[..., Any]:
    return jax.value_and_grad(loss, tuple(range(parameters)))


def for_each_sample(function: Callable[..., Any]) -> Callable[..., Any]:
    return jax.vmap(function, (None, 0, 0))
