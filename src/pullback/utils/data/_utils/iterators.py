"""One epoch of a `DataLoader`: an iterator over its batches, which this process fetches itself."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import pullback
from pullback.utils.data._utils.fetch import make_fetcher

if TYPE_CHECKING:
    from pullback.utils.data.dataloader import DataLoader


class _BaseDataLoaderIter:
    """What all epochs have in common. A failed batch raises; the next call goes on with the one after it."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        self._loader = loader
        self._dataset = loader.dataset
        self._dataset_kind = loader._dataset_kind
        self._auto_collation = loader._auto_collation
        self._drop_last = loader.drop_last
        self._index_sampler = loader._index_sampler
        self._num_workers = loader.num_workers
        self._timeout = loader.timeout
        self._collate_fn = loader.collate_fn
        self._persistent_workers = loader.persistent_workers
        self._seed_steps()
        self._sampler_iter = iter(self._index_sampler)
        self._draw_seed()
        self._num_yielded = 0
        self._IterableDataset_len_called = loader._IterableDataset_len_called

    def _draw_seed(self) -> None:
        # Drawn at every start, used or not, as PyTorch does: the orders that follow depend on it.
        drawn = pullback.empty((), dtype=pullback.int64).random_(generator=self._loader.generator)
        self._base_seed = int(drawn.item())

    def _seed_steps(self) -> None:
        """A seed for the steps of data that draw, the same in all workers."""
        self._shared_seed: int | None = None
        if self._dataset_kind and hasattr(self._dataset, "functions"):
            from pullback.utils.data.datapipes.settings import apply_random_seed

            drawn = pullback.empty((), dtype=pullback.int64).random_(generator=self._loader.generator)
            self._shared_seed = int(drawn.item())
            apply_random_seed(self._dataset, pullback.Generator().manual_seed(self._shared_seed))

    def _reset(self, loader: DataLoader[Any], first_iter: bool = False) -> None:
        self._sampler_iter = iter(self._index_sampler)
        self._num_yielded = 0
        self._IterableDataset_len_called = loader._IterableDataset_len_called
        self._seed_steps()

    def _next_index(self) -> Any:
        return next(self._sampler_iter)

    def _next_data(self) -> Any:
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        batch = self._next_data()
        self._num_yielded += 1
        claimed = self._IterableDataset_len_called
        if self._dataset_kind and claimed is not None and self._num_yielded > claimed:
            warnings.warn(
                f"Length of IterableDataset {self._dataset} was reported to be {claimed}(when accessing "
                f"len(dataloader)), but {self._num_yielded} samples have been fetched. ",
                stacklevel=2,
            )
        return batch

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __getstate__(self) -> NoReturn:
        raise NotImplementedError("{} cannot be pickled", type(self).__name__)


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """Batches that this process fetches when they are asked for."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        settings = self._dataset, self._auto_collation, self._collate_fn, self._drop_last
        self._dataset_fetcher = make_fetcher(self._dataset_kind, *settings)

    def _next_data(self) -> Any:
        return self._dataset_fetcher.fetch(next(self._sampler_iter))
