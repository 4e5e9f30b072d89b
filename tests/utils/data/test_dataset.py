"""Datasets and how they combine."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch
from pullback.utils import data

X = torch.arange(10.0)


class Counting(data.IterableDataset):
    def __init__(self, size: int) -> None:
        self.size = size

    def __iter__(self) -> Any:
        return iter(range(self.size))


class Sized(Counting):
    def __len__(self) -> int:
        return self.size


def test_tensor_dataset_gives_rows() -> None:
    dataset = data.TensorDataset(X, X * 2)
    assert [t.item() for t in dataset[3]] == [3.0, 6.0] and len(dataset) == 10
    assert [t.tolist() for t in dataset[1:3]] == [[1.0, 2.0], [2.0, 4.0]]
    with pytest.raises(AssertionError, match="Size mismatch between tensors"):
        data.TensorDataset(torch.zeros(3), torch.zeros(2))


def test_datasets_stand_one_behind_the_other() -> None:
    dataset = data.TensorDataset(X) + data.TensorDataset(X + 100)
    assert isinstance(dataset, data.ConcatDataset) and len(dataset) == 20
    assert dataset[3][0].item() == 3.0 and dataset[12][0].item() == 102.0 and dataset[-1][0].item() == 109.0
    with pytest.raises(ValueError, match="absolute value of index should not exceed dataset length"):
        dataset[-21]
    with pytest.raises(AssertionError, match="datasets should not be an empty iterable"):
        data.ConcatDataset([])
    with pytest.raises(AssertionError, match="ConcatDataset does not support IterableDataset"):
        data.ConcatDataset([Counting(1)])


def test_iterable_datasets_chain() -> None:
    chained = Sized(2) + Sized(3)
    assert list(chained) == [0, 1, 0, 1, 2] and len(chained) == 5
    with pytest.raises(AssertionError, match="ChainDataset only supports IterableDataset"):
        list(data.ChainDataset([[1]]))


def test_datasets_stand_side_by_side() -> None:
    assert data.StackDataset(range(3), "abc")[1] == (1, "b")
    stacked = data.StackDataset(number=range(3), letter="abc")
    assert stacked[2] == {"number": 2, "letter": "c"} and len(stacked) == 3
    assert stacked.__getitems__([0, 1]) == [{"number": 0, "letter": "a"}, {"number": 1, "letter": "b"}]
    with pytest.raises(ValueError, match="Size mismatch between datasets"):
        data.StackDataset(range(3), range(2))
    with pytest.raises(ValueError, match="At least one dataset should be passed"):
        data.StackDataset()


def test_subset_maps_indices() -> None:
    subset = data.Subset(range(100, 200), [5, 3, 8])
    assert subset[0] == 105 and len(subset) == 3 and subset.__getitems__([2, 1]) == [108, 103]


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([7, 3], [[4, 1, 7, 5, 3, 9, 0], [8, 6, 2]]),
        ([0.5, 0.5], [[4, 1, 7, 5, 3], [9, 0, 8, 6, 2]]),
        ([0.33, 0.33, 0.34], [[4, 1, 7, 5], [3, 9, 0], [8, 6, 2]]),
    ],
)
def test_random_split_is_that_of_pytorch(lengths: list[Any], expected: list[list[int]]) -> None:
    torch.manual_seed(0)
    assert [subset.indices for subset in data.random_split(range(10), lengths)] == expected
    generator = torch.Generator().manual_seed(0)
    assert [s.indices for s in data.random_split(range(10), lengths, generator)] == expected


def test_random_split_checks_its_lengths() -> None:
    for lengths in ([5, 3], [0.5, 0.6]):
        with pytest.raises(ValueError, match="Sum of input lengths does not equal the length of the input dataset"):
            data.random_split(range(10), lengths)
    with pytest.raises(ValueError, match="Fraction at index 0 is not between 0 and 1"):
        data.random_split(range(10), [-0.5, 1.5])
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        data.random_split(range(1), [0.1, 0.9])


def test_base_classes_ask_for_their_methods() -> None:
    with pytest.raises(NotImplementedError, match="Subclasses of Dataset should implement __getitem__"):
        data.Dataset()[0]
    with pytest.raises(NotImplementedError):
        iter(data.IterableDataset())


class Batched(data.Dataset):
    def __getitems__(self, indices: list[int]) -> list[int]:
        return [10 * index for index in indices]

    def __getitem__(self, index: int) -> int:
        return index

    def __len__(self) -> int:
        return 3


def test_stacked_datasets_fetch_whole_batches() -> None:
    assert data.StackDataset(Batched(), [5, 6, 7]).__getitems__([0, 2]) == [(0, 5), (20, 7)]
    assert data.StackDataset(a=Batched()).__getitems__([1]) == [{"a": 10}]
