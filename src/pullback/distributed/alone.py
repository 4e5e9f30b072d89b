"""A group of one process: what programs with ``WORLD_SIZE=1`` say to it is answered by the process itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

GROUP = "Default process group has not been initialized, please make sure to call init_process_group."


class ProcessGroup:
    """A group of processes; the one there can be has rank 0 and size 1."""

    def __init__(self, backend: str = "gloo") -> None:
        self._backend = backend

    def rank(self) -> int:
        """0."""
        return 0

    def size(self) -> int:
        """1."""
        return 1

    def name(self) -> str:
        """The backend's name."""
        return self._backend


class Work:
    """Communication that is over."""

    def wait(self, timeout: Any = None) -> bool:
        """True, at once."""
        return True

    def is_completed(self) -> bool:
        """True."""
        return True

    is_success = is_completed


_default: list[ProcessGroup] = []


def is_initialized() -> bool:
    """Whether there is a group, of this one process."""
    return bool(_default)


def the_group(group: Any = None) -> ProcessGroup:
    """`group`, or the default one. Raises ``ValueError`` where there is none."""
    if not _default:
        raise ValueError(GROUP)
    return group if isinstance(group, ProcessGroup) else _default[0]


def _number(given: int, name: str) -> int:
    if given >= 0:
        return given
    if name not in os.environ:
        raise ValueError(
            f"Error initializing torch.distributed using env:// rendezvous: environment variable {name} expected, but not set"
        )
    return int(os.environ[name])


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: Any = None,
    world_size: int = -1,
    rank: int = -1,
    store: Any = None,
    group_name: str = "",
    pg_options: Any = None,
    device_id: Any = None,
) -> None:
    """Make the group of this process. Raises ``RuntimeError`` for a group of several, ``ValueError`` for a second one."""
    if _default:
        raise ValueError("trying to initialize the default process group twice!")
    rank, size = _number(rank, "RANK"), _number(world_size, "WORLD_SIZE")
    if (rank, size) != (0, 1):
        raise RuntimeError(f"pullback has no process groups of {size} processes: programs run in one")
    _default.append(ProcessGroup(str(backend or "gloo").lower().rpartition(":")[2]))


def destroy_process_group(group: Any = None) -> None:
    """End the group. Raises ``AssertionError`` where there is none."""
    if not _default:
        raise AssertionError("Process group cannot be None")
    if group is None or group is _default[0]:
        _default.clear()


def new_group(*args: Any, **settings: Any) -> ProcessGroup:
    """Another group of this process."""
    return ProcessGroup(the_group()._backend)


def _done(async_op: bool) -> Work | None:
    return Work() if async_op else None


def _same(name: str) -> Callable[..., Any]:
    """A function that leaves the tensor of one process as it is."""

    def function(tensor: Any, *args: Any, group: Any = None, async_op: bool = False, **settings: Any) -> Any:
        the_group(group)
        return _done(async_op)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Leaves what one process has as it is."
    return function


all_reduce, reduce, broadcast, all_reduce_coalesced = map(
    _same, "all_reduce reduce broadcast all_reduce_coalesced".split()
)
broadcast_object_list = _same("broadcast_object_list")


def _copied(name: str, into_list: bool, from_list: bool) -> Callable[..., Any]:
    """A function that copies what one process gives to where it receives."""

    def function(
        output: Any, input: Any = None, *args: Any, group: Any = None, async_op: bool = False, **_: Any
    ) -> Any:
        the_group(group)
        target, source = (output[0] if into_list else output), (input[0] if from_list else input)
        target.copy_(source.reshape(target.shape))
        return _done(async_op)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Copies what this process gives to where it receives."
    return function


all_gather = _copied("all_gather", True, False)
all_gather_into_tensor = _copied("all_gather_into_tensor", False, False)
all_to_all = _copied("all_to_all", True, True)
all_to_all_single = _copied("all_to_all_single", False, False)
reduce_scatter = _copied("reduce_scatter", False, True)
reduce_scatter_tensor = _copied("reduce_scatter_tensor", False, False)
scatter = _copied("scatter", False, True)


def gather(
    tensor: Any, gather_list: Any = None, dst: Any = None, group: Any = None, async_op: bool = False, **_: Any
) -> Any:
    """Copies the tensor into the list."""
    return all_gather(gather_list, tensor, group=group, async_op=async_op)


def all_gather_object(object_list: list[Any], obj: Any, group: Any = None) -> None:
    """Puts the object into the list."""
    the_group(group)
    object_list[0] = obj


def gather_object(obj: Any, object_gather_list: Any = None, dst: Any = None, group: Any = None, **_: Any) -> None:
    """Puts the object into the list."""
    all_gather_object(object_gather_list, obj, group)


def scatter_object_list(output: list[Any], input: Any = None, src: Any = None, group: Any = None, **_: Any) -> None:
    """Puts the list's object into the other list."""
    all_gather_object(output, input[0], group)


def barrier(group: Any = None, async_op: bool = False, device_ids: Any = None) -> Work | None:
    """Waits for nobody."""
    the_group(group)
    return _done(async_op)


def monitored_barrier(group: Any = None, timeout: Any = None, wait_all_ranks: bool = False) -> None:
    """Waits for nobody."""
    the_group(group)


def get_rank(group: Any = None) -> int:
    """0."""
    return the_group(group).rank()


def get_world_size(group: Any = None) -> int:
    """1."""
    return the_group(group).size()


def get_backend(group: Any = None) -> str:
    """The name that `init_process_group` was given."""
    return the_group(group)._backend


def get_global_rank(group: Any, group_rank: int) -> int:
    """0."""
    return get_rank(group)


def get_group_rank(group: Any, global_rank: int) -> int:
    """0."""
    return get_rank(group)


def get_process_group_ranks(group: Any) -> list[int]:
    """``[0]``."""
    return [get_rank(group)]
