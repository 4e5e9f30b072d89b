"""Iterating with worker processes: requests go out in turn, batches come back in order.

Every worker has a queue of requests of its own; all answer into one queue. Up to `prefetch_factor` batches a worker
are on their way at any time. A batch that arrives before its turn waits.
"""

from __future__ import annotations

import itertools
import multiprocessing
import queue
import weakref
from typing import TYPE_CHECKING, Any

from pullback.utils.data._utils.iterators import _BaseDataLoaderIter
from pullback.utils.data._utils.worker import EndOfIterable, Resume, Setup, WorkerError, work

if TYPE_CHECKING:
    from pullback.utils.data.dataloader import DataLoader

LIFE_CHECK_INTERVAL = 5.0
"""Seconds without an answer after which it is checked that the workers live."""


class WorkerPool:
    """The worker processes of a loader and the queues to them."""

    def __init__(self, loader: DataLoader[Any], base_seed: int, shared_seed: int | None) -> None:
        context = loader.multiprocessing_context or multiprocessing.get_context()
        self.timeout = loader.timeout
        self.results = context.Queue()
        self.requests = []
        self.processes = []
        for i in range(loader.num_workers):
            setup = Setup(
                i,
                loader.num_workers,
                base_seed,
                shared_seed,
                loader._dataset_kind,
                loader.dataset,
                loader._auto_collation,
                loader.collate_fn,
                loader.drop_last,
                loader.worker_init_fn,
            )
            requests = context.Queue()
            # Without this the interpreter would wait at its end for a queue that nobody reads any more.
            requests.cancel_join_thread()
            process = context.Process(target=work, args=(setup, requests, self.results), daemon=True)
            process.start()
            self.requests.append(requests)
            self.processes.append(process)
        self._finalizer = weakref.finalize(self, _stop, self.requests, self.processes, self.results)

    def send(self, worker: int, request: Any) -> None:
        """Put a request into a worker's queue."""
        self.requests[worker].put(request)

    def receive(self) -> Any:
        """The next answer of any worker.

        Raises:
            RuntimeError: when none came within the loader's `timeout`, or a worker has died.
        """
        while True:
            try:
                return self.results.get(timeout=self.timeout or LIFE_CHECK_INTERVAL)
            except queue.Empty:
                dead = [process.pid for process in self.processes if not process.is_alive()]
                if dead:
                    pids = ", ".join(map(str, dead))
                    raise RuntimeError(f"DataLoader worker (pid(s) {pids}) exited unexpectedly") from None
                if self.timeout:
                    raise RuntimeError(f"DataLoader timed out after {self.timeout} seconds") from None

    def stop(self) -> None:
        """End the processes; a second call does nothing."""
        self._finalizer()


def _stop(requests: list[Any], processes: list[Any], results: Any) -> None:
    for channel in requests:
        channel.put(None)
    for process in processes:
        process.join(timeout=0.2)
        if process.is_alive():
            process.terminate()
            process.join()
    for channel in (*requests, results):
        channel.close()


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """One epoch's batches, fetched by worker processes."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        self.pool = WorkerPool(loader, self._base_seed, self._shared_seed)
        self._workers = self.pool.processes
        self._reset(loader, first_iter=True)

    def _reset(self, loader: DataLoader[Any], first_iter: bool = False) -> None:
        """Begin an epoch; the workers drop what they still had to answer to the last one."""
        super()._reset(loader, first_iter)
        self.turns = itertools.cycle(range(loader.num_workers))
        self.working = set(range(loader.num_workers))
        self.sent = 0
        self.expected = 0
        self.sender: dict[int, int] = {}
        """Which worker has which request that is not answered yet."""
        self.arrived: dict[int, Any] = {}
        if not first_iter:
            self._resume(self.pool)
        for _ in range(loader.num_workers * (loader.prefetch_factor or 2)):
            self._send_next()

    def _resume(self, pool: WorkerPool) -> None:
        waiting = len(pool.processes)
        for worker in range(waiting):
            pool.send(worker, Resume(self._shared_seed))
        while waiting:
            number, _ = pool.receive()
            waiting -= isinstance(number, Resume)

    def _send_next(self) -> None:
        if not self.working:
            return
        try:
            wanted = self._next_index()
        except StopIteration:
            return
        worker = next(turn for turn in self.turns if turn in self.working)
        self.sender[self.sent] = worker
        self.pool.send(worker, (self.sent, wanted))
        self.sent += 1

    def _next_data(self) -> Any:
        while self.sender or self.arrived:
            answer = self._next_answer()
            self._send_next()
            if isinstance(answer, EndOfIterable):
                continue
            if isinstance(answer, WorkerError):
                answer.reraise()
            return answer
        if not self._persistent_workers:
            self.pool.stop()
        raise StopIteration

    def _next_answer(self) -> Any:
        """The answer whose turn it is, or without `in_order` any."""
        if not self._loader.in_order:
            return self._receive()[1]
        while self.expected not in self.arrived:
            number, answer = self._receive()
            self.arrived[number] = answer
        self.expected += 1
        return self.arrived.pop(self.expected - 1)

    def _receive(self) -> tuple[int, Any]:
        number, answer = self.pool.receive()
        del self.sender[number]
        if isinstance(answer, EndOfIterable):
            self.working.discard(answer.worker_id)
        return number, answer
