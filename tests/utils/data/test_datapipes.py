"""Data pipes: steps in a chain, by turn and by index."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch
from pullback.utils.data import DataLoader, IterDataPipe, MapDataPipe, functional_datapipe
from pullback.utils.data.datapipes.iter import IterableWrapper
from pullback.utils.data.datapipes.map import SequenceWrapper


@pytest.mark.filterwarnings("ignore:Lambda function")
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


def thirds(x: int) -> int:
    return x % 3


def test_fork_gives_all_ends_every_sample() -> None:
    first, second = IterableWrapper(range(3)).fork(2)
    assert [list(first), list(second), list(first)] == [[0, 1, 2]] * 3
    assert len(first) == 3
    a, b = IterableWrapper([[1]]).fork(2, copy="deep")
    assert next(iter(a)) is not next(iter(b))
    ahead, _ = IterableWrapper(range(100)).fork(2, buffer_size=5)
    with pytest.raises(BufferError, match="ForkerIterDataPipe buffer overflow"):
        list(ahead)
    with pytest.raises(ValueError, match="Expected `num_instances` larger than 0, but 0 is found"):
        IterableWrapper([]).fork(0)
    with pytest.raises(ValueError, match="Unknown copy method `foo` requested"):
        IterableWrapper([]).fork(2, copy="foo")


def test_demux_gives_each_sample_to_one_end() -> None:
    assert [list(end) for end in IterableWrapper(range(7)).demux(3, thirds)] == [[0, 3, 6], [1, 4], [2, 5]]
    with pytest.raises(ValueError, match="should be between 0 and 1. 2 is returned"):
        [list(end) for end in IterableWrapper(range(7)).demux(2, thirds)]


def test_groups_are_given_when_they_or_the_buffer_are_full() -> None:
    steps = IterableWrapper(range(10))
    assert list(steps.groupby(thirds, group_size=2)) == [[0, 3], [1, 4], [2, 5], [6, 9], [7], [8]]
    assert list(steps.groupby(thirds, buffer_size=5)) == [[0, 3], [1, 4], [2, 5, 8], [6, 9], [7]]
    assert next(iter(steps.groupby(thirds, keep_key=True))) == (0, [0, 3, 6, 9])
    dropping = steps.groupby(thirds, group_size=2, buffer_size=3, guaranteed_group_size=2, drop_remaining=True)
    assert list(dropping) == [[8], [9]]
    with pytest.raises(AssertionError, match="group_size must be > 0 and <= buffer_size"):
        steps.groupby(thirds, group_size=0)


def test_a_loader_switches_shuffling_and_seeds_it() -> None:
    def shuffled(**settings: Any) -> list[Any]:
        generator = torch.Generator().manual_seed(3)
        loader = DataLoader(IterableWrapper(range(6)).shuffle(), batch_size=2, generator=generator, **settings)
        return [batch.tolist() for batch in loader]

    assert shuffled(shuffle=False) == [[0, 1], [2, 3], [4, 5]]
    assert shuffled(shuffle=True) == [[0, 1], [5, 4], [2, 3]]  # PyTorch's
    with pytest.warns(UserWarning, match="the datapipe does not contain a `Shuffler`"):
        DataLoader(IterableWrapper(range(6)), shuffle=True)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_workers_share_out_what_says_so() -> None:
    steps = IterableWrapper(range(6)).shuffle().sharding_filter()
    generator = torch.Generator().manual_seed(3)
    loader = DataLoader(steps, batch_size=2, num_workers=2, shuffle=True, generator=generator)
    assert [batch.tolist() for batch in loader] == [[0, 5], [1, 4], [2], [3]]  # PyTorch's


def test_functions_that_cannot_be_sent_are_warned_about() -> None:
    with pytest.warns(UserWarning, match="Lambda function is not supported by pickle"):
        IterableWrapper([1]).map(lambda x: x)
