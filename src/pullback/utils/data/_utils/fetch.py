"""Getting a batch out of a dataset, by its indices or as the next samples."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from pullback.utils.data._utils.collate import default_collate
from pullback.utils.data.dataset import Subset, TensorDataset


class MapFetcher:
    """Fetches from a dataset with ``__getitem__``: a list of indices gives a batch, one index a sample."""

    def __init__(self, dataset: Any, auto_collation: bool, collate_fn: Callable[..., Any], drop_last: bool) -> None:
        self.dataset = dataset
        self.auto_collation = auto_collation
        self.collate_fn = collate_fn
        self.gathers = auto_collation and collate_fn is default_collate and _has_plain_rows(dataset)

    def fetch(self, wanted: Any) -> Any:
        """The batch of the indices `wanted`, or the sample of the index."""
        dataset = self.dataset
        if self.gathers:
            return _gather(dataset, wanted)
        if not self.auto_collation:
            data = dataset[wanted]
        elif getattr(dataset, "__getitems__", None):
            data = dataset.__getitems__(wanted)
        else:
            data = [dataset[index] for index in wanted]
        return self.collate_fn(data)


def _has_plain_rows(dataset: Any) -> bool:
    """Whether the samples are rows of tensors without history, possibly a subset of them."""
    while type(dataset) is Subset:
        dataset = dataset.dataset
    return type(dataset) is TensorDataset and not any(tensor.requires_grad for tensor in dataset.tensors)


def _gather(dataset: Any, wanted: list[int]) -> list[Any]:
    """All rows at once, which gives what stacking them one by one would."""
    while type(dataset) is Subset:
        wanted = [dataset.indices[index] for index in wanted]
        dataset = dataset.dataset
    return [tensor[wanted] for tensor in dataset.tensors]


class IterableFetcher:
    """Fetches from a dataset with ``__iter__``: of the indices only the number counts."""

    def __init__(self, dataset: Any, auto_collation: bool, collate_fn: Callable[..., Any], drop_last: bool) -> None:
        self.samples = iter(dataset)
        self.auto_collation = auto_collation
        self.collate_fn = collate_fn
        self.drop_last = drop_last
        self.ended = False

    def fetch(self, wanted: Any) -> Any:
        """The next batch, or the next sample; ``StopIteration`` after the last."""
        if self.ended:
            raise StopIteration
        if not self.auto_collation:
            return self.collate_fn(next(self.samples))
        data = list(islice(self.samples, len(wanted)))
        self.ended = len(data) < len(wanted)
        if not data or (self.drop_last and self.ended):
            raise StopIteration
        return self.collate_fn(data)


def make_fetcher(
    iterable: int, dataset: Any, auto_collation: bool, collate_fn: Callable[..., Any], drop_last: bool
) -> MapFetcher | IterableFetcher:
    """The fetcher for the kind of dataset that the loader says it has: not every `iterable` one has the class."""
    kind = IterableFetcher if iterable else MapFetcher
    return kind(dataset, auto_collation, collate_fn, drop_last)
