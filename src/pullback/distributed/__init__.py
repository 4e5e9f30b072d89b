"""torch.distributed, honestly: `is_available` is False, and what would speak to other processes raises an error.

The names are there, since programs import them before they ask. A program that asks for a group of one process gets it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import IntEnum
from typing import Any, ClassVar

from pullback.distributed import alone
from pullback.distributed.alone import (
    ProcessGroup as ProcessGroup,
    Work as Work,
    all_gather as all_gather,
    all_gather_into_tensor as all_gather_into_tensor,
    all_gather_object as all_gather_object,
    all_reduce as all_reduce,
    all_reduce_coalesced as all_reduce_coalesced,
    all_to_all as all_to_all,
    all_to_all_single as all_to_all_single,
    barrier as barrier,
    broadcast as broadcast,
    broadcast_object_list as broadcast_object_list,
    destroy_process_group as destroy_process_group,
    gather as gather,
    gather_object as gather_object,
    get_backend as get_backend,
    get_global_rank as get_global_rank,
    get_group_rank as get_group_rank,
    get_process_group_ranks as get_process_group_ranks,
    get_rank as get_rank,
    get_world_size as get_world_size,
    init_process_group as init_process_group,
    is_initialized as is_initialized,
    monitored_barrier as monitored_barrier,
    new_group as new_group,
    reduce as reduce,
    reduce_scatter as reduce_scatter,
    reduce_scatter_tensor as reduce_scatter_tensor,
    scatter as scatter,
    scatter_object_list as scatter_object_list,
)

default_pg_timeout = timedelta(minutes=30)

_NONE = "pullback has no process groups: torch.distributed.is_available() is False, programs run in one process"
_NEED_A_GROUP = (
    "batch_isend_irecv irecv isend new_subgroups recv recv_object_list send send_object_list split_group".split()
)
_MAKE_GROUPS = "init_device_mesh rendezvous register_rendezvous_handler".split()
_STORES = "Store TCPStore FileStore HashStore PrefixStore".split()


def is_available() -> bool:
    """False: programs that ask run in one process."""
    return False


def _no() -> bool:
    """False."""
    return False


is_torchelastic_launched = is_mpi_available = is_nccl_available = is_gloo_available = _no
is_ucc_available = is_xccl_available = _no


def is_backend_available(backend: str) -> bool:
    """False."""
    return False


def _rank_not_in_group(group: Any) -> bool:
    return group is GroupMember.NON_GROUP_MEMBER


def _raising(name: str, kind: type[Exception], message: str) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        raise kind(message)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Raises ``{kind.__name__}``: there are no process groups."
    return function


class Backend(str):
    """The name of a backend, in small letters."""

    UNDEFINED, GLOO, NCCL, UCC, MPI, XCCL, FAKE = "undefined", "gloo", "nccl", "ucc", "mpi", "xccl", "fake"
    backend_list: ClassVar = [UNDEFINED, GLOO, NCCL, XCCL, UCC, MPI]

    def __new__(cls, name: str) -> Any:
        return name.lower()

    @classmethod
    def register_backend(cls, name: str, func: Any, **settings: Any) -> None:
        """Note the name; no group of processes is made with it."""
        setattr(cls, name.upper(), name.lower())
        cls.backend_list.append(name.lower())


class ReduceOp:
    """How values of several processes are combined."""

    RedOpType = IntEnum("RedOpType", "SUM AVG PRODUCT MIN MAX BAND BOR BXOR PREMUL_SUM UNUSED", start=0)
    SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR, PREMUL_SUM, UNUSED = RedOpType


reduce_op = ReduceOp


class P2POp:
    """One end of a message between two processes."""

    def __init__(self, op: Any, tensor: Any, peer: Any = None, group: Any = None, tag: int = 0) -> None:
        raise ValueError(alone.GROUP)


class GroupMember:
    """The default group, and what stands for a group one is not in."""

    WORLD = None
    NON_GROUP_MEMBER = -100


class group:
    """The default group."""

    WORLD = None


class DistError(RuntimeError):
    """Communication went wrong."""


class DistBackendError(DistError):
    """A backend failed."""


class DistNetworkError(DistError):
    """The network failed."""


class DistStoreError(DistError):
    """A store failed."""


def _store(name: str) -> type:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(_NONE)

    return type(name, (), {"__init__": refuse, "__doc__": "What processes find each other by: there is none."})


_made: dict[str, Any] = {
    **{name: _raising(name, ValueError, alone.GROUP) for name in _NEED_A_GROUP},
    **{name: _raising(name, RuntimeError, _NONE) for name in _MAKE_GROUPS},
    **{name: _store(name) for name in _STORES},
}
globals().update(_made)


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in ("device_mesh", "distributed_c10d", "fsdp", "nn", "optim", "rpc", "tensor"):
        raise AttributeError(f"module 'torch.distributed' has no attribute '{name}'")
    return import_module(f"pullback.distributed.{name}")
