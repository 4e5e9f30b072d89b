"""Making one batch of several samples."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

import pullback
from pullback.tensor import Tensor

__all__ = ["default_collate", "default_convert"]

np_str_obj_array_pattern = re.compile("[SaUO]")
default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)


def default_convert(data: Any) -> Any:
    """Tensors of the NumPy arrays in nested sequences and mappings; everything else is left as it is."""
    if isinstance(data, Tensor):
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        return data if data.dtype.kind in "SUO" else pullback.as_tensor(data)
    if isinstance(data, Mapping):
        return _like_mapping(data, {key: default_convert(data[key]) for key in data})
    if _is_namedtuple(data):
        return type(data)(*(default_convert(entry) for entry in data))
    if isinstance(data, tuple):
        return [default_convert(entry) for entry in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _like_sequence(data, [default_convert(entry) for entry in data])
    return data


def default_collate(batch: Any) -> Any:
    """One batch of a list of samples: tensors are stacked, numbers become a tensor, containers are gone into.

    Raises:
        TypeError: for samples of which no tensor can be made.
        RuntimeError: for samples of different sizes.

    >>> default_collate([{"a": 0, "b": 1.5}, {"a": 2, "b": 3.5}])
    {'a': tensor([0, 2]), 'b': tensor([1.5000, 3.5000], dtype=torch.float64)}
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch: Any, *, collate_fn_map: Mapping[Any, Callable[..., Any]] | None = None) -> Any:
    """`default_collate` by a table of functions for types: ``function(batch, collate_fn_map=table)``."""
    sample = batch[0]
    kind = type(sample)
    for known, function in (collate_fn_map or {}).items():
        if kind is known or isinstance(sample, known):
            return function(batch, collate_fn_map=collate_fn_map)
    if isinstance(sample, Mapping):
        return _like_mapping(
            sample,
            {key: collate([each[key] for each in batch], collate_fn_map=collate_fn_map) for key in sample},
        )
    if isinstance(sample, Sequence):
        if any(len(each) != len(sample) for each in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [collate(column, collate_fn_map=collate_fn_map) for column in zip(*batch)]
        if _is_namedtuple(sample):
            return kind(*columns)
        return columns if isinstance(sample, tuple) else _like_sequence(sample, columns)
    raise TypeError(default_collate_err_msg_format.format(kind))


def collate_tensor_fn(batch: Any, *, collate_fn_map: Any = None) -> Tensor:
    """Tensors, stacked."""
    if batch[0].layout is not pullback.strided:
        raise RuntimeError(
            "Batches of sparse tensors are not currently supported by the default collate_fn; please provide a custom "
            "collate_fn to handle them appropriately."
        )
    return pullback.stack(list(batch), 0)


def collate_numpy_array_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """A tensor of arrays, stacked. ``TypeError`` for arrays of text and objects."""
    if batch[0].dtype.kind in "SUO":
        raise TypeError(default_collate_err_msg_format.format(batch[0].dtype))
    return collate([pullback.as_tensor(each) for each in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Any, *, collate_fn_map: Any = None) -> Tensor:
    """A tensor of NumPy numbers."""
    return pullback.as_tensor(np.asarray(batch))


def collate_float_fn(batch: Any, *, collate_fn_map: Any = None) -> Tensor:
    """A ``float64`` tensor of numbers."""
    return pullback.tensor(batch, dtype=pullback.float64)


def collate_int_fn(batch: Any, *, collate_fn_map: Any = None) -> Tensor:
    """A tensor of integers."""
    return pullback.tensor(batch)


def collate_str_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """The texts as they are."""
    return batch


default_collate_fn_map: dict[Any, Callable[..., Any]] = {
    Tensor: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def _is_namedtuple(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields")


def _like_mapping(model: Any, entries: dict[Any, Any]) -> Any:
    """`entries` in a mapping of the type of `model`, or in a plain dictionary where that cannot be made."""
    try:
        if isinstance(model, MutableMapping):
            made = copy.copy(model)
            made.update(entries)
            return made
        return type(model)(entries)  # type: ignore[call-arg]
    except TypeError:
        return entries


def _like_sequence(model: Any, entries: list[Any]) -> Any:
    """`entries` in a sequence of the type of `model`, or in a list where that cannot be made."""
    if isinstance(model, range):
        return entries
    try:
        if isinstance(model, MutableSequence):
            made = copy.copy(model)
            for i, entry in enumerate(entries):
                made[i] = entry
            return made
        return type(model)(entries)  # type: ignore[call-arg]
    except TypeError:
        return entries
