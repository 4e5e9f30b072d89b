"""Samplers: PyTorch's order for a seed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

import pullback as torch
from pullback.utils import data

DRAWS = [
    "RandomSampler(range(10))",
    "RandomSampler(range(10), generator=g)",
    "RandomSampler(range(10), replacement=True)",
    "RandomSampler(range(10), replacement=True, num_samples=70, generator=g)",
    "RandomSampler(range(10), num_samples=25)",
    "RandomSampler(range(10), num_samples=20, generator=g)",
    "SubsetRandomSampler([5, 6, 7, 8])",
    "SubsetRandomSampler([5, 6, 7, 8], generator=g)",
    "WeightedRandomSampler([0.1, 0.9, 0.5], 8)",
    "WeightedRandomSampler([0.1, 0.9, 0.5], 3, replacement=False, generator=g)",
]


@pytest.mark.parametrize("expression", DRAWS)
def test_order_is_that_of_pytorch(expression: str) -> None:
    real = pytest.importorskip("torch")
    found = []
    for module in (torch, real):
        module.manual_seed(3)
        generator = module.Generator().manual_seed(7)
        sampler = eval(f"d.{expression}", {"d": module.utils.data, "g": generator})
        found.append((list(sampler), list(sampler), len(sampler), module.rand(2).tolist()))
    assert found[0] == found[1]


def test_recorded_orders() -> None:
    torch.manual_seed(0)
    assert list(data.RandomSampler(range(10))) == [6, 9, 0, 7, 3, 5, 4, 2, 1, 8]
    generator = torch.Generator().manual_seed(1)
    assert list(data.RandomSampler(range(10), generator=generator)) == [5, 6, 1, 2, 0, 8, 9, 3, 7, 4]


def test_every_index_comes_once() -> None:
    assert sorted(data.RandomSampler(range(50))) == list(range(50))
    assert list(data.SequentialSampler("abc")) == [0, 1, 2]
    counts = Counter(data.RandomSampler(range(5), num_samples=12))
    assert sum(counts.values()) == 12 and set(counts.values()) == {2, 3}


def test_weights_decide() -> None:
    torch.manual_seed(0)
    counts = Counter(data.WeightedRandomSampler([1.0, 0.0, 3.0], 4000))
    assert counts[1] == 0 and 2850 < counts[2] < 3150


def test_batches() -> None:
    assert list(data.BatchSampler(range(7), 3, False)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(data.BatchSampler(range(7), 3, True)) == [[0, 1, 2], [3, 4, 5]]
    assert [len(data.BatchSampler(range(7), 3, drop)) for drop in (False, True)] == [3, 2]


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: data.RandomSampler([]), ValueError, "num_samples should be a positive integer value"),
        (lambda: data.RandomSampler("ab", num_samples=0), ValueError, "but got num_samples=0"),
        (lambda: data.RandomSampler("ab", replacement=3), TypeError, "replacement should be a boolean value"),
        (lambda: data.WeightedRandomSampler([0.1], 0), ValueError, "but got num_samples=0"),
        (lambda: data.WeightedRandomSampler([0.1], 2, 3), ValueError, "replacement should be a boolean value"),
        (lambda: data.WeightedRandomSampler([[0.1]], 2), ValueError, r"weights have shape \(1, 1\)"),
        (lambda: data.BatchSampler("ab", 0, False), ValueError, "batch_size should be a positive integer value"),
        (lambda: data.BatchSampler("ab", True, False), ValueError, "but got batch_size=True"),
        (lambda: data.BatchSampler("ab", 1, 3), ValueError, "drop_last should be a boolean value"),
        (lambda: iter(data.Sampler()), NotImplementedError, "^$"),
    ],
)
def test_misuse_raises_the_errors_of_pytorch(make: Any, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        make()


SHARES = [
    {"num_replicas": 3},
    {"num_replicas": 3, "seed": 5},
    {"num_replicas": 3, "shuffle": False},
    {"num_replicas": 3, "drop_last": True},
    {"num_replicas": 20},
]


@pytest.mark.parametrize("settings", SHARES, ids=str)
def test_shares_are_those_of_pytorch(settings: dict[str, Any]) -> None:
    real = pytest.importorskip("torch")
    found = []
    for module in (torch, real):
        shares = []
        for rank in range(settings["num_replicas"]):
            sampler = module.utils.data.DistributedSampler(range(11), rank=rank, **settings)
            first = list(sampler)
            sampler.set_epoch(3)
            shares.append((first, list(sampler), len(sampler), sampler.total_size))
        found.append(shares)
    assert found[0] == found[1]


def test_shares_cover_the_dataset() -> None:
    shares = [list(data.DistributedSampler(range(12), 3, rank, seed=1)) for rank in range(3)]
    assert sorted(index for share in shares for index in share) == list(range(12))
    with pytest.raises(ValueError, match=r"Invalid rank 3, rank should be in the interval \[0, 2\]"):
        data.DistributedSampler(range(3), 3, 3)
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        data.DistributedSampler(range(3))
