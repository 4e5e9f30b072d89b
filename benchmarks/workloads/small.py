"""Expressions on a few elements, where the time is the library's own and not the arithmetic's."""

from __future__ import annotations

from typing import Any

from ._data import expression, normal


def polynomial_3(torch: Any) -> Any:
    """3 elements, forward and backward of a cubic polynomial's sum."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    return expression(lambda: (2 * x**3 - 3 * x**2 + x).sum(), [x])


def powers_2(torch: Any) -> Any:
    """2 elements, ``3 a³ - b²``, backward with given cotangents."""
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    b = torch.tensor([6.0, 4.0], requires_grad=True)
    ones = torch.tensor([1.0, 1.0])

    def step() -> None:
        a.grad = b.grad = None
        (3 * a**3 - b**2).backward(gradient=ones)

    return step, lambda: [(3 * a**3 - b**2).sum(), [a.grad, b.grad]]


def linear_regression_step_10(torch: Any) -> Any:
    """10 samples of 3 features: loss, backward and an update by hand."""
    x, y = normal(torch, 10, 3), normal(torch, 10, seed=1)
    w, b = normal(torch, 3, seed=2, grad=True), torch.zeros(1, requires_grad=True)

    def step() -> None:
        ((x @ w + b - y) ** 2).mean().backward()
        with torch.no_grad():
            for p in (w, b):
                p -= 0.01 * p.grad
                p.grad = None

    return step, lambda: [w, b]


def square_mean_10(torch: Any) -> Any:
    """10 elements, ``((x w + y)²).mean()`` and its backward."""
    x, y, w = (normal(torch, 10, seed=i, grad=i == 2) for i in range(3))
    return expression(lambda: ((x * w + y) ** 2).mean(), [w])


def expression_100(torch: Any) -> Any:
    """100 elements through sin, exp, tanh, products and a quotient, and back."""
    a, b = normal(torch, 100, grad=True), normal(torch, 100, seed=1, grad=True)
    return expression(lambda: ((a.sin() * b + a.exp()).tanh() / (b * b + 1)).sum(), [a, b])


def forward_no_grad_10(torch: Any) -> Any:
    """10 elements, ``((x w + y)²).mean()`` under ``no_grad``."""
    x, y, w = (normal(torch, 10, seed=i, grad=i == 2) for i in range(3))
    last: list[Any] = []

    def step() -> None:
        with torch.no_grad():
            last[:] = [((x * w + y) ** 2).mean()]

    return step, lambda: last


def scalar_chain_1000(torch: Any) -> Any:
    """A scalar through 1,000 products, and back."""
    x, c = torch.tensor(1.0, requires_grad=True), torch.tensor(1.001)

    def loss() -> Any:
        y = x
        for _ in range(1000):
            y = y * c
        return y

    return expression(loss, [x])


def recurrent_50(torch: Any) -> Any:
    """50 steps of ``tanh(x_t W + h U)``, batch 1, 8 hidden units, and back through time."""
    x, h0 = normal(torch, 50, 1, 4), torch.zeros(1, 8)
    w, u = normal(torch, 4, 8, seed=1, grad=True), normal(torch, 8, 8, seed=2, scale=0.3, grad=True)

    def loss() -> Any:
        h = h0
        for t in range(50):
            h = (x[t] @ w + h @ u).tanh()
        return h.sum()

    return expression(loss, [w, u])


def double_backward_cube(torch: Any) -> Any:
    """3 elements: the second derivative of ``x³``."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    last: list[Any] = []

    def step() -> None:
        (first,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
        last[:] = torch.autograd.grad(first.sum(), x)

    return step, lambda: last


def hessian_vector_mlp(torch: Any) -> Any:
    """Hessian times vector of a small MLP's loss, reverse over reverse."""
    x, y = normal(torch, 8, 4), normal(torch, 8, 1, seed=1)
    w1, w2 = normal(torch, 4, 16, seed=2, grad=True), normal(torch, 16, 1, seed=3, grad=True)
    v1, v2 = normal(torch, 4, 16, seed=4), normal(torch, 16, 1, seed=5)
    last: list[Any] = []

    def step() -> None:
        loss = (((x @ w1).tanh() @ w2 - y) ** 2).mean()
        g1, g2 = torch.autograd.grad(loss, (w1, w2), create_graph=True)
        last[:] = torch.autograd.grad((g1 * v1).sum() + (g2 * v2).sum(), (w1, w2))

    return step, lambda: last
