"""`func.jet`: derivatives along a curve against nested `jvp`, closed forms and JAX, and inside the other transforms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.func import grad, hessian, jacfwd, jacrev, jet, jvp, laplacian, vmap

F = torch.nn.functional
REAL = torch.float64
ORDER = 4
X = torch.tensor([0.35, 0.6, 0.85], dtype=REAL)
V = torch.tensor([0.4, -1.1, 0.7], dtype=REAL)
M = torch.tensor([[1.2, -0.3, 0.5], [0.4, 0.9, -0.7], [-0.2, 0.6, 1.4]], dtype=REAL)
ZERO = torch.zeros_like(X)

ELEMENTWISE = """exp log sin cos tan tanh sinh cosh sqrt rsqrt reciprocal sigmoid erf atan asin acos asinh atanh log1p expm1
exp2 log2 log10 lgamma digamma sinc i0 neg square abs frac""".split()

FUNCTIONS: dict[str, Callable[[Any], Any]] = {name: getattr(torch, name) for name in ELEMENTWISE} | {
    "cube": lambda x: x**3,
    "seventh power": lambda x: x**7,
    "power": lambda x: x**2.5,
    "negative power": lambda x: x**-1.5,
    "x to the x": lambda x: x**x,
    "2 to the x": lambda x: 2.0**x,
    "quotient": lambda x: (x + 1) / (x * x + 2),
    "atan2": lambda x: torch.atan2(x, x * x),
    "gelu": F.gelu,
    "softplus": F.softplus,
    "relu": lambda x: torch.relu(x * x - 0.2),
    "where": lambda x: torch.where(x > 0.4, x * x, x.sin()),
    "clamp": lambda x: x.clamp(0.2, 0.7) * x,
    "softmax": lambda x: torch.softmax(x, 0),
    "logsumexp": lambda x: torch.logsumexp(x, 0),
    "norm": lambda x: x.norm(),
    "std": lambda x: x.std(),
    "prod": lambda x: x.prod(),
    "cumprod": lambda x: x.cumprod(0),
    "cumsum": lambda x: x.cumsum(0) * x,
    "amax": lambda x: x.amax(0) * x,
    "sort": lambda x: x.sort(descending=True).values * x,
    "index": lambda x: x[[2, 0]] * x[:2],
    "cat": lambda x: torch.cat([x, x * x, torch.ones(1, dtype=REAL)]),
    "matrix times vector": lambda x: M @ x * x,
    "matrix times matrix": lambda x: (M * x) @ (M + x),
    "linear": lambda x: F.linear(x * x, M * x, x),
    "einsum": lambda x: torch.einsum("i,j,ij->j", x, x, M),
    "convolution": lambda x: F.conv1d((x * x)[None, None], x[None, None, :2], x[:1]),
    "inverse": lambda x: torch.linalg.inv(M + torch.diag(x)),
    "solve": lambda x: torch.linalg.solve(M + torch.diag(x), x),
    "det": lambda x: torch.linalg.det(M + torch.diag(x)),
    "layer norm": lambda x: F.layer_norm(x, (3,)),
    "mse": lambda x: F.mse_loss(x * x, x),
    "cross entropy": lambda x: F.cross_entropy(x * x, torch.tensor(1)),
    "control flow": lambda x: x * x if x.sum() > 0 else x,
    "constant": lambda x: torch.ones(2, dtype=REAL),
}


def nested(function: Callable[[Any], Any], order: int) -> list[np.ndarray]:
    """The derivatives of ``function(X + t V)`` by jvp of jvp of …"""
    one, start = torch.ones((), dtype=REAL), torch.zeros((), dtype=REAL)
    along: Callable[[Any], Any] = lambda t: function(X + t * V)  # noqa: E731
    found = [along(start)]
    for _ in range(order):
        along = (lambda inner: lambda t: jvp(inner, (t,), (one,))[1])(along)
        found.append(along(start))
    return [each.detach().numpy() for each in found]


def series(function: Callable[[Any], Any], order: int) -> list[Any]:
    value, rest = jet(function, (X,), ([V] + [ZERO] * (order - 1),))
    return [value, *rest]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_equals_nested_forward_mode(name: str) -> None:
    for found, expected in zip(series(FUNCTIONS[name], ORDER), nested(FUNCTIONS[name], ORDER), strict=True):
        np.testing.assert_allclose(found.numpy(), expected, 1e-7, 1e-9)


def test_writes_in_place() -> None:
    def written(x: Any) -> Any:
        y = torch.zeros_like(x)
        y[1:] = x[:2] * x[1:]
        y[0].copy_(x[2]).mul_(x[0])
        return y

    plain = lambda x: torch.stack([x[2] * x[0], x[0] * x[1], x[1] * x[2]])  # noqa: E731
    for found, expected in zip(series(written, 3), series(plain, 3)):
        np.testing.assert_allclose(found.numpy(), expected.numpy(), 1e-12)


def test_high_order_has_closed_form() -> None:
    x, one = torch.tensor(0.3, dtype=REAL), torch.tensor(1.0, dtype=REAL)
    zero = torch.zeros_like(one)
    _, found = jet(lambda x: 1 / (1 - x), (x,), ([one] + [zero] * 11,))
    np.testing.assert_allclose(
        [each.item() for each in found], [math.factorial(k) / 0.7 ** (k + 1) for k in range(1, 13)]
    )
    _, found = jet(torch.sin, (x,), ([one] + [zero] * 11,))
    np.testing.assert_allclose([each.item() for each in found], [math.sin(0.3 + k * math.pi / 2) for k in range(1, 13)])


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sin", "power", "quotient", "sigmoid", "cube"])
def test_equals_jax(name: str) -> None:
    jax = pytest.importorskip("jax")
    from jax.experimental.jet import jet as jax_jet

    ours = FUNCTIONS | {"sigmoid": torch.sigmoid}
    theirs: dict[str, Any] = {
        "power": lambda x: x**2.5,
        "quotient": lambda x: (x + 1) / (x * x + 2),
        "sigmoid": jax.nn.sigmoid,
        "cube": lambda x: x**3,
    }
    terms = [V, 0.5 * X, V * X]
    with jax.enable_x64(True):
        function = theirs.get(name) or getattr(jax.numpy, name)
        value, rest = jax_jet(function, (X.numpy(),), ([each.numpy() for each in terms],))
    found, derivatives = jet(ours[name], (X,), (terms,))
    for one, other in zip([found, *derivatives], [value, *rest], strict=True):
        np.testing.assert_allclose(one.numpy(), np.asarray(other), 1e-10)


W = torch.tensor([[0.3, -0.6, 0.2], [0.5, 0.1, -0.4], [-0.7, 0.8, 0.9]], dtype=REAL)


def scalar(x: Any, w: Any = W) -> Any:
    return torch.tanh(w @ x).sin().sum()


def third(x: Any, w: Any = W) -> Any:
    """The third derivative along V."""
    return jet(lambda x: scalar(x, w), (x,), ([V, ZERO, ZERO],))[1][2]


def test_other_transforms_around() -> None:
    step = 1e-5
    differences = [(third(X + step * e) - third(X - step * e)).item() / (2 * step) for e in torch.eye(3, dtype=REAL)]
    np.testing.assert_allclose(grad(third)(X).numpy(), differences, 1e-6)
    np.testing.assert_allclose(jvp(third, (X,), (V,))[1].item(), np.dot(differences, V.numpy()), 1e-6)
    batch = torch.stack([X, V, X * V])
    np.testing.assert_allclose(vmap(third)(batch).numpy(), [third(each).item() for each in batch], 1e-12)


def test_captured_parameters_get_gradients() -> None:
    w = W.clone().requires_grad_()
    (found,) = torch.autograd.grad(third(X, w), w)
    step = 1e-5
    shift = torch.zeros(3, 3, dtype=REAL)
    shift[0, 1] = step
    expected = (third(X, W + shift) - third(X, W - shift)).item() / (2 * step)
    np.testing.assert_allclose(found[0, 1].item(), expected, 1e-6)


def test_other_transforms_inside() -> None:
    for transform in (grad, jacrev, jacfwd):
        value, (first, second) = jet(transform(scalar), (X,), ([V, ZERO],))
        np.testing.assert_allclose(value.numpy(), grad(scalar)(X).numpy(), 1e-12)
        np.testing.assert_allclose(first.numpy(), (hessian(scalar)(X) @ V).numpy(), 1e-10)
        np.testing.assert_allclose(second.numpy(), grad(lambda x: (hessian(scalar)(x) @ V) @ V)(X).numpy(), 1e-9)
    batched = series(lambda x: vmap(lambda row: torch.tanh(row * x).sum() * x)(W), 2)
    looped = series(lambda x: torch.stack([torch.tanh(row * x).sum() * x for row in W]), 2)
    for one, other in zip(batched, looped):
        np.testing.assert_allclose(one.numpy(), other.numpy(), 1e-12)


def test_nests() -> None:
    second = lambda x: jet(scalar, (x,), ([V, ZERO],))[1][1]  # noqa: E731
    value, (up, up2) = jet(second, (X,), ([V, ZERO],))
    expected = jet(scalar, (X,), ([V, ZERO, ZERO, ZERO],))[1]
    np.testing.assert_allclose([value.item(), up.item(), up2.item()], [each.item() for each in expected[1:]], 1e-10)


def test_gives_the_laplacian() -> None:
    found = sum(jet(scalar, (X,), ([e, ZERO],))[1][1].item() for e in torch.eye(3, dtype=REAL))
    np.testing.assert_allclose(found, laplacian(scalar)(X).item(), 1e-12)


def test_nested_arguments() -> None:
    value, terms = jet(lambda d: {"p": d["a"] * d["b"][0]}, ({"a": X, "b": [V]},), ([{"a": V, "b": [X]}],))
    np.testing.assert_allclose(value["p"].numpy(), (X * V).numpy())
    np.testing.assert_allclose(terms["p"][0].numpy(), (V * V + X * X).numpy())


def test_errors_name_what_is_wrong() -> None:
    with pytest.raises(NotImplementedError, match=r"jet: no Taylor series is known for scatter_reduce\(\) of products"):
        jet(lambda x: x.scatter_reduce(0, torch.zeros(1, dtype=torch.int64), x, "prod"), (X,), ([V],))
    with pytest.raises(RuntimeError, match="the same length"):
        jet(torch.mul, (X, X), ([V], [V, V]))
    with pytest.raises(RuntimeError, match="shape"):
        jet(torch.sin, (X,), ([V[:2]],))
    with pytest.raises(RuntimeError, match="one series for each"):
        jet(torch.sin, (X,), ())
    captured = torch.zeros(3, dtype=REAL)
    with pytest.raises(RuntimeError, match="jet: "):
        jet(lambda x: captured.add_(x), (X,), ([V],))
