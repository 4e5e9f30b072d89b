"""What code in a worker process can learn about where it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WorkerInfo:
    """What a dataset can learn about the worker process it runs in.

    ``id`` counts from 0 to ``num_workers - 1``, ``seed`` is the seed of this worker's random streams and ``dataset``
    its copy of the dataset.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


MP_STATUS_CHECK_INTERVAL = 5.0
"""Seconds after which a process that waits for another looks whether that one lives."""

current: WorkerInfo | None = None
"""Set in a worker process, where it begins."""


def get_worker_info() -> WorkerInfo | None:
    """Where in the loading this code runs: ``None`` outside of worker processes."""
    return current
