"""torch.save: objects into files that PyTorch reads too."""

from __future__ import annotations

import io
import os
import pickle
import struct
import sys
from typing import Any

from pullback.serialization.archive import ArchiveWriter
from pullback.serialization.files import is_path, open_to_write
from pullback.serialization.options import _settings, get_crc32_options, skips_data
from pullback.serialization.pickling import Storages, pickler_class
from pullback.storage import UntypedStorage

__all__ = ["save"]

DEFAULT_PROTOCOL = 2
MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001


def save(
    obj: object,
    f: Any,
    pickle_module: Any = pickle,
    pickle_protocol: int = DEFAULT_PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Save an object: tensors, containers of them, modules, optimizers, anything that can be pickled.

    A file under a path is replaced when everything is written, so an error on the way leaves the old one as it was.
    Tensors that share memory share it again when they are loaded; all of that memory is saved.

    Args:
        obj: what to save.
        f: a path, or a file object with ``write``.
        pickle_module: whose ``Pickler`` is used.
        pickle_protocol: its protocol; PyTorch's safe loading understands 2.
        _use_new_zipfile_serialization: a zip archive, or without it the format before PyTorch 1.6.
        _disable_byteorder_record: do not say in the archive which byte comes first.

    Raises:
        AttributeError: if `f` is neither path nor file.
        RuntimeError: if the path's directory does not exist.

    >>> import io
    >>> import pullback as torch
    >>> file = io.BytesIO()
    >>> save({"weight": torch.ones(2)}, file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    {'weight': tensor([1., 1.])}
    """
    with open_to_write(f) as file:
        if not _use_new_zipfile_serialization:
            if skips_data():
                raise RuntimeError("Cannot use skip_data=True with _use_new_zipfile_serialization=False")
            _save_legacy(obj, file, pickle_module, pickle_protocol)
            return
        name = os.path.splitext(os.path.basename(os.fspath(f)))[0] if is_path(f) else "archive"
        writer = ArchiveWriter(file, name or "archive", get_crc32_options(), _settings["alignment"])
        _save_archive(obj, writer, pickle_module, pickle_protocol, _disable_byteorder_record)


def _save_archive(obj: Any, writer: ArchiveWriter, pickle_module: Any, protocol: int, no_byteorder: bool) -> None:
    data, storages = _pickled(obj, pickle_module, protocol)
    writer.add("data.pkl", data)
    writer.add(".format_version", b"1")
    writer.add(".storage_alignment", str(writer.alignment).encode())
    if not no_byteorder:
        writer.add("byteorder", sys.byteorder.encode())
    for key, storage in enumerate(storages.kept):
        writer.add(f"data/{key}", bytes(storage.array.nbytes) if skips_data() else storage.array)
    writer.add("version", b"3\n")
    writer.add(".data/serialization_id", writer.identity())
    writer.close()


def _pickled(obj: Any, pickle_module: Any, protocol: int) -> tuple[bytes, Storages]:
    buffer, storages = io.BytesIO(), Storages()
    pickler_class(pickle_module)(buffer, protocol, storages).dump(obj)
    return buffer.getvalue(), storages


class _LegacyStorages(Storages):
    """In the former format a reference also says of which other storage it is a part: of none."""

    def identity(self, storage: Any) -> Any:
        _, kind, key, location, size = super().identity(storage)
        self.widths[key] = 1 if isinstance(storage, UntypedStorage) else storage.element_size()
        return "storage", kind, key, location, size, None

    def __init__(self) -> None:
        super().__init__()
        self.widths: dict[str, int] = {}


def _save_legacy(obj: Any, file: Any, pickle_module: Any, protocol: int) -> None:
    """The format before PyTorch 1.6: pickles one behind the other, then the storages."""
    system = {
        "protocol_version": PROTOCOL_VERSION,
        "little_endian": sys.byteorder == "little",
        "type_sizes": {"short": 2, "int": 4, "long": 4},
    }
    for part in (MAGIC_NUMBER, PROTOCOL_VERSION, system):
        pickle_module.dump(part, file, protocol=protocol)
    storages = _LegacyStorages()
    pickler_class(pickle_module)(file, protocol, storages).dump(obj)
    keys = sorted(storages.keys.values())
    pickle_module.dump(keys, file, protocol=protocol)
    if hasattr(file, "flush"):
        file.flush()
    for key in keys:
        storage = storages.kept[int(key)]
        file.write(struct.pack("<q", storage.nbytes() // storages.widths[key]))
        file.write(memoryview(storage.array))
