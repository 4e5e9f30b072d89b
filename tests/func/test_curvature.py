"""Second derivatives without the whole Hessian, and gradients for each sample of an eager graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.func import functional_call, ggn_vp, grad, hessian, hessian_diag, hvp, jacrev, laplacian, vmap

F = torch.nn.functional
REAL = torch.float64
X, Y = torch.tensor([0.4, -0.9, 1.3], dtype=REAL), torch.tensor([[1.0, 0.5], [-0.3, 2.0]], dtype=REAL)


def function(x: Any, y: Any = Y) -> Any:
    return (x.sin() * x.prod()).sum() * (y * y).sum().log() + torch.tanh(x).outer(y.reshape(-1)).sum()


def close(found: Any, expected: Any, tolerance: float = 1e-10) -> None:
    np.testing.assert_allclose(np.asarray(found.detach()), np.asarray(expected.detach()), tolerance, tolerance)


def test_hvp_is_the_product_with_the_hessian() -> None:
    tangents = (torch.tensor([1.0, -1.0, 0.5], dtype=REAL), torch.ones(2, 2, dtype=REAL))
    slopes, found = hvp(function, (X, Y), tangents)
    rows = hessian(function, (0, 1))(X, Y)
    for n, (slope, product) in enumerate(zip(slopes, found)):
        close(slope, grad(function, n)(X, Y))
        expected = rows[n][0].flatten(-1) @ tangents[0] + rows[n][1].flatten(-2) @ tangents[1].reshape(-1)
        close(product, expected.reshape(product.shape))


@pytest.mark.parametrize("chunk_size", [None, 1, 2, 100])
def test_diagonal_and_trace(chunk_size: int | None) -> None:
    first, second = hessian_diag(function, (0, 1), chunk_size=chunk_size)(X, Y)
    (xx, _), (_, yy) = hessian(function, (0, 1))(X, Y)
    close(first, xx.diagonal())
    close(second, yy.reshape(4, 4).diagonal().reshape(2, 2))
    close(laplacian(function, (0, 1), chunk_size=chunk_size)(X, Y), xx.trace() + yy.reshape(4, 4).trace())
    close(laplacian(function, chunk_size=chunk_size)({"x": X}["x"]), xx.trace())


def test_curvature_inside_other_transforms() -> None:
    batch = torch.stack([X, X * 2, -X])
    close(vmap(laplacian(function))(batch), torch.stack([laplacian(function)(each) for each in batch]))
    step = 1e-5
    slopes = [
        (laplacian(function)(X + step * e) - laplacian(function)(X - step * e)) / (2 * step)
        for e in torch.eye(3, dtype=REAL)
    ]
    close(grad(laplacian(function))(X), torch.stack(slopes), 1e-6)


def test_gauss_newton_is_the_hessian_without_the_curvature_of_the_model() -> None:
    model = lambda w: torch.tanh(Y @ w[:2]) * w[2]  # noqa: E731
    loss = lambda z: (z**4).sum() + z.prod()  # noqa: E731
    tangent = torch.tensor([0.3, -0.7, 1.1], dtype=REAL)
    jacobian = jacrev(model)(X)
    expected = jacobian.mT @ (hessian(loss)(model(X)) @ (jacobian @ tangent))
    close(ggn_vp(model, loss, (X,), (tangent,))[0], expected)
    straight = lambda w: Y @ w[:2]  # noqa: E731
    close(ggn_vp(straight, loss, (X,), (tangent,))[0], hessian(lambda w: loss(straight(w)))(X) @ tangent)


class Recurrent(torch.nn.Module):
    """A layer used twice, one under another view, a bias that broadcasts."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.nn.Linear(3, 3)
        self.scale = torch.nn.Parameter(torch.ones(1, 3))

    def forward(self, x: Any) -> Any:
        return F.layer_norm(self.inner(torch.tanh(self.inner(x)) * self.scale), (3,))


NETS: dict[str, Any] = {
    "linear layers": lambda: torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 4)),
    "shared layers": Recurrent,
    "frozen batch norm": lambda: torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4)).eval(),
}


@pytest.mark.parametrize("name", NETS)
def test_per_sample_gradients_equal_the_loop(name: str) -> None:
    torch.manual_seed(0)
    net = NETS[name]()
    parameters = dict(net.named_parameters())
    x, y = torch.randn(6, 3), torch.tensor([0, 1, 2, 0, 1, 2])
    losses = F.cross_entropy(net(x), y, reduction="none")
    found = torch.autograd.grad(losses, list(parameters.values()), per_sample=True)
    for number in range(6):
        loss = F.cross_entropy(functional_call(net, parameters, (x[number : number + 1],)), y[number : number + 1])
        for one, other in zip(found, torch.autograd.grad(loss, list(parameters.values()))):
            close(one[number], other, 2e-6)


def test_per_sample_gradients_of_convolutions_and_embeddings() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Embedding(7, 4),
        torch.nn.Unflatten(1, (1, 6)),
        torch.nn.Conv2d(1, 2, 3),
        torch.nn.GELU(),
        torch.nn.Flatten(),
    )
    x = torch.randint(0, 7, (5, 6))
    found = torch.autograd.grad((net(x) ** 2).sum(1), list(net.parameters()), per_sample=True)
    for number in range(5):
        loss = (net(x[number : number + 1]) ** 2).sum()
        for one, other in zip(found, torch.autograd.grad(loss, list(net.parameters()))):
            close(one[number], other, 1e-5)
