"""How sparse tensors are pickled and made again, in PyTorch's form."""

from __future__ import annotations

from typing import Any

from pullback.graph.tensor_base import wrap
from pullback.sparse.creation import sparse_compressed_tensor, sparse_coo_tensor


def data_of(tensor: Any) -> tuple[Any, ...]:
    """What a file keeps of a sparse tensor, in the order of `rebuilt`."""
    array = tensor._array
    if array.layout == "sparse_coo":
        return wrap(array.indices), wrap(array.values), tensor.shape, bool(array.coalesced)
    return wrap(array.heads), wrap(array.others), wrap(array.values), tensor.shape


def rebuilt(layout: Any, data: tuple[Any, ...], check: bool = True) -> Any:
    """A sparse tensor from `data_of`; `check`: indices that do not fit raise ``RuntimeError``."""
    if layout.name == "sparse_coo":
        indices, values, size, *flag = data
        return sparse_coo_tensor(indices, values, size, is_coalesced=bool(flag and flag[0]), check_invariants=check)
    return sparse_compressed_tensor(*data, layout=layout, check_invariants=check)


def _again(kind: type, layout: Any, data: Any, requires_grad: bool, state: dict[str, Any]) -> Any:
    made = rebuilt(layout, data)
    if kind is not type(made):
        made = made.as_subclass(kind)
    made.__dict__.update(state)
    return made.requires_grad_(requires_grad)


def describe(tensor: Any, state: dict[str, Any]) -> tuple[Any, ...]:
    """A sparse tensor with the attributes `state` as `pickle` keeps it."""
    return _again, (type(tensor), tensor.layout, data_of(tensor), tensor._requires_grad, state)
