"""L-BFGS: PyTorch's way down a valley, and its line search."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback
from pullback.optim.lbfgs import LBFGS, _cubic_interpolate, _strong_wolfe

SETTINGS: list[dict[str, Any]] = [
    {"lr": 0.001},
    {"lr": 0.001, "max_iter": 7, "max_eval": 5},
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "history_size": 2, "max_iter": 4},
    {"lr": 0.5, "line_search_fn": "strong_wolfe", "tolerance_grad": 1e-3, "tolerance_change": 1e-4},
]


def rosenbrock(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def descend(module: Any, settings: dict[str, Any], dtype: str = "float64", steps: int = 6) -> tuple[Any, Any]:
    """The losses and points on the way, and the optimizer."""
    x = module.tensor([-1.5, 2.0, 0.3], dtype=getattr(module, dtype), requires_grad=True)
    optimizer = module.optim.LBFGS([x], **settings)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = rosenbrock(x) if dtype != "complex128" else rosenbrock(module.view_as_real(x).reshape(-1))
        loss.backward()
        return loss

    track = []
    for _ in range(steps):
        track.append(optimizer.step(closure).item())
        track += module.view_as_real(x).flatten().tolist() if x.is_complex() else x.tolist()
    return track, optimizer


@pytest.mark.parametrize("settings", SETTINGS)
def test_way_down_is_that_of_pytorch(settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    ours, optimizer = descend(pullback, settings)
    theirs, other = descend(torch, settings)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)
    state, expected = (o.state_dict()["state"][0] for o in (optimizer, other))
    assert set(state) == set(expected)
    for name in ("func_evals", "n_iter", "al", "old_dirs", "old_stps", "ro"):
        found = state[name] if isinstance(state[name], int) else len(state[name])
        assert found == (expected[name] if isinstance(expected[name], int) else len(expected[name])), name


@pytest.mark.parametrize("settings", SETTINGS[2:4])
def test_complex_parameters_are_pairs_of_real_ones(settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (descend(module, settings, "complex128", 3)[0] for module in (pullback, torch))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)


def test_valley_is_followed_to_its_end() -> None:
    track, optimizer = descend(pullback, {"line_search_fn": "strong_wolfe"}, steps=10)
    np.testing.assert_allclose(track[-3:], [1.0, 1.0, 1.0], atol=1e-4)
    assert optimizer.state_dict()["state"][0]["n_iter"] < 100


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((0.0, 1.0, -2.0, 2.0, 1.0, 2.0), 1.0),
        ((2.0, 1.0, 2.0, 0.0, 1.0, -2.0), 1.0),
        ((0.0, 0.0, -1.0, 1.0, -1.0, -1.0), 1.0),  # a straight line is lowest at a bound
        ((0.0, 0.0, -1.0, 1.0, -2 / 3, -1.0), 0.5),  # no minimum: the middle
        ((0.0, 1.0, -2.0, 2.0, 1.0, 2.0, (1.5, 3.0)), 1.5),
    ],
)
def test_cubic_has_its_minimum_within_bounds(arguments: tuple[Any, ...], expected: float) -> None:
    tensors = [pullback.tensor(v, dtype=pullback.float64) if isinstance(v, float) else v for v in arguments]
    assert float(_cubic_interpolate(*tensors)) == pytest.approx(expected)


@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 30.0])
def test_search_ends_where_the_conditions_hold(first: float) -> None:
    x, d = pullback.tensor([0.0], dtype=pullback.float64), pullback.tensor([1.0], dtype=pullback.float64)

    def evaluate(x: Any, t: Any, d: Any) -> tuple[float, Any]:
        at = x + t * d
        return float((at - 2) ** 4 + at * at), 4 * (at - 2) ** 3 + 2 * at

    f, g = evaluate(x, 0, d)
    slope = g.dot(d)
    f_new, g_new, t, count = _strong_wolfe(evaluate, x, first, d, f, g, slope)
    assert f_new <= f + 1e-4 * float(t) * float(slope) and abs(g_new.dot(d)) <= -0.9 * slope and 1 <= count <= 25


@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 30.0])
def test_search_is_that_of_pytorch(first: float) -> None:
    torch = pytest.importorskip("torch")
    from torch.optim.lbfgs import _strong_wolfe as theirs

    found = []
    for module, search in ((pullback, _strong_wolfe), (torch, theirs)):
        x = module.tensor([0.3, -0.2], dtype=module.float64)
        d = module.tensor([1.0, 0.5], dtype=module.float64)

        def evaluate(x: Any, t: Any, d: Any, module: Any = module) -> tuple[float, Any]:
            at = x + t * d
            return float((at - 2).pow(4).sum() + at.sin().sum() * 5), 4 * (at - 2) ** 3 + 5 * at.cos()

        f, g = evaluate(x, 0, d)
        f_new, g_new, t, count = search(evaluate, x, first, d, f, g, g.dot(d))
        found.append([f_new, *g_new.tolist(), float(t), count])
    np.testing.assert_allclose(*found, rtol=1e-9)


def test_misuse() -> None:
    x = pullback.zeros(1, requires_grad=True)
    with pytest.raises(ValueError, match=r"LBFGS doesn't support per-parameter options \(parameter groups\)"):
        LBFGS([{"params": x}, {"params": pullback.zeros(1, requires_grad=True)}])
    optimizer = LBFGS([x], line_search_fn="golden")
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
        optimizer.step(lambda: ((x - 1) ** 2).sum() if x.grad is not None else _with_grad(x))


def _with_grad(x: Any) -> Any:
    x.grad = pullback.ones(1)
    return (x * x).sum()
