"""docs/subgradients.md, line by line: derivatives at corners, poles and ties."""

from __future__ import annotations

import re
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest

import pullback

PAGE = Path(__file__).parents[2] / "docs" / "subgradients.md"
LINE = re.compile(r"\| `(.+)` \| (.+?) \| (.+?) \| (.*?) ?\|")
TITLE = "Where PyTorch has no number"
SAME, OTHER = (LINE.findall(part) for part in PAGE.read_text().split(f"## {TITLE}"))


def _numbers(text: str) -> list[list[float]]:
    """``"0 1, 2 inf"`` as ``[[0, 1], [2, inf]]``."""
    return [[float(number) for number in point.split()] for point in text.split(",")]


def _derivatives(library: Any, expression: str, points: list[list[float]]) -> list[list[float]] | None:
    """The gradient of the sum of `expression`, for each point those of its numbers; None if no gradient reaches them."""
    names = ("x",) if len(points[0]) == 1 else ("a", "b")
    values = [library.tensor(column, dtype=library.float64, requires_grad=True) for column in zip(*points, strict=True)]
    scope = {"torch": library, "F": library.nn.functional, "inf": inf, "nan": nan, **dict(zip(names, values))}
    result = eval(expression, scope)
    found = [None]
    if result.requires_grad:
        found = library.autograd.grad(result.sum(), values, allow_unused=True)
    if all(each is None for each in found):
        return None
    columns = [[0.0] * len(points) if each is None else each.tolist() for each in found]
    return [list(row) for row in zip(*columns)]


def _check(library: Any, expression: str, points: str, expected: str) -> None:
    found = _derivatives(library, expression, _numbers(points))
    if expected == "none":
        assert found is None
        return
    assert found is not None
    for have, want in zip(found, _numbers(expected), strict=True):
        assert have == pytest.approx(want, rel=1e-6, abs=1e-12, nan_ok=True)  # PyTorch rounds some to single precision


@pytest.mark.parametrize(("expression", "points", "expected", "remark"), SAME)
def test_derivative(expression: str, points: str, expected: str, remark: str) -> None:
    _check(pullback, expression, points, expected)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("expression", "points", "expected", "remark"), SAME)
def test_derivative_in_pytorch(expression: str, points: str, expected: str, remark: str) -> None:
    _check(pytest.importorskip("torch"), expression, points, expected)


@pytest.mark.parametrize(("expression", "points", "expected", "theirs"), OTHER)
def test_derivative_where_pytorch_has_nan(expression: str, points: str, expected: str, theirs: str) -> None:
    _check(pullback, expression, points, expected)
    try:
        import torch
    except ImportError:
        return
    _check(torch, expression, points, theirs)


def test_page_is_read() -> None:
    assert (len(SAME), len(OTHER)) == (144, 1)
