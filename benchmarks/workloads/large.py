"""Work where the arithmetic counts: a real layer size, long vectors, wide rows."""

from __future__ import annotations

from typing import Any

from ._data import backward_of, classes, fill, normal


def mlp_784_adam_batch_32(torch: Any) -> Any:
    """A training step of an MLP 784-512-512-10, batch 32, cross entropy and Adam."""
    nn = torch.nn
    layers = (nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    model = fill(torch, nn.Sequential(*layers))
    x, y = normal(torch, 32, 784), classes(torch, 32, of=10)
    optimizer, loss = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()
    losses: list[Any] = []

    def step() -> None:
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        losses[:] = [value]

    return step, lambda: [losses, [p.grad for p in model.parameters()]]


def elementwise_4m(torch: Any) -> Any:
    """4 million floats through ``((2x + 1) x - 0.5)²`` and tanh, forward and backward."""
    x = normal(torch, 4_000_000, grad=True)

    def loss() -> Any:
        return ((((2 * x + 1) * x - 0.5) ** 2).tanh()).sum()

    return lambda: backward_of(loss, [x]), lambda: x.grad[:1000]


def softmax_256x1024(torch: Any) -> Any:
    """Softmax over rows of 1,024, forward and backward."""
    x, weight = normal(torch, 256, 1024, grad=True), normal(torch, 256, 1024, seed=1)
    return lambda: backward_of(lambda: (x.softmax(-1) * weight).sum(), [x]), lambda: x.grad


def layer_norm_256x1024(torch: Any) -> Any:
    """Layer norm over rows of 1,024 with weight and bias, forward and backward."""
    x, cotangent = normal(torch, 256, 1024, grad=True), normal(torch, 256, 1024, seed=1)
    w, b = normal(torch, 1024, seed=2, grad=True), torch.zeros(1024, requires_grad=True)

    def loss() -> Any:
        return (torch.nn.functional.layer_norm(x, (1024,), w, b) * cotangent).sum()

    return lambda: backward_of(loss, [x, w, b]), lambda: [x.grad, w.grad, b.grad]
