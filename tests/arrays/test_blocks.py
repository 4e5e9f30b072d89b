"""Formulas and sums of large arrays in blocks equal those of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pullback.arrays import blocks, threads, totals, updates, vocabulary
from pullback.arrays.blocks import in_blocks

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.standard_normal((2, 700, 300)).astype(np.float32)


@pytest.fixture(autouse=True, params=[1, 2])
def count_of_threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = threads.get_num_threads()
    threads.set_num_threads(request.param)
    monkeypatch.setattr(blocks, "BLOCK", 1 << 14)
    yield
    threads.set_num_threads(before)


def formula(x: Any, y: Any) -> Any:
    return np.exp(x) * y - 1


@pytest.mark.parametrize(
    "other",
    [Y, Y[0], Y[:, :1], Y[:1], np.float32(2), np.array(2, np.float32), np.broadcast_to(Y[0, 0], Y.shape), Y.T.copy().T],
    ids=["alike", "row", "column", "first row", "number", "0-d", "repeated", "transposed"],
)
def test_a_formula_in_blocks_is_the_formula(other: Any) -> None:
    found = in_blocks(formula, X, other)
    np.testing.assert_array_equal(found, formula(X, other))
    assert found.dtype == np.float32


@pytest.mark.parametrize("steps", [0, 1])
def test_a_formula_that_writes_is_told_where(steps: int) -> None:
    np.testing.assert_array_equal(in_blocks(np.multiply, X, Y[0], writes=True, steps=steps), X * Y[0])
    assert in_blocks(np.greater, X, Y, writes=True).dtype == bool


def test_what_has_another_shape_is_computed_as_a_whole() -> None:
    assert in_blocks(lambda x: None, X) is None
    np.testing.assert_array_equal(in_blocks(lambda x: x[:1], X), X[:1])


def test_the_sum_of_all_elements() -> None:
    flat = X.reshape(-1)[:200_003]
    np.testing.assert_allclose(totals.sum_all(flat), flat.sum(dtype=np.float64), rtol=1e-5, atol=1e-3)
    assert totals.sum_all(flat).dtype == np.float32
    assert totals.sum_all(X.T) is None


@pytest.mark.parametrize("shape", [(300,), (1, 300), (700, 1), (), (1, 1)])
@pytest.mark.parametrize("large", [X, np.broadcast_to(X[:1], X.shape), np.broadcast_to(X[0, 0], X.shape)])
def test_broadcasting_is_undone(large: Any, shape: tuple[int, ...]) -> None:
    found = totals.unbroadcast(large, shape)
    np.testing.assert_allclose(found, vocabulary.unbroadcast(large.astype(np.float64), shape), rtol=1e-3, atol=1e-2)
    assert found.shape == shape
    assert found.dtype == np.float32


@pytest.mark.parametrize("update", [updates.adam, updates.sgd])
def test_a_parameter_is_updated_block_by_block(update: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"lr": 0.1} | ({"step": 2, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8} if update is updates.adam else {})
    states = [None] if update is updates.sgd else [X * 0.5, np.abs(Y), None]

    def updated() -> Any:
        arrays = [None if each is None else each.copy() for each in (X, Y, *states)]
        update(*arrays, **settings)
        return arrays[0]

    found = updated()
    monkeypatch.setattr(updates, "PARALLEL", X.size)
    np.testing.assert_array_equal(found, updated())
