"""What a worker process does: wait for indices, fetch, send back."""

from __future__ import annotations

import multiprocessing
import queue
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import pullback
from pullback.utils._exceptions import ExceptionWrapper
from pullback.utils.data._utils import info
from pullback.utils.data._utils.fetch import make_fetcher

PARENT_CHECK_INTERVAL = info.MP_STATUS_CHECK_INTERVAL


@dataclass(frozen=True)
class Setup:
    """What a worker is started with."""

    id: int
    num_workers: int
    base_seed: int
    shared_seed: int | None
    iterable: int
    dataset: Any
    auto_collation: bool
    collate_fn: Callable[..., Any]
    drop_last: bool
    init_fn: Callable[[int], Any] | None


@dataclass(frozen=True)
class EndOfIterable:
    """Says that a worker's copy of an iterable dataset has no more samples."""

    worker_id: int


@dataclass(frozen=True)
class Resume:
    """Asks a persistent worker to begin another epoch."""

    shared_seed: int | None


class WorkerError(ExceptionWrapper):
    """An exception on its way from a worker."""

    def __init__(self, worker_id: int) -> None:
        super().__init__(where=f"in DataLoader worker process {worker_id}")


def work(setup: Setup, index_queue: Any, result_queue: Any) -> None:
    """Fetch what the indices ask for, until ``None`` comes.

    Requests are ``(number, indices)``, answers ``(number, batch)``.
    """
    fetcher = None
    failure: WorkerError | None = None
    try:
        pullback.set_num_threads(1)
        _seed(setup, setup.base_seed)
        _share_out(setup)
        if setup.init_fn is not None:
            setup.init_fn(setup.id)
        fetcher = _new_fetcher(setup)
    except Exception:
        failure = WorkerError(setup.id)
    while (request := _next_request(index_queue)) is not None:
        if isinstance(request, Resume):
            _seed_steps(setup, request.shared_seed)
            result_queue.put((request, setup.id))
            fetcher = _new_fetcher(setup)
            continue
        number, indices = request
        if failure is not None:
            answer, failure = failure, None
        else:
            answer = _fetch(setup, fetcher, indices)
        result_queue.put((number, answer))


def _seed_steps(setup: Setup, seed: int | None) -> None:
    if seed is not None:
        from pullback.utils.data.datapipes.settings import apply_random_seed

        apply_random_seed(setup.dataset, pullback.Generator().manual_seed(seed))


def _share_out(setup: Setup) -> None:
    """Let the steps of data know their seeds and which samples are this worker's."""
    _seed_steps(setup, setup.shared_seed)
    if hasattr(setup.dataset, "functions"):
        from pullback.utils.data.datapipes.settings import apply_sharding

        apply_sharding(setup.dataset, setup.num_workers, setup.id)


def _fetch(setup: Setup, fetcher: Any, indices: Any) -> Any:
    try:
        return fetcher.fetch(indices)
    except Exception as error:
        if isinstance(error, StopIteration) and setup.iterable:
            return EndOfIterable(setup.id)
        return WorkerError(setup.id)


def _new_fetcher(setup: Setup) -> Any:
    return make_fetcher(setup.iterable, setup.dataset, setup.auto_collation, setup.collate_fn, setup.drop_last)


def _next_request(index_queue: Any) -> Any:
    """The next request; ``None``, which ends the work, also when the parent process is gone."""
    while True:
        try:
            return index_queue.get(timeout=PARENT_CHECK_INTERVAL)
        except queue.Empty:
            parent = multiprocessing.parent_process()
            if parent is not None and not parent.is_alive():
                return None


def _seed(setup: Setup, base_seed: int) -> None:
    """Give every random stream of the process a seed of its own, the ones that PyTorch gives."""
    seed = base_seed + setup.id
    random.seed(seed)
    pullback.manual_seed(seed)
    entropy = [setup.id, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    np.random.seed(np.random.SeedSequence(entropy).generate_state(4))
    info.current = info.WorkerInfo(setup.id, setup.num_workers, seed, setup.dataset)
