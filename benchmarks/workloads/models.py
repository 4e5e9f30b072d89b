"""Small models and their training."""

from __future__ import annotations

from typing import Any

from ._data import expression, fill, normal


def mlp_by_hand_batch_1(torch: Any) -> Any:
    """A tanh MLP 4-16-1 of plain tensors, batch 1, forward and backward."""
    x, y = normal(torch, 1, 4), normal(torch, 1, 1, seed=1)
    w1, b1 = normal(torch, 4, 16, seed=2, grad=True), torch.zeros(16, requires_grad=True)
    w2, b2 = normal(torch, 16, 1, seed=3, grad=True), torch.zeros(1, requires_grad=True)

    def loss() -> Any:
        return (((x @ w1 + b1).tanh() @ w2 + b2 - y) ** 2).mean()

    return expression(loss, [w1, b1, w2, b2])


def sgd_100_steps(torch: Any) -> Any:
    """100 steps of ``optim.SGD`` on a linear regression of 32 samples."""
    x, y = normal(torch, 32, 4), normal(torch, 32, seed=1)
    w, b = normal(torch, 4, seed=2, grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=0.01)

    def step() -> None:
        for _ in range(100):
            optimizer.zero_grad()
            ((x @ w + b - y) ** 2).mean().backward()
            optimizer.step()

    return step, lambda: [w, b]


def adam_20_parameters(torch: Any) -> Any:
    """One step of ``optim.Adam`` over 20 parameters of 10 elements each."""
    parameters = [normal(torch, 10, seed=i, grad=True) for i in range(20)]
    for i, p in enumerate(parameters):
        p.grad = normal(torch, 10, seed=100 + i)
    optimizer = torch.optim.Adam(parameters, lr=1e-3)

    def step() -> None:
        optimizer.step()

    return step, lambda: parameters


def module_mlp_step(torch: Any) -> Any:
    """A training step of ``nn.Sequential`` 4-16-16-1, batch 16, MSE and SGD with momentum."""
    nn = torch.nn
    model = fill(torch, nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1)))
    x, y = normal(torch, 16, 4), normal(torch, 16, 1, seed=1)
    optimizer, loss = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9), nn.MSELoss()

    def step() -> None:
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()

    return step, lambda: list(model.parameters())
