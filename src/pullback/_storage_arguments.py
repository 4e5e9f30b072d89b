"""What storages refuse to be made from, in PyTorch's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
