"""torch.multiprocessing: Python's own, with the names that PyTorch adds.

Tensors after `share_memory_` are the same memory in every process they are sent to; all others go as copies.
"""

import multiprocessing as _multiprocessing
from multiprocessing import *  # noqa: F403
from multiprocessing import cpu_count as cpu_count

from pullback.multiprocessing.reductions import init_reductions
from pullback.multiprocessing.spawn import (
    ProcessContext,
    ProcessException,
    ProcessExitedException,
    ProcessRaisedException,
    SpawnContext,
    spawn,
    start_processes,
)

__all__ = [
    *_multiprocessing.__all__,  # type: ignore[attr-defined]
    "ProcessContext",
    "ProcessException",
    "ProcessExitedException",
    "ProcessRaisedException",
    "SpawnContext",
    "get_all_sharing_strategies",
    "get_sharing_strategy",
    "set_sharing_strategy",
    "spawn",
    "start_processes",
]

init_reductions()
_strategy = {"name": "file_descriptor"}


def get_all_sharing_strategies() -> set[str]:
    """The names that PyTorch has for ways of sharing memory."""
    return {"file_descriptor", "file_system"}


def get_sharing_strategy() -> str:
    """What `set_sharing_strategy` was told."""
    return _strategy["name"]


def set_sharing_strategy(new_strategy: str) -> None:
    """Kept; memory is shared in one way."""
    if new_strategy not in get_all_sharing_strategies():
        raise AssertionError(
            f"invalid sharing strategy {new_strategy!r}, expected one of {get_all_sharing_strategies()}"
        )
    _strategy["name"] = new_strategy
