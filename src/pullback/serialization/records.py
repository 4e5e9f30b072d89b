"""PyTorch's names for reading and writing the records of a saved file one by one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from pullback.serialization.archive import ArchiveReader, ArchiveWriter
from pullback.storage import UntypedStorage


class PyTorchFileReader(ArchiveReader):
    """Reads records of the file with this path, or of an open one.

    >>> import io, pullback as torch
    >>> file = io.BytesIO()
    >>> torch.save(torch.ones(2), file)
    >>> reader = torch.PyTorchFileReader(file)
    >>> reader.get_storage_from_record("data/0", 2, torch.float32)
    tensor([1., 1.])
    """

    def __init__(self, file: Any) -> None:
        super().__init__(open(file, "rb") if isinstance(file, str) else file)  # noqa: SIM115  closed when collected

    get_all_records, has_record = ArchiveReader.records, ArchiveReader.has
    get_record_size, get_record_offset = ArchiveReader.size, ArchiveReader.offset

    def get_record(self, name: str) -> bytes:
        """The bytes of a record."""
        return self.read(name)

    def get_storage_from_record(self, name: str, numel: int, dtype: Any) -> Any:
        """`numel` elements of a record, as a tensor with memory of its own."""
        import pullback as torch

        read = torch.from_numpy(self.array(name))
        return read[:numel] if dtype is UntypedStorage else read.view(dtype)[:numel]

    def serialization_id(self) -> str:
        """What tells files of different contents apart; empty for files of old."""
        name = ".data/serialization_id"
        return self.read(name).decode() if self.has(name) else ""


class PyTorchFileWriter:
    """Writes records to the file with this path, or to an open one."""

    def __init__(self, file: Any) -> None:
        self._mine = isinstance(file, str)
        self._file = open(file, "wb") if isinstance(file, str) else file  # noqa: SIM115
        self._archive = ArchiveWriter(self._file, "archive")
        self._written: set[str] = set()

    def write_record(self, name: str, data: Any, size: int) -> None:
        """Add a record: the first `size` of these bytes."""
        self._archive.add(name, memoryview(data)[:size])
        self._written.add(name)

    def get_all_written_records(self) -> set[str]:
        """The names of what is written."""
        return set(self._written)

    def archive_name(self) -> str:
        """The folder in which the records lie."""
        return "archive"

    def write_end_of_file(self) -> None:
        """Finish the file."""
        self._archive.close()
        if self._mine:
            self._file.close()


def _open_zipfile_reader(f: Any) -> Any:
    """A reader for a ``with`` block."""
    return nullcontext(PyTorchFileReader(os.fspath(f) if isinstance(f, os.PathLike) else f))


@contextmanager
def _open_zipfile_writer(f: Any) -> Iterator[PyTorchFileWriter]:
    """A writer that finishes the file behind the ``with`` block."""
    writer = PyTorchFileWriter(os.fspath(f) if isinstance(f, os.PathLike) else f)
    yield writer
    writer.write_end_of_file()


def normalize_storage_type(storage_type: Any) -> Any:
    """The class itself: there is one for each name."""
    return storage_type
