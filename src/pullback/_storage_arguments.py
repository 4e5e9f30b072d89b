"""What storages refuse to be made from, in PyTorch's words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np

from pullback.arrays import dtypes


def check_buffer(length: int, byte_order: str | None, count: int, offset: int, width: int) -> None:
    if byte_order is None and width > 1:
        raise RuntimeError("function missing required argument 'byte_order' (pos 2)")
    if byte_order not in (None, "big", "little", "native"):
        raise ValueError(f"invalid byte_order '{byte_order}' (expected 'big', 'little', or 'native')")
    if not 0 <= offset < max(length, 1):
        raise ValueError(f"offset must be non-negative and no greater than buffer length ({offset}) , but got {length}")
    if count < 0 and (length - offset) % width:
        raise ValueError(f"buffer size ({length - offset}) must be a multiple of element size ({width})")
    if count > 0 and (length - offset) // width < count:
        raise ValueError(
            f"buffer has only {length - offset} elements after offset {offset}, but specified a size of {count}"
        )


TYPED_FORMS = (
    "TypedStorage.__init__ received an invalid combination of arguments. Expected one of:\n"
    " * (*, torch.device device, torch.dtype dtype)\n * (int size, *, torch.device device, torch.dtype dtype)\n"
    " * (Sequence data, *, torch.device device, torch.dtype dtype)\n"
    " * (*, UntypedStorage wrap_storage, torch.dtype dtype)\n"
)
LEGACY_FORMS = (
    ".__new__ received an invalid combination of arguments. Expected one of:\n"
    " * no arguments\n * (int size)\n * (Sequence data)\n * (*, UntypedStorage wrap_storage)\n"
)


def check_wrapped(forms: str, data: Any, storage: Any, dtype: Any, device: Any) -> None:
    """Raise unless the arguments of a typed storage fit each other: those with `storage` alone with a dtype."""
    if len(data) > 1:
        raise RuntimeError(forms + "Too many positional arguments")
    if storage is None:
        if data and not isinstance(data[0], (int, Sequence)):
            raise TypeError(f"{forms}Argument type not recognized: {type(data[0])}")
        return
    if data:
        raise RuntimeError(forms + "No positional arguments should be given when using 'wrap_storage'")
    if dtype is None:
        raise RuntimeError(forms + "Argument 'dtype' must be specified")
    if not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"{forms}Argument 'dtype' must be torch.dtype, not {type(dtype)}")
    if device is not None:
        raise RuntimeError(forms + "Argument 'device' should not be specified when 'wrap_storage' is given")
    if not hasattr(storage, "untyped"):
        raise TypeError(f"{forms}Argument 'wrap_storage' must be UntypedStorage, but got {type(storage)}")


def _refuse_negative(nbytes: int) -> None:
    if nbytes < 0:
        raise RuntimeError(
            "[enforce fail at alloc_cpu.cpp:98] ((ptrdiff_t)nbytes) >= 0. alloc_cpu() seems to have been called with "
            f"negative number: {nbytes % 2**64}"
        )


def new_memory(data: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """Elements for a storage: so many, whatever they are, or those of a sequence."""
    if isinstance(data, int):
        _refuse_negative(data * dtype.itemsize)
        return np.empty(data, dtype)
    return np.array(data, dtype)


def memory_of_file(filename: Any, shared: bool, nbytes: int) -> np.ndarray:
    """The first bytes of a file; with `shared` they are written back, and the file grows to hold them."""
    name, how = f"<{filename}>", "read-write" if shared else "read-only"
    try:
        if shared:
            open(filename, "ab").close()
        length = os.path.getsize(filename)
    except OSError as error:
        raise RuntimeError(f"unable to open file {name} in {how} mode: {error.strerror} ({error.errno})") from None
    if length < nbytes and not shared:
        raise RuntimeError(f"file {name} size <{length}> is smaller than the required mapping size <{nbytes}>")
    return np.memmap(filename, np.uint8, "r+" if shared else "c", shape=(nbytes,)).view(np.ndarray)


def as_byte(value: Any, refused: str) -> int:
    """A number cut to eight bits; `refused` is the error about a type of anything else."""
    if not hasattr(value, "__index__"):
        raise RuntimeError(refused.format(type(value).__name__))
    return int(value.__index__() & 255)


def as_number(value: Any, dtype: dtypes.dtype) -> Any:
    """A number that a storage of `dtype` takes."""
    if isinstance(value, (str, bytes, type(None), list, tuple, dict)):
        raise TypeError(f"can't assign a {type(value).__name__} to a storage of {dtype}")
    return value


def bytes_of(data: Any) -> np.ndarray:
    """The memory of a new storage of bytes; numbers of more than eight bits are cut."""
    if isinstance(data, int) and not isinstance(data, bool):
        return new_memory(data, np.dtype(np.uint8))
    where = "torch.UntypedStorage(): "
    if not hasattr(data, "__getitem__") or isinstance(data, dict) or hasattr(data, "ndim"):
        raise RuntimeError(f"{where}Expected a sequence type, but got {type(data).__name__}")
    for each in data:
        if not isinstance(each, int):
            kind = type(data).__name__
            raise RuntimeError(
                f"{where}tried to construct a storage from a sequence ({kind}), but one of the items was of type "
                f"{type(each).__name__} instead of int"
            )
    return np.array([each & 255 for each in data], np.uint8)


def _load_from_bytes(b: bytes) -> Any:
    """What plain pickles of PyTorch call for a storage: the bytes are a file of `save`."""
    return import_module("pullback.serialization").load(BytesIO(b), weights_only=False)  # which imports storages
