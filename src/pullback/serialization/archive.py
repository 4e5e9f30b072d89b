"""The zip archives that PyTorch saves: records stored as they are, each beginning at a multiple of 64 bytes.

Alignment lets a reader map a record into memory. The padding stands in the extra field of a record's header, under the
id ``FB`` that PyTorch gives it, so that any zip tool can open the file.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zipfile
import zlib
from typing import Any

import numpy as np

ALIGNMENT = 64
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR64 = struct.Struct("<4sIQI")
_UTF8 = 0x800
_DATE = 0x21  # 1980-01-01, the first day that zip knows: equal contents give equal files
_LARGE = 0xFFFFFFFF

CORRUPT = (
    " If you are seeing this error, there is a high likelihood that your checkpoint file is corrupted. This can happen "
    "if the checkpoint was not saved properly, was transferred incorrectly, or the file was modified after saving."
)


def failed(what: str) -> RuntimeError:
    """PyTorch's error about an archive that cannot be read."""
    return RuntimeError(f"PytorchStreamReader failed {what}.{CORRUPT}")


class ArchiveWriter:
    """Writes records one after the other; `close` writes the directory.

    Args:
        file: anything with ``write``.
        name: the folder that all records are in.
        checksums: whether to compute checksums, which tell damage from data.
        alignment: each record's data begin at a multiple of so many bytes.
    """

    def __init__(self, file: Any, name: str, checksums: bool = True, alignment: int = ALIGNMENT) -> None:
        self.file = file
        self.alignment = alignment
        self.name = name
        self.checksums = checksums
        self.offset = 0
        self.entries: list[tuple[bytes, int, int, int]] = []

    def add(self, record: str, data: Any) -> None:
        """Write bytes, or a contiguous array of bytes, as ``<name>/<record>``."""
        view = memoryview(data).cast("B") if len(data) else memoryview(b"")
        name = f"{self.name}/{record}".encode()
        checksum = zlib.crc32(view) if self.checksums else 0
        size, start = view.nbytes, self.offset
        sizes = struct.pack("<HHQQ", 1, 16, size, size) if size >= _LARGE else b""
        unpadded = start + _LOCAL.size + len(name) + len(sizes) + 4
        padding = -unpadded % self.alignment
        extra = sizes + struct.pack("<2sH", b"FB", padding) + b"Z" * padding
        short = min(size, _LARGE)
        version = 45 if sizes else 20
        self._write(
            _LOCAL.pack(b"PK\3\4", version, _UTF8, 0, 0, _DATE, checksum, short, short, len(name), len(extra)),
            name,
            extra,
            view,
        )
        self.entries.append((name, checksum, size, start))

    def _write(self, *parts: Any) -> None:
        for part in parts:
            self.file.write(part)
            self.offset += len(part)

    def identity(self) -> bytes:
        """Forty digits that depend on the names and checksums of all records so far."""
        digest = hashlib.sha1(repr([entry[:3] for entry in self.entries]).encode()).digest()
        return f"{int.from_bytes(digest, 'big') % 10**40:040}".encode()

    def close(self) -> None:
        """Write the directory."""
        start = self.offset
        for name, checksum, size, offset in self.entries:
            large = [value for value in (size, size, offset) if value >= _LARGE]
            extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
            version = 45 if large else 20
            short, place = min(size, _LARGE), min(offset, _LARGE)
            header = _CENTRAL.pack(
                b"PK\1\2", version, version, _UTF8, 0, 0, _DATE, checksum, short, short, len(name), len(extra), 0, 0, 0, 0, place
            )  # fmt: skip
            self._write(header, name, extra)
        count, length = len(self.entries), self.offset - start
        if start >= _LARGE or count >= 0xFFFF:
            end = self.offset
            self._write(
                _END64.pack(b"PK\6\6", _END64.size - 12, 45, 45, 0, 0, count, count, length, start),
                _LOCATOR64.pack(b"PK\6\7", 0, end, 1),
            )
        shown = min(count, 0xFFFF)
        self._write(_END.pack(b"PK\5\6", 0, 0, shown, shown, min(length, _LARGE), min(start, _LARGE), 0))


