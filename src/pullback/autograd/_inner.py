"""What PyTorch's own tools set inside: version counters, and objects that a backward pass finds in its thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from pullback.graph.running import task
from pullback.graph.tensor_base import TensorBase
from pullback.graph.versions import counter_of

_kept = threading.local()


def _stash_obj_in_tls(key: str, obj: Any) -> None:
    """Keep `obj` for this thread."""
    vars(_kept)[key] = obj


def _get_obj_in_tls(key: str) -> Any:
    """What was kept as `key`. ``RuntimeError`` if nothing was."""
    if key not in vars(_kept):
        raise RuntimeError("Expected py_objects.obj_dict_.count(key) to be true, but got false.")
    return vars(_kept)[key]


def _is_key_in_tls(key: str) -> bool:
    """Whether something was kept as `key`."""
    return key in vars(_kept)


def _get_current_graph_task_keep_graph() -> bool:
    """Whether the running backward pass keeps its graph; true outside of one."""
    found = task()
    return True if found is None else bool(found.keep)


def _unsafe_set_version_counter(tensors: Sequence[Any], versions: Sequence[int]) -> None:
    """Let each tensor have been written to as often as `versions` says; what was saved before may go unnoticed.

    >>> import pullback as torch
    >>> x = torch.ones(2)
    >>> torch._C._autograd._unsafe_set_version_counter((x,), (5,))
    >>> x._version
    5
    """
    if len(tensors) != len(versions):
        raise RuntimeError(f"tensors_len={len(tensors)}, versions_len={len(versions)}")
    for tensor, version in zip(tensors, versions):
        if version < 0:
            raise RuntimeError(f"Cannot set a version_counter to a value below 0: {version}")
        counter = counter_of(tensor)
        counter.value, counter.flips = version, ()


class _unsafe_preserve_version_counter:
    """Writes into `tensors` inside the block are not counted."""

    def __init__(self, tensors: Any) -> None:
        self.tensors = (tensors,) if isinstance(tensors, TensorBase) else tuple(tensors)
        self.versions = tuple([each._version for each in self.tensors])  # type: ignore[attr-defined]

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        _unsafe_set_version_counter(self.tensors, self.versions)
