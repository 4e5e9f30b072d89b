"""How tensors go to other processes: those in shared memory as its place, all others as copies."""

from __future__ import annotations

import weakref
from multiprocessing.reduction import ForkingPickler as ForkingPickler
from typing import Any

import numpy as np

from pullback.arrays.strides import address, owner
from pullback.graph.tensor_base import solid, wrap
from pullback.nn.parameter import Parameter
from pullback.tensor import Tensor

shared_cache: dict[Any, Any] = {}


def init_reductions() -> None:
    """Let Python's queues and processes ask `reduce_tensor`."""
    for kind in (Tensor, Parameter):
        ForkingPickler.register(kind, reduce_tensor)


def reduce_tensor(tensor: Any) -> Any:
    """How a tensor is sent. ``RuntimeError`` for one with a history, which cannot go along."""
    if tensor.requires_grad and not tensor.is_leaf:
        raise RuntimeError(
            "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support crossing "
            "process boundaries.  If you just want to transfer the data, call detach() on the tensor before serializing "
            "(e.g., putting it on the queue)."
        )
    array = solid(tensor)
    memory: Any = owner(array).base if isinstance(array, np.ndarray) and array.size and tensor.is_shared() else None
    place = memory.place() if memory is not None else None
    if place is None or type(tensor) is not Tensor:
        return tensor.__reduce_ex__(2)
    view = address(array) - address(owner(array)), array.shape, array.strides
    return rebuild_tensor, (place, len(memory), *view, tensor.dtype, tensor.requires_grad)


def rebuild_tensor(
    place: tuple[str, int], nbytes: int, offset: int, shape: Any, strides: Any, dtype: Any, requires_grad: bool
) -> Tensor:
    """The tensor that shows shared memory of another process, which must be alive still."""
    from pullback.arrays.shared_maps import open_map

    array: np.ndarray = np.ndarray(shape, dtype.numpy, open_map(place, nbytes), offset, strides)  # type: ignore[call-overload]
    return wrap(array).requires_grad_(requires_grad)


class StorageWeakRef:
    """A reference that does not keep a storage's memory alive; equal for equal memory."""

    def __init__(self, storage: Any) -> None:
        untyped = getattr(storage, "_untyped_storage", storage)
        self.cdata = untyped.data_ptr() or id(untyped.array)
        self.ref = weakref.ref(untyped.array if untyped.array.base is None else untyped.array.base)

    def expired(self) -> bool:
        """Whether the memory is gone."""
        return self.ref() is None

    def __hash__(self) -> int:
        return hash(self.cdata)

    def __eq__(self, other: Any) -> bool:
        return self is other or (isinstance(other, StorageWeakRef) and self.cdata == other.cdata)
