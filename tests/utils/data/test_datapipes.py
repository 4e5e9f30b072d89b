"""Data pipes: steps in a chain, by turn and by index."""

from __future__ import annotations

import pytest

import pullback as torch
from pullback.utils.data import DataLoader, IterDataPipe, MapDataPipe, functional_datapipe
from pullback.utils.data.datapipes.iter import IterableWrapper
from pullback.utils.data.datapipes.map import SequenceWrapper


def test_steps_by_turn() -> None:
    numbers = IterableWrapper(range(10))
    assert isinstance(numbers, IterDataPipe) and repr(numbers) == "IterableWrapperIterDataPipe" and len(numbers) == 10
    plus = numbers.map(lambda x: x + 1)
    assert list(plus.batch(4)) == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    assert list(plus.batch(4, drop_last=True).unbatch()) == list(range(1, 9))
    assert list(numbers.filter(lambda x: x > 6).concat(numbers)) == [7, 8, 9, *range(10)]
    assert list(numbers.zip(IterableWrapper("ab"))) == [(0, "a"), (1, "b")]
    assert list(numbers.mux(IterableWrapper("ab"))) == [0, "a", 1, "b"]
    assert [list(group) for group in numbers.groupby(lambda x: x % 3)] == [[0, 3, 6, 9], [1, 4, 7], [2, 5, 8]]
    assert [batch.tolist() for batch in DataLoader(plus, batch_size=5)] == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]


def test_shuffling_as_pytorch() -> None:
    numbers = IterableWrapper(range(10))
    torch.manual_seed(0)
    assert list(numbers.shuffle()) == [3, 5, 0, 1, 9, 6, 2, 7, 4, 8]
    assert list(numbers.shuffle().set_seed(1)) == [2, 1, 6, 0, 7, 8, 9, 5, 4, 3]
    torch.manual_seed(0)
    assert list(SequenceWrapper(list(range(5))).shuffle()) == [4, 3, 0, 2, 1]


def test_sharding() -> None:
    shard = IterableWrapper(range(10)).sharding_filter()
    shard.apply_sharding(3, 1)
    assert list(shard) == [1, 4, 7] and len(shard) == 3


def test_steps_by_index() -> None:
    steps = SequenceWrapper([1, 2, 3])
    assert isinstance(steps, MapDataPipe) and len(steps) == 3 and steps[1] == 2
    assert list(steps.map(str)) == ["1", "2", "3"] and list(steps.batch(2)) == [[1, 2], [3]]
    assert list(steps.zip(steps)) == [(1, 1), (2, 2), (3, 3)] and list(steps.concat(steps)) == [1, 2, 3, 1, 2, 3]


def test_errors() -> None:
    numbers = IterableWrapper(range(3))
    with pytest.raises(AttributeError, match="'IterableWrapperIterDataPipe' object has no attribute 'foo"):
        _ = numbers.foo
    with pytest.raises(TypeError, match="object of type 'FilterIterDataPipe' has no len"):
        len(numbers.filter(bool))
    with pytest.raises(Exception, match="name map as it is already taken"):

        @functional_datapipe("map")
        class Again(IterDataPipe): ...
