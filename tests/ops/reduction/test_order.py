"""Sorting, selecting and searching, where the ways for short and long arrays must agree."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as torch
from pullback.arrays import order

SHAPES = ((20000,), (40, 1500), (1500, 40), (3, 3000, 2))
DTYPES = ("float32", "float64", "int32", "int64", "float16")


def draw(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Numbers with many ties and, where they are floating, NaNs, infinities and negative zeros."""
    random = np.random.default_rng(1)
    values = random.integers(-300, 300, shape).astype(dtype)
    if values.dtype.kind == "f":
        flat = values.reshape(-1)
        flat[::97], flat[5::97], flat[6::101], flat[7::101] = np.nan, -0.0, np.inf, -np.inf
    return values


def stable(values: np.ndarray, axis: int, descending: bool) -> np.ndarray:
    """Indices of a stable sort with NaN as the largest, from NumPy's own sort of ranks."""
    ranks = np.unique(values, return_inverse=True, equal_nan=True)[1].reshape(values.shape)
    return np.argsort(-ranks if descending else ranks, axis, kind="stable")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("descending", [False, True])
def test_sort_is_stable_at_every_length(shape: tuple[int, ...], dtype: str, descending: bool) -> None:
    values = draw(shape, dtype)
    for axis in range(len(shape)):
        found = torch.from_numpy(values).sort(axis, descending)
        expected = stable(values, axis, descending)
        np.testing.assert_array_equal(found.indices.numpy(), expected)
        np.testing.assert_array_equal(found.values.numpy(), np.take_along_axis(values, expected, axis))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("largest", [False, True])
def test_topk_has_the_values_of_a_sort(shape: tuple[int, ...], dtype: str, largest: bool) -> None:
    values = draw(shape, dtype)
    for axis, length in enumerate(shape):
        ordered = torch.from_numpy(values).sort(axis, largest).values.numpy()
        for count in {1, min(5, length), min(100, length)}:
            found = torch.from_numpy(values).topk(count, axis, largest)
            expected = np.take(ordered, np.arange(count), axis)
            np.testing.assert_array_equal(found.values.numpy(), expected)
            np.testing.assert_array_equal(np.take_along_axis(values, found.indices.numpy(), axis), expected)


def test_kthvalue_and_median_have_the_values_of_a_sort() -> None:
    for length in (7, order.SELECT_FROM + 1):
        values = np.random.default_rng(0).permutation(length).astype(np.float64)
        x = torch.from_numpy(values)
        assert x.kthvalue(3).values.item() == 2.0 and values[x.kthvalue(3).indices.item()] == 2.0
        assert x.median().item() == x.median(0).values.item() == (length - 1) // 2


def test_mode_is_the_smallest_of_the_most_frequent_at_its_last_place() -> None:
    found = torch.tensor([[3, 1, 3, 1, 2], [0, 0, 5, 5, 5]]).mode()
    assert found.values.tolist() == [1, 5] and found.indices.tolist() == [3, 4]


def test_sorting_complex_numbers_is_refused() -> None:
    with pytest.raises(RuntimeError, match="Sort does not support complex dtypes"):
        torch.tensor([1j, 2.0]).sort()


def test_quantile_interpolates_between_ranks() -> None:
    x = torch.tensor([1.0, 2.0, 4.0, 8.0], dtype=torch.float64, requires_grad=True)
    q = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    found = x.quantile(q)
    assert found.tolist() == [3.0]
    by_x, by_q = torch.autograd.grad(found.sum(), (x, q))
    assert by_x.tolist() == [0, 0.5, 0.5, 0] and by_q.tolist() == [6.0]  # (4 - 2) * 3 ranks


def test_searchsorted_looks_along_rows_and_past_nan() -> None:
    rows = torch.tensor([[1.0, 2.0, 3.0], [0.0, 5.0, 6.0]])
    assert torch.searchsorted(rows, torch.tensor([[2.0, 9.0], [0.0, 5.5]])).tolist() == [[1, 3], [0, 2]]
    assert torch.searchsorted(rows, torch.tensor([[2.0], [0.0]]), right=True).tolist() == [[2], [1]]
    assert torch.searchsorted(torch.tensor([1.0, 2.0]), torch.tensor([float("nan")])).tolist() == [2]
    assert torch.bucketize(2, torch.tensor([1, 2, 3]), out_int32=True).dtype is torch.int32


def test_unique_rows_stand_in_lexicographic_order() -> None:
    rows = torch.tensor([[1, 2], [0, 9], [1, 2], [0, 3]])
    values, inverse, counts = torch.unique(rows, return_inverse=True, return_counts=True, dim=0)
    assert values.tolist() == [[0, 3], [0, 9], [1, 2]]
    assert inverse.tolist() == [2, 1, 2, 0] and counts.tolist() == [1, 1, 2]


def test_histogram_counts_the_last_edge() -> None:
    found = torch.histogram(torch.tensor([0.0, 1.0, 2.0, 2.0]), bins=2, range=(0.0, 2.0), density=True)
    assert found.hist.tolist() == [0.25, 0.75] and found.bin_edges.tolist() == [0.0, 1.0, 2.0]
    assert torch.histc(torch.tensor([1.0, 1.0]), 3).tolist() == [0, 2, 0]
    weighted = torch.bincount(torch.tensor([0, 2, 2]), torch.tensor([0.5, 1.0, 2.0]))
    assert weighted.tolist() == [0.5, 0.0, 3.0] and weighted.dtype is torch.float32
