"""Every operator of the table and its gradient under `vmap` equal the loop over examples."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import pullback
from tests.func.batches import batches_of, by_loop, plain
from tests.op_table import Row, all_rows

ROWS = all_rows()

NEEDS_VALUES = {
    "nn.functional.gaussian_nll_loss": "looks for negative variances",
    "nn.functional.one_hot": "the largest class decides the shape",
    "quantile": "looks whether ranks are probabilities",
    "index_put": "a mask decides shapes",
}
"""Rows of which some sample runs example by example, with a warning, and why."""


def _quietly(row: Row, function: Any, batch: Any) -> Any:
    with warnings.catch_warnings():
        if row.id in NEEDS_VALUES:
            warnings.filterwarnings("ignore", message="vmap")
        return pullback.func.vmap(function, batch.in_dims)(*batch.stacked())


def _compare(found: Any, expected: list[np.ndarray]) -> None:
    for one, other in zip(found, expected, strict=True):
        array = plain(one)
        assert (array.shape, array.dtype) == (other.shape, other.dtype)
        np.testing.assert_allclose(array, other, 1e-9, 1e-9, equal_nan=True)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_forward_equals_loop(row: Row) -> None:
    for batch in batches_of(row):
        expected = by_loop(batch.call, batch)
        if expected is None or (row.name == "Tensor.copy_" and not batch.batched[0]):
            continue  # a write of what differs between examples into what they share is an error
        _compare(_quietly(row, batch.call, batch), expected)


@pytest.mark.parametrize("row", [row for row in ROWS if row.differentiable], ids=lambda row: row.id)
def test_gradient_equals_loop(row: Row) -> None:
    for batch in batches_of(row):
        if not batch.differentiable or (row.name == "Tensor.copy_" and not batch.batched[0]):
            continue
        if by_loop(batch.call, batch) is None:
            continue  # results of different shapes
        expected = by_loop(batch.gradients, batch)
        if expected is not None:
            _compare(_quietly(row, batch.gradients, batch), expected)
