"""Values and derivatives where functions have corners, jumps, poles and NaNs: as PyTorch has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pullback as torch
from pullback.nn import functional as F

INF, NAN = float("inf"), float("nan")


def slope(function: Callable[[Any], Any], *points: float) -> list[float]:
    x = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    function(x).sum().backward()
    return x.grad.tolist()


def slopes(function: Callable[[Any, Any], Any], pairs: list[tuple[float, float]]) -> list[tuple[float, float]]:
    a = torch.tensor([p[0] for p in pairs], dtype=torch.float64, requires_grad=True)
    b = torch.tensor([p[1] for p in pairs], dtype=torch.float64, requires_grad=True)
    function(a, b).sum().backward()
    return list(zip(a.grad.tolist(), b.grad.tolist()))


@pytest.mark.parametrize(
    ("function", "points", "expected"),
    [
        (torch.relu, (-1, 0, 1, NAN), [0, 0, 1, 1]),
        (torch.abs, (-2, 0, 3, NAN), [-1, 0, 1, 0]),
        (lambda x: x.clamp(-1, 1), (-2, -1, 0, 1, 2, NAN), [0, 1, 1, 1, 0, 0]),
        (lambda x: x.clamp_min(0.0), (-1, 0, 1), [0, 1, 1]),
        (F.hardtanh, (-2, -1, 0, 1, 2), [0, 0, 1, 0, 0]),
        (F.relu6, (-1, 0, 3, 6, 7), [0, 0, 1, 0, 0]),
        (lambda x: F.leaky_relu(x, 0.1), (-1, 0, 2), [0.1, 0.1, 1]),
        (F.elu, (0, 2), [1, 1]),
        (F.hardswish, (-4, -3, 0, 3, 4), [0, 0, 0.5, 1, 1]),
        (F.hardshrink, (-1, -0.5, 0.5, 1), [1, 0, 0, 1]),
        (F.softshrink, (-1, -0.5, 0.5, 1), [1, 0, 0, 1]),
        (lambda x: F.threshold(x, 1, 5), (0, 1, 2), [0, 0, 1]),
        (lambda x: torch.nan_to_num(x), (NAN, INF, -INF, 2), [0, 0, 0, 1]),
        (torch.frac, (1.5, 2.0), [1, 1]),
        (torch.floor, (1.5, 2.0), [0, 0]),
        (torch.sinc, (0.0,), [0]),
        (lambda x: torch.logit(x, 0.1), (0.05, 0.1, 0.5), [0, 1 / 0.09, 4]),
    ],
)
def test_derivative_at_corners(function: Callable[[Any], Any], points: Any, expected: list[float]) -> None:
    assert slope(function, *points) == pytest.approx(expected)


def test_ties_of_maximum_share_and_of_fmax_do_not() -> None:
    pairs = [(1.0, 1.0), (1.0, 2.0), (2.0, 1.0), (NAN, 1.0), (1.0, NAN)]
    assert slopes(torch.maximum, pairs) == [(0.5, 0.5), (0, 1), (1, 0), (1, 1), (1, 1)]
    assert slopes(torch.minimum, pairs) == [(0.5, 0.5), (1, 0), (0, 1), (1, 1), (1, 1)]
    assert slopes(torch.fmax, pairs) == [(1, 0), (0, 1), (1, 0), (0, 1), (1, 0)]
    assert slopes(torch.fmin, pairs) == [(1, 0), (1, 0), (0, 1), (0, 1), (1, 0)]


def test_bounds_get_the_gradient_where_they_hold() -> None:
    x = torch.tensor([-2.0, 0.0, 5.0], requires_grad=True)
    low, high = torch.tensor(-1.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
    x.clamp(low, high).sum().backward()
    assert (x.grad.tolist(), low.grad.item(), high.grad.item()) == ([0, 1, 0], 1, 1)


def test_max_wins_over_min() -> None:
    assert torch.tensor([0.0, 5.0]).clamp(3, 1).tolist() == [1.0, 1.0]


def test_masked_out_infinity_gives_no_nan() -> None:
    """The cotangent that is masked out may be infinite or NaN: what comes back is 0."""
    x = torch.tensor([-1.0, 1.0], requires_grad=True)
    torch.relu(x).backward(torch.tensor([INF, 1.0]))
    assert x.grad.tolist() == [0.0, 1.0]
    y = torch.tensor([0.0, 1.0], requires_grad=True)
    torch.where(y > 0, y, torch.zeros(2)).backward(torch.tensor([NAN, 2.0]))
    assert y.grad.tolist() == [0.0, 2.0]


def test_atan2_at_the_origin() -> None:
    assert slopes(torch.atan2, [(0.0, 0.0), (1.0, 1.0)]) == [(0, 0), (0.5, -0.5)]


def test_xlogy_at_zero() -> None:
    assert torch.xlogy(torch.tensor([0.0, 0.0]), torch.tensor([0.0, NAN])).tolist()[0] == 0
    assert torch.xlogy(torch.tensor(0.0), torch.tensor(NAN)).isnan().item()


def test_large_arguments_neither_overflow_nor_lose_the_second_derivative() -> None:
    x = torch.tensor([-1000.0, 0.0, 1000.0], dtype=torch.float64, requires_grad=True)
    for function in (torch.sigmoid, F.softplus, F.logsigmoid, F.silu, F.elu, F.gelu, torch.tanh):
        (first,) = torch.autograd.grad(function(x).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), x)
        assert torch.isfinite(first).all().item(), function
        assert torch.isfinite(second).all().item(), function


def test_second_derivative_of_sinc_at_zero() -> None:
    x = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(torch.sinc(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    assert second.item() == pytest.approx(-(torch.pi**2) / 3)


def test_signs_of_nan_and_zeros() -> None:
    x = torch.tensor([-0.0, 0.0, NAN, -3.0])
    assert torch.sign(x).tolist() == [0, 0, 0, -1]
    assert torch.signbit(x).tolist() == [True, False, False, True]
    assert torch.heaviside(x, torch.tensor(0.5)).tolist() == [0.5, 0.5, 0, 0]
