"""Equality of values, closeness, and the aliases of comparisons."""

from __future__ import annotations

import pytest

import pullback as torch

INF, NAN = float("inf"), float("nan")


def test_equal_compares_shape_and_values_in_the_common_dtype() -> None:
    x = torch.tensor([1.0, 2.0])
    assert torch.equal(x, x.double()) and x.equal(torch.tensor([1, 2]))
    assert not torch.equal(x, torch.tensor([1.0, 2.0, 3.0]))
    assert not torch.equal(torch.tensor([NAN]), torch.tensor([NAN]))
    assert torch.equal(torch.ones(0), torch.ones(0))
    with pytest.raises(TypeError, match=r"equal\(\): argument 'other' \(position 2\) must be Tensor, not int"):
        torch.equal(x, 1)


def test_allclose_broadcasts_and_returns_a_bool() -> None:
    assert torch.allclose(torch.tensor([1.0, 1.0]), torch.tensor(1.0 + 1e-7)) is True
    assert torch.allclose(torch.tensor([1.0]), torch.tensor([1.1])) is False
    assert torch.allclose(torch.tensor([NAN]), torch.tensor([NAN]), equal_nan=True) is True


def test_isclose_at_infinity_and_of_integers() -> None:
    assert torch.isclose(torch.tensor([INF, -INF, 1.0]), torch.tensor([INF, INF, INF])).tolist() == [True, False, False]
    u = torch.tensor([3, 200], dtype=torch.uint8)
    assert torch.isclose(u, torch.tensor([4, 199], dtype=torch.uint8), atol=1).tolist() == [True, True]
    assert torch.isclose(torch.tensor([True, False]), torch.tensor([False, False]), rtol=1).tolist() == [False, True]
    with pytest.raises(RuntimeError, match="rtol must be greater than or equal to zero, but got -1"):
        torch.isclose(torch.tensor([1.0]), torch.tensor([1.0]), rtol=-1)


def test_aliases_are_the_same_functions() -> None:
    for name, alias in (
        ("gt", "greater"), ("ge", "greater_equal"), ("lt", "less"), ("le", "less_equal"), ("ne", "not_equal"),
        ("mul", "multiply"), ("sub", "subtract"), ("div", "divide"), ("abs", "absolute"), ("neg", "negative"),
        ("asin", "arcsin"), ("acosh", "arccosh"), ("atan2", "arctan2"), ("trunc", "fix"), ("clamp", "clip"),
    ):  # fmt: skip
        assert getattr(torch, name) is getattr(torch, alias)
        assert getattr(torch.Tensor, name) is getattr(torch.Tensor, alias)


def test_comparison_of_a_number_wraps_as_pytorch_does() -> None:
    u = torch.tensor([1, 255], dtype=torch.uint8)
    assert (u == -1).tolist() == [False, True]
    assert (u < 300).tolist() == [True, False]
    assert (torch.tensor([True, False]) < 2).tolist() == [True, True]


def test_tests_of_integers_and_complex() -> None:
    assert torch.isnan(torch.tensor([complex(NAN, 1), 1j])).tolist() == [True, False]
    assert torch.isfinite(torch.tensor([1, 2])).tolist() == [True, True]
    assert torch.isreal(torch.tensor([1 + 0j, 1j])).tolist() == [True, False]
    assert torch.isreal(torch.tensor([NAN])).tolist() == [True]
    assert torch.isposinf(torch.tensor([INF, -INF, 0.0])).tolist() == [True, False, False]
