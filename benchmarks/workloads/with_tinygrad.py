"""tinygrad, each workload replayed by ``TinyJit``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tinygrad import Device, Tensor, TinyJit

from . import losses, of

tanh, exp, sin, erf = Tensor.tanh, Tensor.exp, Tensor.sin, Tensor.erf
relu, sigmoid, softplus, softmax, log_softmax = (
    Tensor.relu, Tensor.sigmoid, Tensor.softplus, Tensor.softmax, Tensor.log_softmax,
)  # fmt: skip
# No Jacobians; training, as a replayed step writes its results over the values it reads; what it gathers in seconds, and
# compiles in a minute.
LACKS = {
    "jacrev_100", "per_sample_gradients_64", "linear_regression_step_10", "sgd_100_steps", "module_mlp_step",
    "adam_20_parameters", "adamw_4m", "mlp_784_adam_batch_32", "mlp_784_adam_batch_256",
    "cross_entropy_1024x5000", "embedding_4096_of_50k", "scalar_chain_1000",
}  # fmt: skip
WORKLOADS = {name: workload for name, workload in of(losses).items() if name not in LACKS}
compiled = TinyJit
Device[Device.DEFAULT]  # raises where it finds no compiler


def row_mean(x: Any) -> Any:
    return x.mean(-1, keepdim=True)


def arrays(values: Any) -> tuple[Any, ...]:
    return tuple(Tensor(np.asarray(value)).clone().realize() for value in values)


def value_and_grad(loss: Callable[..., Any], parameters: int) -> Callable[..., Any]:
    def compute(*arrays: Any) -> Any:
        value = loss(*arrays)
        return value, value.gradient(*arrays[:parameters])

    return compute


def grad(loss: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: value_and_grad(loss, 1)(x)[1][0]


def finished(result: Any) -> Any:
    Device[Device.DEFAULT].synchronize()
    return result
