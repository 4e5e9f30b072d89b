"""torch.load: objects out of files that this package or PyTorch has saved."""

from __future__ import annotations

import io
import mmap as memory_mapping
import os
import pickle
import pickletools
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from pullback._utils import _validate_loaded_sparse_tensors
from pullback.serialization import restricted
from pullback.serialization.archive import ArchiveReader, drop_checksums, failed, is_archive
from pullback.serialization.files import is_path, open_to_read
from pullback.serialization.former import load_former
from pullback.serialization.locations import Refused, Restorer, restorer
from pullback.serialization.options import (
    MAP_SHARED,
    LoadEndianness,
    _settings,
    get_default_load_endianness,
    get_default_mmap_options,
    skips_data,
)
from pullback.serialization.pickling import unpickler_class
from pullback.storage import TypedStorage, UntypedStorage

__all__ = ["get_unsafe_globals_in_checkpoint", "load"]

_DOCUMENTED = (
    "\n\nCheck the documentation of torch.load to learn more about types accepted by default with weights_only "
    "https://pytorch.org/docs/stable/generated/torch.load.html."
)
_CHANGED = (
    "In PyTorch 2.6, we changed the default value of the `weights_only` argument in `torch.load` from `False` to "
    "`True`. Re-running `torch.load` with `weights_only` set to `False` will likely succeed, but it can result in "
    "arbitrary code execution. Do it only if you got the file from a trusted source."
)
_TWO_OPTIONS = (
    "Weights only load failed. This file can still be loaded, to do so you have two options, "
    f"\033[1mdo those steps only if you trust the source of the checkpoint\033[0m. \n\t(1) {_CHANGED}\n\t"
    "(2) Alternatively, to load with `weights_only=True` please check the recommended steps in the following error "
    "message.\n\tWeightsUnpickler error: "
)
_ONE_OPTION = f"Weights only load failed. {_CHANGED}\n"
_DAMAGE = (IndexError, KeyError, TypeError, ValueError, AttributeError, UnicodeError, OverflowError, MemoryError)
"""What an interpreter meets in a pickle that is no pickle."""


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Load what `save` has saved, here or in PyTorch.

    Args:
        f: a path, or a file object that can be searched.
        map_location: where tensors are put: a device, its name, a dictionary from places in the file to places here,
            or ``map_location(storage, place)``.
        pickle_module: whose ``Unpickler`` is used; for files one trusts.
        weights_only: make tensors, containers and numbers only, and run nothing that the file asks for. The default.
        mmap: leave the data in the file and read them when they are used. `f` must be a path.
        pickle_load_args: for the unpickler, such as ``encoding``.

    Raises:
        pickle.UnpicklingError: for a file with anything else in it.
        RuntimeError: for one that is damaged.
    """
    weights_only = _decide(weights_only, pickle_module)
    if weights_only and pickle_module is not None:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
    if mmap is None:
        mmap = is_path(f) and _settings["mapped"]
    if mmap and not is_path(f):
        raise ValueError("f must be a file path in order to use the mmap argument")
    pickle_load_args.setdefault("encoding", "utf-8")
    restore = restorer(map_location)
    kind = restricted.Unpickler if weights_only else unpickler_class(pickle_module or pickle)

    def unpickle(file: Any, persistent_load: Callable[[Any], Any]) -> Any:
        unpickler = kind(file, **pickle_load_args)
        unpickler.persistent_load = persistent_load
        return _explained(unpickler.load) if weights_only else unpickler.load()

    with open_to_read(f) as file:
        archive = is_archive(file)
        if mmap and not archive:
            raise RuntimeError(
                "mmap can only be used with files saved with `torch.save(_use_new_zipfile_serialization=True)`, "
                "please torch.save your checkpoint with this option in order to use mmap."
            )
        try:
            if archive:
                return _load_archive(ArchiveReader(file), restore, unpickle, mmap=bool(mmap))
            return load_former(file, restore, unpickle)
        except Refused as refused:
            raise refused.error from refused.error.__cause__
        finally:
            _validate_loaded_sparse_tensors()


def _decide(weights_only: bool | None, pickle_module: Any) -> bool:
    """Whether to trust the file; environment variables can force it either way."""
    yes = ("1", "y", "yes", "true")
    force, force_not = (
        os.environ.get(f"TORCH_FORCE_{name}", "0").lower() in yes
        for name in ("WEIGHTS_ONLY_LOAD", "NO_WEIGHTS_ONLY_LOAD")
    )
    if force and force_not:
        raise RuntimeError(
            "Only one of `TORCH_FORCE_WEIGHTS_ONLY_LOAD` or `TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD` should be set, "
            "but both were set."
        )
    if force:
        return True
    if weights_only is None and force_not:
        warnings.warn(
            "Environment variable TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD detected, since the`weights_only` argument was "
            "not explicitly passed to `torch.load`, forcing weights_only=False.",
            UserWarning,
            stacklevel=3,
        )
        return False
    return pickle_module is None if weights_only is None else weights_only


def _explained(load: Callable[[], Any]) -> Any:
    """What `load` gives; what it refuses is told with the ways out."""
    try:
        return load()
    except pickle.UnpicklingError as error:
        what = str(error)
    except _DAMAGE as error:
        what = f"the data are no whole pickle ({type(error).__name__}: {error})"
    if "Unsupported global" in what:
        raise pickle.UnpicklingError(_TWO_OPTIONS + what + _DOCUMENTED) from None
    if "blocked" in what:
        raise pickle.UnpicklingError(f"{_ONE_OPTION}\n\n{what}{_DOCUMENTED}") from None
    raise pickle.UnpicklingError(
        f"{_ONE_OPTION}Please file an issue with the following so that we can make `weights_only=True` compatible "
        f"with your use case: WeightsUnpickler error: \n\n{what}{_DOCUMENTED}"
    ) from None


# --- archives -----------------------------------------------------------------------------------------------


def _load_archive(reader: ArchiveReader, restore: Restorer, unpickle: Callable[..., Any], mmap: bool) -> Any:
    if reader.has("constants.pkl"):
        raise RuntimeError("the file is a TorchScript archive, a program for PyTorch's own interpreter; save the "
                           "module's state_dict() instead")  # fmt: skip
    if not reader.has("data.pkl"):
        if not reader.has("version"):
            raise RuntimeError('Expected hasRecord("version") to be true, but got false.')
        raise failed("locating file data.pkl: file not found")
    swapped = _is_swapped(reader)
    whole = _mapped(reader.file) if mmap else None
    loaded: dict[str, UntypedStorage] = {}

    def storage(identity: Any) -> Any:
        _, kind, key, location, count = identity
        dtype = None if kind is UntypedStorage else kind.dtype
        nbytes = count * (1 if dtype is None else dtype.itemsize)
        if key not in loaded:
            array = _record(reader, f"data/{key}", nbytes, count, dtype, whole)
            if swapped:
                if dtype is None:
                    raise RuntimeError("the file has another byte order and does not say of which dtype a storage is")
                array = array.view(dtype.numpy).byteswap().view(np.uint8)
            loaded[key] = restore(UntypedStorage.over(array), _text(location))
        found = loaded[key]
        return found if dtype is None else TypedStorage(wrap_storage=found, dtype=dtype)

    return unpickle(io.BytesIO(reader.read("data.pkl")), storage)


def _text(value: Any) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else value


def _record(reader: ArchiveReader, record: str, nbytes: int, count: int, dtype: Any, whole: Any) -> np.ndarray:
    """The bytes of a storage, read or, in `whole`, mapped.

    Raises:
        RuntimeError: if there are more or fewer than the pickle says.
    """
    size = reader.size(record)
    if size != nbytes:
        width = 1 if dtype is None else dtype.itemsize
        raise RuntimeError(
            f"record size ({size} bytes) does not match expected size ({nbytes} bytes = {count} elements * {width} "
            f"bytes/element) for dtype {'uint8' if dtype is None else dtype.name}"
        )
    if skips_data():
        return np.empty(size, np.uint8)
    if whole is None or not size or not reader.is_plain(record):
        return reader.array(record)
    return np.frombuffer(whole, np.uint8, size, reader.offset(record))


def _mapped(file: Any) -> Any:
    """The whole file as memory. Writes to it stay in this process, unless the process wants them shared."""
    if get_default_mmap_options() == MAP_SHARED:
        with open(file.name, "r+b") as writable:
            drop_checksums(writable)  # which would be wrong after the first write to a tensor
            return memory_mapping.mmap(writable.fileno(), 0, access=memory_mapping.ACCESS_WRITE)
    return memory_mapping.mmap(file.fileno(), 0, access=memory_mapping.ACCESS_COPY)


def _is_swapped(reader: ArchiveReader) -> bool:
    """Whether the file's byte order is not this machine's."""
    if not reader.has("byteorder"):
        default = get_default_load_endianness()
        return isinstance(default, LoadEndianness) and default.is_swapped()
    order = reader.read("byteorder").decode("ascii", "replace")
    if order not in ("little", "big"):
        raise ValueError("Unknown endianness type: " + order)
    return order != sys.byteorder


# --- what a file asks for -----------------------------------------------------------------------------------


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """The names in a file that ``load(..., weights_only=True)`` would refuse. Nothing is run.

    Raises:
        ValueError: for a file in the format before PyTorch 1.6.
    """
    with open_to_read(f) as file:
        if not is_archive(file):
            raise ValueError("Expected input to be a checkpoint returned by torch.save")
        data = ArchiveReader(file).read("data.pkl")
    found, texts = [], []
    for instruction, argument, _ in pickletools.genops(data):
        if instruction.name == "GLOBAL":
            found.append(restricted.modern(*str(argument).split(" ", 1)))
        elif instruction.name == "STACK_GLOBAL":
            found.append(restricted.modern(*texts[-2:]))
        elif isinstance(argument, str):
            texts.append(argument)
    names = [name if module == "builtins" else f"{module}.{name}" for module, name in found]
    allowed = {name.removeprefix("builtins.") for name in restricted.allowed_globals()}
    allowed |= {name.removeprefix("builtins.") for name in restricted.trusted_globals()}
    return list(dict.fromkeys(name for name in names if name not in allowed))
