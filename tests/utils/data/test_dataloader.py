"""DataLoader: batches, their order, worker processes."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    Sampler,
    Subset,
    TensorDataset,
    get_worker_info,
)

X = torch.arange(10.0)
ROWS = TensorDataset(X, X * 2)
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # fork with threads


class Counting(IterableDataset):
    def __init__(self, size: int = 7) -> None:
        self.size = size

    def __iter__(self) -> Any:
        return iter(range(self.size))


class Claiming(Counting):
    def __len__(self) -> int:
        return 5


class Squares(Dataset):
    def __getitem__(self, index: int) -> int:
        return index * index

    def __len__(self) -> int:
        return 9


# --- batches ------------------------------------------------------------------------------------------------


def test_batches_are_stacked_rows() -> None:
    loader = DataLoader(ROWS, batch_size=4)
    batches = list(loader)
    assert [x.tolist() for x, _ in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert batches[0][1].tolist() == [0, 2, 4, 6] and isinstance(batches[0], list) and len(loader) == 3


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"batch_size": 4, "drop_last": True}, [[0, 1, 4, 9], [16, 25, 36, 49]]),
        ({"batch_sampler": [[1], [2, 3]]}, [[1], [4, 9]]),
        ({"batch_size": 2, "sampler": [3, 1, 0]}, [[9, 1], [0]]),
        ({"batch_size": 5, "collate_fn": sum}, [30, 230 - 56]),
        ({"batch_size": None}, [0, 1, 4, 9, 16, 25, 36, 49, 64]),
    ],
)
def test_settings_shape_the_batches(settings: dict[str, Any], expected: list[Any]) -> None:
    loader = DataLoader(Squares(), **settings)
    found = [batch.tolist() if isinstance(batch, torch.Tensor) else batch for batch in loader]
    assert found == expected and len(loader) == len(expected)


def test_gathered_rows_are_what_stacking_gives() -> None:
    class Plain(TensorDataset):
        """Not exactly a TensorDataset, so rows are taken one by one."""

    settings = {"batch_size": 3, "shuffle": True}
    found = []
    for dataset in (ROWS, Plain(*ROWS.tensors)):
        torch.manual_seed(1)
        subset = Subset(Subset(dataset, [9, 8, 7, 6, 5, 4, 3]), [6, 5, 4, 0])
        found.append([[t.tolist() for t in batch] for batch in DataLoader(subset, **settings)])
    assert found[0] == found[1]


def test_datasets_may_fetch_whole_batches() -> None:
    class Batched(Squares):
        def __getitems__(self, indices: list[int]) -> list[int]:
            return [-index for index in indices]

    assert [b.tolist() for b in DataLoader(Batched(), batch_size=6)] == [[0, -1, -2, -3, -4, -5], [-6, -7, -8]]


def test_iterable_datasets_are_cut_into_batches() -> None:
    assert [b.tolist() for b in DataLoader(Counting(), batch_size=3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [b.tolist() for b in DataLoader(Counting(), batch_size=3, drop_last=True)] == [[0, 1, 2], [3, 4, 5]]
    assert list(DataLoader(Counting(), batch_size=None)) == [0, 1, 2, 3, 4, 5, 6]
    assert len(DataLoader(Claiming(), batch_size=2)) == 3


def test_wrong_length_of_an_iterable_dataset_is_warned_about() -> None:
    loader = DataLoader(Claiming(6))
    assert len(loader) == 5
    with pytest.warns(UserWarning, match="was reported to be 5\\(when .* but 6 samples have been fetched"):
        list(loader)


# --- order --------------------------------------------------------------------------------------------------


def test_recorded_orders() -> None:
    torch.manual_seed(0)
    loader = DataLoader(X, batch_size=3, shuffle=True)
    assert [b.tolist() for b in loader] == [[6, 7, 1], [4, 2, 0], [9, 8, 3], [5]]
    assert [b.tolist() for b in loader] == [[2, 4, 7], [0, 8, 9], [5, 3, 6], [1]]
    loader = DataLoader(X, 4, shuffle=True, generator=torch.Generator().manual_seed(5))
    assert [b.tolist() for b in loader] == [[7, 4, 8, 1], [2, 3, 6, 5], [9, 0]]
    assert [b.tolist() for b in loader] == [[2, 1, 6, 3], [5, 9, 4, 7], [8, 0]]


@pytest.mark.parametrize(
    "settings",
    [{}, {"shuffle": True}, {"shuffle": True, "generator": "g"}, {"batch_size": None, "shuffle": True}],
    ids=str,
)
def test_streams_move_on_as_pytorchs_do(settings: dict[str, Any]) -> None:
    real = pytest.importorskip("torch")
    found = []
    for module in (torch, real):
        module.manual_seed(4)
        given = dict(settings)
        if "generator" in given:
            given["generator"] = module.Generator().manual_seed(9)
        loader = module.utils.data.DataLoader(range(23), **given)
        epochs = [[batch if isinstance(batch, int) else batch.tolist() for batch in loader] for _ in range(3)]
        iter(loader)  # a start alone already draws
        found.append((epochs, module.rand(3).tolist()))
    assert found[0] == found[1]


# --- worker processes ---------------------------------------------------------------------------------------


class Slow(Dataset):
    """Even samples take longer, so that workers answer out of order."""

    def __getitem__(self, index: int) -> int:
        time.sleep(0.02 if index % 2 == 0 else 0.0)
        return index

    def __len__(self) -> int:
        return 10


class Streams(Dataset):
    def __getitem__(self, index: int) -> Any:
        info = get_worker_info()
        return info.id, info.num_workers, info.seed - info.id, random.random(), np.random.rand(), torch.rand(1).item()

    def __len__(self) -> int:
        return 4


class Sharded(IterableDataset):
    def __iter__(self) -> Any:
        info = get_worker_info()
        return iter(range(info.id * 10, info.id * 10 + 3 + info.id * 2))


class Failing(Dataset):
    def __getitem__(self, index: int) -> Any:
        raise KeyError("no such sample") if index == 2 else ValueError("bad sample")

    def __len__(self) -> int:
        return 4


class Dying(Slow):
    def __getitem__(self, index: int) -> Any:
        os._exit(3)


class Sleeping(Slow):
    def __getitem__(self, index: int) -> Any:
        time.sleep(60)


def test_workers_keep_the_order() -> None:
    loader = DataLoader(Slow(), batch_size=1, num_workers=2)
    for _ in range(2):
        assert [int(batch) for batch in loader] == list(range(10))
    free = DataLoader(Slow(), num_workers=2, in_order=False)
    assert sorted(int(batch) for batch in free) == list(range(10))


def test_workers_have_the_streams_of_pytorchs() -> None:
    torch.manual_seed(0)
    found = [tuple(batch[0]) for batch in DataLoader(Streams(), num_workers=2, collate_fn=list)]
    seed = 900450186894289455
    assert [sample[:3] for sample in found] == [(0, 2, seed), (1, 2, seed)] * 2
    expected = [0.21315340548154382, 0.8371640508861415, 0.7821398973464966]
    np.testing.assert_allclose(found[0][3:], expected, rtol=1e-12)
    np.testing.assert_allclose(found[1][3:], [0.7733861492043289, 0.6702704958690073, 0.6938178539276123], rtol=1e-12)
    assert get_worker_info() is None


def test_iterable_datasets_are_sharded_by_worker() -> None:
    loader = DataLoader(Sharded(), batch_size=2, num_workers=2)
    assert [b.tolist() for b in loader] == [[0, 1], [10, 11], [2], [12, 13], [14]]


def test_persistent_workers_serve_every_epoch() -> None:
    class WithPid(Squares):
        def __getitem__(self, index: int) -> int:
            return os.getpid()

    loader = DataLoader(WithPid(), batch_size=3, num_workers=2, persistent_workers=True)
    first, second = [{int(p) for batch in loader for p in batch} for _ in range(2)]
    assert first == second and len(first) == 2 and os.getpid() not in first
    next(iter(loader))  # an epoch that is left does not disturb the next
    assert len(list(loader)) == 3
    loader._iterator.pool.stop()


def test_errors_of_workers_are_raised_here() -> None:
    with pytest.raises(ValueError, match=r"Caught ValueError in DataLoader worker process 0.\nOriginal Traceback"):
        list(DataLoader(Failing(), num_workers=1))
    with pytest.raises(KeyError) as error:
        list(DataLoader(Failing(), sampler=[2], num_workers=1))
    assert "no such sample" in str(error.value) and "\n" in str(error.value)


def test_init_function_runs_in_every_worker_and_may_fail() -> None:
    def fail(worker: int) -> None:
        raise RuntimeError(f"no worker {worker}")

    with pytest.raises(RuntimeError, match="Caught RuntimeError in DataLoader worker process 0"):
        list(DataLoader(Slow(), num_workers=1, worker_init_fn=fail))


def test_dead_and_slow_workers_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pullback.utils.data._utils.processes.LIFE_CHECK_INTERVAL", 0.2)
    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) exited unexpectedly"):
        list(DataLoader(Dying(), num_workers=1))
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.3 seconds"):
        list(DataLoader(Sleeping(), num_workers=1, timeout=0.3))


# --- settings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "settings", "kind", "message"),
    [
        (ROWS, {"batch_size": 0}, ValueError, "batch_size should be a positive integer value"),
        (ROWS, {"num_workers": -1}, ValueError, "num_workers option should be non-negative"),
        (ROWS, {"timeout": -1}, ValueError, "timeout option should be non-negative"),
        (ROWS, {"prefetch_factor": 2}, ValueError, "prefetch_factor option could only be specified in multipro"),
        (ROWS, {"prefetch_factor": -1, "num_workers": 1}, ValueError, "should be non-negative"),
        (ROWS, {"persistent_workers": True}, ValueError, "persistent_workers option needs num_workers > 0"),
        (Counting(), {"shuffle": True}, ValueError, "expected unspecified shuffle option, but got shuffle=True"),
        (Counting(), {"sampler": [1]}, ValueError, r"expected unspecified sampler option, but got sampler=\[1\]"),
        (Counting(), {"batch_sampler": [[1]]}, ValueError, "expected unspecified batch_sampler option"),
        (ROWS, {"sampler": [1], "shuffle": True}, ValueError, "sampler option is mutually exclusive with shuffle"),
        (ROWS, {"batch_sampler": [[1]], "batch_size": 3}, ValueError, "batch_sampler option is mutually exclusive"),
        (ROWS, {"batch_size": None, "drop_last": True}, ValueError, "batch_size=None option disables auto-batch"),
        (ROWS, {"multiprocessing_context": "fork"}, ValueError, "can only be used with multi-process loading"),
        (
            ROWS,
            {"multiprocessing_context": "x", "num_workers": 1},
            ValueError,
            "multiprocessing_context option should specify a valid start method",
        ),
        (
            ROWS,
            {"multiprocessing_context": 3, "num_workers": 1},
            TypeError,
            "multiprocessing_context option should be a valid context object or a string",
        ),
    ],
)
def test_misuse_raises_the_errors_of_pytorch(dataset: Any, settings: dict[str, Any], kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        DataLoader(dataset, **settings)


def test_order_cannot_be_changed_later() -> None:
    loader = DataLoader(ROWS)
    for name in ("batch_size", "sampler", "dataset"):
        with pytest.raises(ValueError, match=f"{name} attribute should not be set after DataLoader is initialized"):
            setattr(loader, name, 3)
    loader.note = 1
    assert loader.note == 1


def test_warnings() -> None:
    with pytest.warns(UserWarning, match="This DataLoader will create 999 worker processes in total"):
        DataLoader(ROWS, num_workers=999)
    with pytest.warns(UserWarning, match="'pin_memory' argument is set as true but no accelerator is found"):
        iter(DataLoader(ROWS, pin_memory=True))


class FailingAt(Dataset):
    def __init__(self, place: int) -> None:
        self.place = place

    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> int:
        if index == self.place:
            raise KeyError("boo")
        return index


@pytest.mark.parametrize("num_workers", [0, 1])
def test_the_batch_after_one_that_failed_comes(num_workers: int) -> None:
    batches = iter(DataLoader(FailingAt(2), num_workers=num_workers))
    found = []
    while True:
        try:
            found.append(next(batches).item())
        except KeyError as error:
            found.append(type(error).__name__)
        except StopIteration:
            break
    assert found == [0, 1, "KeyError", 3, 4]


def test_an_epoch_has_a_length_and_counts_and_cannot_be_pickled() -> None:
    batches = iter(DataLoader(range(10), batch_size=3))
    assert len(batches) == 4
    assert next(batches).tolist() == [0, 1, 2]
    assert batches._num_yielded == 1
    assert type(batches).__name__ == "_SingleProcessDataLoaderIter"
    with pytest.raises(NotImplementedError, match="cannot be pickled"):
        batches.__getstate__()


class Eager(Sampler):
    """Draws its order when it is asked for an iterator."""

    def __iter__(self):
        return iter(torch.randperm(6).tolist())

    def __len__(self) -> int:
        return 6


@pytest.mark.parametrize(
    ("workers", "persistent", "orders"),
    [  # PyTorch's own
        (0, False, [[2, 5, 3, 0, 1, 4], [1, 3, 5, 2, 4, 0]]),
        (1, False, [[1, 3, 5, 2, 4, 0], [3, 2, 5, 1, 4, 0]]),
        (1, True, [[1, 3, 5, 2, 4, 0], [0, 5, 4, 1, 2, 3]]),
    ],
)
def test_orders_that_are_drawn_at_once(workers: int, persistent: bool, orders: list[list[int]]) -> None:
    torch.manual_seed(0)
    loader = DataLoader(range(6), batch_size=None, sampler=Eager(), num_workers=workers, persistent_workers=persistent)
    assert [list(loader) for _ in range(2)] == orders
    assert (loader._iterator is not None) is persistent


class Threads(Dataset):
    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> int:
        return torch.get_num_threads()


def test_workers_compute_in_one_thread() -> None:
    assert list(DataLoader(Threads(), num_workers=1, batch_size=None)) == [1]


def test_sparse_samples_are_refused() -> None:
    samples = [torch.ones(2).to_sparse()] * 2
    with pytest.raises(RuntimeError, match="Batches of sparse tensors are not currently supported"):
        list(DataLoader(samples, batch_size=2))


def test_a_loader_may_say_that_its_dataset_is_iterable() -> None:
    class Stream:  # no IterableDataset: fastai hands such a one to PyTorch's iterator
        def __iter__(self) -> Iterator[int]:
            return iter(range(4))

    class Loader(DataLoader[int]):
        _dataset_kind = 1  # _DatasetKind.Iterable

        def __init__(self, **settings: Any) -> None:
            super().__init__(Stream(), sampler=range(4), **settings)

    assert [batch.tolist() for batch in Loader(batch_size=3)] == [[0, 1, 2], [3]]
