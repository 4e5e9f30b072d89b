"""Products over a batch: outer products take another road than broadcasting, and give what that gives."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

from pullback.arrays.batched import BatchedArray
from pullback.arrays.batched.products import outer

DRAW = np.random.default_rng(0)


def drawn(shape: tuple[int, ...], dtype: object) -> np.ndarray:
    values = DRAW.integers(-4, 5, shape) if np.dtype(dtype).kind == "i" else DRAW.normal(size=shape)
    return values.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128, np.float16, np.int64, ml_dtypes.bfloat16])
def test_columns_times_rows(dtype: object) -> None:
    columns, rows = drawn((7, 5, 1), dtype), drawn((7, 1, 6), dtype)
    found = outer(columns, rows)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, columns * rows)


def test_leading_axes_broadcast() -> None:
    columns, rows = drawn((4, 1, 3, 1), np.float64), drawn((1, 2, 1, 5), np.float64)
    np.testing.assert_array_equal(outer(columns, rows), columns * rows)


@pytest.mark.parametrize("count", [300, 5000])
def test_large_ones_in_blocks(count: int) -> None:
    columns, rows = drawn((count, 30, 1), np.float32), drawn((count, 1, 33), np.float32)
    np.testing.assert_array_equal(outer(columns, rows), columns * rows)


@pytest.mark.parametrize("dtypes", [(np.float32, np.float32), (np.float32, np.float64), (np.int64, np.int64)])
def test_examples_multiply_columns_and_rows(dtypes: tuple[object, object]) -> None:
    columns, rows = drawn((40, 12), dtypes[0]), drawn((40, 14), dtypes[1])
    found = BatchedArray(columns, 1)[:, None] * BatchedArray(rows, 1)
    expected = columns[:, :, None] * rows[:, None]
    assert found.payload.dtype == expected.dtype
    np.testing.assert_array_equal(found.payload, expected)


def test_nan_and_infinity_stay() -> None:
    columns = np.array([[[np.nan], [np.inf], [0.0]]])
    rows = np.array([[[1.0, np.inf, -2.0]]])
    np.testing.assert_array_equal(outer(columns, rows), columns * rows)
