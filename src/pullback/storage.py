"""The memory behind tensors, as PyTorch shows it."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.device import CPU, device as device_type
from pullback.graph.tensor_base import solid


def root(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory of `array`."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def address(array: np.ndarray) -> int:
    """The address of the first element."""
    return array.__array_interface__["data"][0]


class UntypedStorage:
    """The bytes that a tensor and its views share."""

    def __init__(self, tensor: Any) -> None:
        self._root = root(solid(tensor))

    def data_ptr(self) -> int:
        """Address of the first byte."""
        return address(self._root) if self._root.size else 0

    def nbytes(self) -> int:
        """Size in bytes."""
        return self._root.nbytes

    size = __len__ = nbytes

    @property
    def device(self) -> device_type:
        """The CPU."""
        return CPU

    def tolist(self) -> list[int]:
        """The bytes as integers."""
        return np.ascontiguousarray(self._root).view(np.uint8).reshape(-1).tolist()


class TypedStorage(UntypedStorage):
    """The elements that a tensor and its views share."""

    def size(self) -> int:  # type: ignore[override]
        """Number of elements."""
        return self._root.size

    __len__ = size

    def __getitem__(self, index: int) -> Any:
        return self._root.reshape(-1)[index].item()

    def tolist(self) -> list[Any]:
        """The elements as Python numbers."""
        return self._root.reshape(-1).tolist()
