"""Functions of functions: Jacobians, gradients for each sample."""

from __future__ import annotations

from typing import Any

from ._data import classes, fill, normal


def jacrev_100(torch: Any) -> Any:
    """``func.jacrev`` of ``tanh(W x)``, 100 -> 100."""
    w, x = normal(torch, 100, 100, seed=1, scale=0.1), normal(torch, 100)
    last: list[Any] = []

    def step() -> None:
        last[:] = [torch.func.jacrev(lambda x: (w @ x).tanh())(x)]

    return step, lambda: last


def per_sample_gradients_64(torch: Any) -> Any:
    """Gradients of an MLP 16-32-1 for each of 64 samples, ``vmap`` over ``grad``."""
    nn, func = torch.nn, torch.func
    model = fill(torch, nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 1)))
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    x, y = normal(torch, 64, 16), normal(torch, 64, 1, seed=1)
    last: list[Any] = []

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        return ((func.functional_call(model, parameters, (x,)) - y) ** 2).mean()

    def step() -> None:
        last[:] = [func.vmap(func.grad(loss), in_dims=(None, 0, 0))(parameters, x, y)]

    return step, lambda: [last[0][name] for name in parameters]


def per_sample_gradients_256(torch: Any) -> Any:
    """Gradients of a classifier 32-64-10 for each of 256 samples, cross entropy, ``vmap`` over ``grad``."""
    nn, func = torch.nn, torch.func
    model = fill(torch, nn.Sequential(nn.Linear(32, 64), nn.Tanh(), nn.Linear(64, 10)))
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    x, y = normal(torch, 256, 32), classes(torch, 256, of=10)
    last: list[Any] = []

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        return nn.functional.cross_entropy(func.functional_call(model, parameters, (x[None],)), y[None])

    def step() -> None:
        last[:] = [func.vmap(func.grad(loss), in_dims=(None, 0, 0))(parameters, x, y)]

    return step, lambda: [last[0][name] for name in parameters]


def hessian_50(torch: Any) -> Any:
    """The Hessian of ``sum(tanh(A x)²)`` of 50 variables."""
    a, x = normal(torch, 50, 50, seed=1, scale=0.2), normal(torch, 50)
    last: list[Any] = []

    def step() -> None:
        last[:] = [torch.func.hessian(lambda x: (a @ x).tanh().pow(2).sum())(x)]

    return step, lambda: last
