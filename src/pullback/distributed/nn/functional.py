"""Collectives that can be differentiated through, in a group of one process; ``ValueError`` without a group."""

from __future__ import annotations

from typing import Any

from pullback.distributed.alone import the_group

__all__ = ["all_gather", "all_reduce", "all_to_all", "broadcast", "gather", "reduce", "scatter"]


def all_gather(tensor: Any, group: Any = None) -> tuple[Any, ...]:
    """The tensors of all processes: a copy of this one's."""
    the_group(group)
    return (tensor.clone(),)


def all_reduce(tensor: Any, op: Any = None, group: Any = None) -> Any:
    """What all processes have, combined: a copy of what this one has."""
    return all_gather(tensor, group)[0]


def gather(tensor: Any, dst: int = 0, group: Any = None) -> tuple[Any, ...]:
    """The tensors of all processes."""
    return all_gather(tensor, group)


def reduce(tensor: Any, dst: int = 0, op: Any = None, group: Any = None) -> Any:
    """What all processes have, combined."""
    return all_gather(tensor, group)[0]


def broadcast(tensor: Any, src: int = 0, group: Any = None) -> Any:
    """What process `src` has."""
    return all_gather(tensor, group)[0]


def scatter(tensors: Any, src: int = 0, group: Any = None) -> Any:
    """This process's tensor of the list."""
    return all_gather(tensors[0], group)[0]


def all_to_all(output_tensor_list: Any, input_tensor_list: Any, group: Any = None) -> tuple[Any, ...]:
    """What each process sends to this one."""
    return all_gather(input_tensor_list[0], group)
