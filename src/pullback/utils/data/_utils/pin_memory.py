"""Pinning what lies in nested containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pullback.utils.data._utils.collate import _is_namedtuple, _like_mapping, _like_sequence


def pin_memory(data: Any, device: Any = None) -> Any:
    """Whatever has a method ``pin_memory`` gives its result, containers are gone into, everything else stays.

    >>> pin_memory({"a": [1, None]})
    {'a': [1, None]}
    """
    if hasattr(data, "pin_memory"):
        return data.pin_memory()
    if isinstance(data, (str, bytes)):
        return data
    if isinstance(data, Mapping):
        return _like_mapping(data, {key: pin_memory(value, device) for key, value in data.items()})
    if _is_namedtuple(data):
        return type(data)(*(pin_memory(value, device) for value in data))
    if isinstance(data, Sequence):
        values = [pin_memory(value, device) for value in data]
        return tuple(values) if isinstance(data, tuple) else _like_sequence(data, values)
    return data