def drop_checksums(file: Any) -> None:
    """Let the directory of an archive, open to be written to, say that no checksums were computed."""
    place = zipfile.ZipFile(file).start_dir
    file.seek(place)
    while len(header := file.read(_CENTRAL.size)) == _CENTRAL.size and header[:4] == b"PK\1\2":
        file.seek(place + 16)
        file.write(bytes(4))
        place += _CENTRAL.size + sum(struct.unpack_from("<3H", header, 28))
        file.seek(place)
    file.flush()


def is_archive(file: Any) -> bool:
    """Whether the next bytes of `file` begin a zip archive."""
    start = file.tell()
    magic = file.read(4)
    file.seek(start)
    return bool(magic == b"PK\3\4")


def fill(file: Any, view: memoryview) -> int:
    """Read as many bytes as `view` holds into it; gives how many there were."""
    if not hasattr(file, "readinto"):
        data = file.read(len(view))
        view[: len(data)] = data
        return len(data)
    done = 0
    while done < len(view) and (count := file.readinto(view[done:])):
        done += count
    return done


class ArchiveReader:
    """Reads records.

    Args:
        file: a file that can be searched, such as an open one or a ``BytesIO``.

    Raises:
        RuntimeError: if it is no whole archive.
    """

    def __init__(self, file: Any) -> None:
        self.file = file
        try:
            self.zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError) as error:
            raise failed("reading zip archive: failed finding central directory") from error
        self.entries = {info.filename: info for info in self.zip.infolist()}
        if not self.entries:
            raise failed("reading zip archive: it is empty")
        self.name = next(iter(self.entries)).split("/", 1)[0]
        file.seek(0, os.SEEK_END)
        self.length = file.tell()

    def has(self, record: str) -> bool:
        """Whether there is such a record."""
        return f"{self.name}/{record}" in self.entries

    def records(self) -> list[str]:
        """The names of all records."""
        return [name.split("/", 1)[-1] for name in self.entries]

    def _entry(self, record: str) -> zipfile.ZipInfo:
        entry = self.entries.get(f"{self.name}/{record}")
        if entry is None:
            raise failed(f"locating file {record}: file not found")
        return entry

    def size(self, record: str) -> int:
        """Bytes in a record."""
        return self._entry(record).file_size

    def is_plain(self, record: str) -> bool:
        """Whether a record is stored as it is, neither compressed nor encrypted."""
        entry = self._entry(record)
        return entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 1

    def offset(self, record: str) -> int:
        """Where in the file a record's data begin.

        Raises:
            RuntimeError: if they would not lie in the file.
        """
        entry = self._entry(record)
        self.file.seek(entry.header_offset)
        header = self.file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or header[:4] != b"PK\3\4":
            raise failed(f"reading {record}: there is no record where the directory says")
        *_, name_length, extra_length = _LOCAL.unpack(header)
        start = entry.header_offset + _LOCAL.size + name_length + extra_length
        if start + entry.file_size > self.length:
            raise failed(f"reading {record}: the file ends before the record does")
        return int(start)

    def read(self, record: str) -> bytes:
        """The bytes of a record."""
        return self.array(record).tobytes()

    def array(self, record: str) -> np.ndarray:
        """The bytes of a record as an array of uint8 that can be written to.

        Raises:
            RuntimeError: if the record is damaged.
        """
        entry = self._entry(record)
        if not self.is_plain(record):
            return self._unpacked(entry, record)
        self.file.seek(self.offset(record))
        found = np.empty(entry.file_size, np.uint8)
        view = memoryview(found)
        if fill(self.file, view) < len(view):
            raise failed(f"reading {record}: the file ends before the record does")
        # Zero says that no checksum was computed when the file was written.
        if entry.CRC and zlib.crc32(view) != entry.CRC:
            raise failed(f"reading {record}: checksum does not match, the data are damaged")
        return found

    def _unpacked(self, entry: zipfile.ZipInfo, record: str) -> np.ndarray:
        """A record that another tool has compressed. No more is unpacked than the directory promises."""
        try:
            with self.zip.open(entry) as stream:
                data = bytearray(stream.read(entry.file_size))
                if stream.read(1):
                    raise failed(f"reading {record}: it is longer than the directory says")
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
            raise failed(f"reading {record}: {error}") from error
        return np.frombuffer(data, np.uint8)
