"""MyGrad: tensors over NumPy, with a tape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mygrad
import numpy as np
from mygrad.nnet.activations import logsoftmax, relu as relu, sigmoid as sigmoid, softmax as softmax

from . import losses, of

tanh, exp, sin, log_softmax = mygrad.tanh, mygrad.exp, mygrad.sin, logsoftmax
LACKS = {"gelu_1m", "double_backward_cube", "hessian_vector_mlp", "jacrev_100", "per_sample_gradients_64"}
WORKLOADS = {name: workload for name, workload in of(losses).items() if name not in LACKS}


def softplus(x: Any) -> Any:
    return mygrad.logaddexp(0, x)


def row_mean(x: Any) -> Any:
    return x.mean(-1, keepdims=True)


def arrays(values: Any) -> tuple[Any, ...]:
    return tuple(np.asarray(value) for value in values)


def value_and_grad(loss: Callable[..., Any], parameters: int) -> Callable[..., Any]:
    def compute(*arrays: Any) -> Any:
        leaves = [mygrad.tensor(array, copy=False) for array in arrays[:parameters]]
        value = loss(*leaves, *arrays[parameters:])
        value.backward()
        return value.data, [leaf.grad for leaf in leaves]

    return compute


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def finished(result: Any) -> Any:
    return result
