"""Transforms inside transforms: random nests of them against the same nest of loops and of PyTorch's transforms."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback

Function = Callable[[Any], Any]

FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "sine": lambda t, x: x.sin() * x.sum(),
    "matrix": lambda t, x: (
        t.tanh((x.reshape(-1)[:3] * x.sum()) @ t.arange(9.0, dtype=t.float64).reshape(3, 3)) * x.mean()
    ),
    "prod": lambda t, x: x.exp().prod() + x.flip(0) ** 3,
    "softmax": lambda t, x: t.softmax(x, -1) * x.cumsum(-1),
    "norm": lambda t, x: x / (x.norm() + 1),
    "choice": lambda t, x: t.where(x > 0, x * x, x.sin()).sort(-1).values,
    "in place": lambda t, x: _written(x),
    "index": lambda t, x: x[..., [0, 2, 1]] * x[..., :1] + t.cat([x, x * x], -1)[..., ::2],
}


def _written(x: Any) -> Any:
    y = x * 2
    y[..., 0] *= x[..., 1]
    y.add_(x.sin())
    return y


def number(function: Function) -> Function:
    """A function that returns the sum of all results."""
    return lambda x: (function(x) * 1.0).sum()


TRANSFORMS: dict[str, Callable[[Any, Function], Function]] = {
    "grad": lambda t, f: t.func.grad(number(f)),
    "jacrev": lambda t, f: t.func.jacrev(f),
    "jacfwd": lambda t, f: t.func.jacfwd(f),
    "vmap": lambda t, f: lambda x: t.func.vmap(f)(t.stack([x, x.flip(0), 0.5 * x])).sum(0),
    "vmap of shared": lambda t, f: lambda x: t.func.vmap(lambda s: f(x * s))(t.arange(3.0, dtype=t.float64)).mean(0),
    "jvp": lambda t, f: lambda x: t.func.jvp(f, (x,), (x.cos(),))[1],
    "vjp": lambda t, f: lambda x: _pulled(t, f, x),
    "linearize": lambda t, f: lambda x: t.func.linearize(f, x)[1](x.cos()),
    "hvp": lambda t, f: lambda x: t.func.jvp(t.func.grad(number(f)), (x,), (x * x,))[1],
}


def _pulled(t: Any, f: Function, x: Any) -> Any:
    value, pull = t.func.vjp(f, x)
    return pull(value.sin())[0]


def nest(torch: Any, names: list[str], function: str) -> Function:
    found: Function = lambda x: FUNCTIONS[function](torch, x)  # noqa: E731
    for name in reversed(names):
        found = TRANSFORMS[name](torch, found)
    return found


def _cases() -> list[tuple[str, ...]]:
    chooser = random.Random(0)
    pairs = [(a, b) for a in TRANSFORMS for b in TRANSFORMS]
    triples = [tuple(chooser.choice(list(TRANSFORMS)) for _ in range(3)) for _ in range(40)]
    return [(name,) for name in TRANSFORMS] + pairs + sorted(set(triples))  # type: ignore[return-value,arg-type]


CASES = _cases()
POINT = np.array([0.3, -0.7, 1.1])


@pytest.mark.parametrize("names", CASES, ids=lambda names: " of ".join(names))
def test_nests_equal_pytorchs(names: tuple[str, ...]) -> None:
    torch = pytest.importorskip("torch")
    chooser = random.Random(" ".join(names))
    for function in chooser.sample(list(FUNCTIONS), 3):
        if "linearize" in names and (len(names) > 1 or function == "in place"):
            continue  # PyTorch's linearize does not compose (it gives zeros), and cannot write in place
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = nest(torch, list(names), function)(torch.tensor(POINT))
        except (RuntimeError, NotImplementedError):
            continue  # not all nests exist there
        found = nest(pullback, list(names), function)(pullback.tensor(POINT))
        assert not found.requires_grad
        np.testing.assert_allclose(found.numpy(), expected.detach().numpy(), 1e-8, 1e-8, err_msg=function)


def differences(function: Function, x: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """The Jacobian by central differences, the axes of the input last."""
    columns = []
    for place in range(x.size):
        shift = np.zeros(x.size)
        shift[place] = step
        plus, minus = (function(pullback.tensor(x + sign * shift)).detach().numpy() for sign in (1, -1))
        columns.append((plus - minus) / (2 * step))
    return np.stack(columns, -1)


@pytest.mark.parametrize(
    "inner", [(), ("grad",), ("jacfwd",), ("jacrev",), ("jvp",), ("vmap", "grad"), ("hvp",), ("linearize",)], ids=str
)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_jacobians_equal_differences(inner: tuple[str, ...], function: str) -> None:
    found = nest(pullback, list(inner), function)
    x = pullback.tensor(POINT)
    expected = differences(found, POINT)
    for transform in (pullback.func.jacrev, pullback.func.jacfwd):
        np.testing.assert_allclose(transform(found)(x).numpy(), expected, 1e-5, 1e-6)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_hessian_is_symmetric(function: str) -> None:
    value = number(nest(pullback, [], function))
    hessian = pullback.func.hessian(value)(pullback.tensor(POINT)).numpy()
    np.testing.assert_allclose(hessian, hessian.T, 1e-12, 1e-12)
    np.testing.assert_allclose(hessian, differences(pullback.func.grad(value), POINT), 1e-5, 1e-6)


@pytest.mark.parametrize("names", CASES[9:90:5], ids=lambda names: " of ".join(names))
@pytest.mark.parametrize("function", ["sine", "matrix", "in place"])
def test_backward_goes_through_a_nest(names: tuple[str, ...], function: str) -> None:
    """``.backward()`` around transforms: the gradient equals that of differences."""
    found = number(nest(pullback, list(names), function))
    x = pullback.tensor(POINT, requires_grad=True)
    found(x).backward()
    np.testing.assert_allclose(x.grad.numpy(), differences(found, POINT), 1e-4, 1e-5)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_captured_parameters_get_gradients(name: str) -> None:
    """A tensor that the transformed function merely captures is a parameter of the whole."""

    def whole(w: Any) -> Any:
        return TRANSFORMS[name](pullback, lambda x: (x * w).tanh() * w.sum())(pullback.tensor(POINT)).sum()

    w = pullback.tensor([0.2, 0.5, -0.3], dtype=pullback.float64, requires_grad=True)
    whole(w).backward()
    np.testing.assert_allclose(w.grad.numpy(), differences(whole, w.detach().numpy()), 1e-5, 1e-6)


def test_levels_do_not_mix() -> None:
    """Perturbation confusion: the derivative by an inner variable is not that by an outer one."""
    for derivative in (pullback.func.grad, pullback.func.jacfwd, pullback.func.jacrev):
        for inner in (pullback.func.grad, pullback.func.jacfwd, pullback.func.jacrev):
            found = derivative(lambda x: x * inner(lambda y: x + y)(pullback.tensor(1.0)))(pullback.tensor(3.0))  # noqa: B023
            assert found.item() == 1.0
            found = derivative(lambda x: inner(lambda y: x * y)(x))(pullback.tensor(3.0))  # noqa: B023
            assert found.item() == 1.0
