"""Reductions into ``out=`` of another dtype; memory order of what is sorted."""

from __future__ import annotations

import re
from math import nan
from typing import Any

import pytest

import pullback

HALVES = pullback.tensor([1.5, 2.5])


@pytest.mark.parametrize(
    ("name", "dtype", "expected"),
    [
        ("sum", "int32", 3),
        ("prod", "int64", 2),
        ("sum", "bool", True),
        ("sum", "float64", 4.0),
        ("prod", "float16", 3.75),
    ],
)
def test_the_dtype_of_out_is_that_of_the_elements(name: str, dtype: str, expected: Any) -> None:
    out = pullback.empty(0, dtype=getattr(pullback, dtype))
    assert getattr(pullback, name)(HALVES, 0, out=out) is out
    assert out.item() == expected


def test_a_sum_in_double_precision_is_exact_to_it() -> None:
    out = pullback.empty(0, dtype=pullback.float64)
    pullback.sum(pullback.tensor([1.0, 2.0**-40]), 0, out=out)
    assert out.item() == 1 + 2.0**-40
    pullback.nansum(pullback.tensor([1.0, nan, 2.0**-40]), 0, out=out)
    assert out.item() == 1 + 2.0**-40


@pytest.mark.parametrize("name", ["sum", "prod", "mean"])
def test_a_dtype_that_out_has_not_is_refused(name: str) -> None:
    out = pullback.empty(0)
    text = "Expected out tensor to have dtype double, but got float instead"
    with pytest.raises(RuntimeError, match=re.escape(text)):
        getattr(pullback, name)(HALVES, 0, dtype=pullback.float64, out=out)
    with pytest.raises(RuntimeError, match="nansum: provided dtype must match dtype of result. Got Float and Double"):
        pullback.nansum(HALVES, 0, dtype=pullback.float64, out=out)


def test_what_is_sorted_keeps_the_order_of_its_axes_in_memory() -> None:
    tensor = pullback.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1)
    values, indices = tensor.sort(1, descending=True)
    assert values.stride() == indices.stride() == (1, 12, 4)
    assert values[0].tolist() == [[12, 16, 20], [0, 4, 8]]
    images = pullback.ones(2, 3, 4, 5).to(memory_format=pullback.channels_last)
    assert images.sort(1)[0].stride() == (60, 1, 15, 3)


def test_runs_along_an_axis_of_nothing() -> None:
    with pytest.raises(RuntimeError, match="Number of zero sized dimensions is more than one"):
        pullback.unique_consecutive(pullback.ones(0, 0), dim=0)


@pytest.mark.parametrize("dim", [(0, 1), 1.0, "a"])
def test_positions_are_along_one_axis(dim: Any) -> None:
    text = f"argmax(): argument 'dim' (position 2) must be int, not {type(dim).__name__}"
    with pytest.raises(TypeError, match=re.escape(text)):
        pullback.argmax(pullback.ones(2, 2), dim)
