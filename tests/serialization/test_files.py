"""Paths, file objects, replacement of files, mapping, places, options."""

from __future__ import annotations

import gc
import io
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback import serialization
from pullback.serialization.archive import ArchiveWriter
from pullback.serialization.saving import _pickled


def test_paths_and_files(tmp_path: Path) -> None:
    path = tmp_path / "weights.v2.pt"
    torch.save(torch.arange(3), path)
    assert torch.load(str(path)).tolist() == torch.load(path).tolist() == [0, 1, 2]
    assert "weights.v2/data.pkl" in zipfile.ZipFile(path).namelist()
    with open(path, "rb") as file:
        assert torch.load(file).tolist() == [0, 1, 2]
    with open(path, "wb") as file:
        torch.save(torch.ones(1), file)
    assert torch.load(path).tolist() == [1.0]


def test_archive_is_one_that_any_tool_opens() -> None:
    file = io.BytesIO()
    torch.save({"a": torch.ones(3), "b": torch.ones(5)}, file)
    archive = zipfile.ZipFile(file)
    assert archive.testzip() is None
    assert archive.read("archive/version") == b"3\n" and archive.read("archive/byteorder") == sys.byteorder.encode()
    assert archive.read("archive/data/0") == np.ones(3, "f4").tobytes()
    for entry in archive.infolist():
        header = file.getvalue()[entry.header_offset : entry.header_offset + 30]
        start = (
            entry.header_offset + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        )
        assert start % 64 == 0
    again = io.BytesIO()
    torch.save({"a": torch.ones(3), "b": torch.ones(5)}, again)
    assert again.getvalue() == file.getvalue()


class Stubborn:
    def __reduce__(self) -> Any:
        raise RuntimeError("not me")


def test_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(torch.ones(2), path)
    with pytest.raises(RuntimeError, match="not me"):
        torch.save([torch.zeros(2), Stubborn()], path)
    assert torch.load(path).tolist() == [1.0, 1.0] and os.listdir(tmp_path) == ["model.pt"]


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_killed_save_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(torch.ones(2), path)
    script = f"""
        import os, signal
        import pullback as torch
        from pullback.serialization import archive
        write, count = archive.ArchiveWriter._write, 0
        def dying(self, *parts):
            global count
            count += 1
            if count == 5:
                self.file.flush()
                os.kill(os.getpid(), signal.SIGKILL)
            write(self, *parts)
        archive.ArchiveWriter._write = dying
        torch.save([torch.zeros(1000), torch.zeros(2)], {str(path)!r})
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert torch.load(path).tolist() == [1.0, 1.0]


@pytest.mark.skipif(os.name != "posix", reason="links and modes")
def test_links_and_modes_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "model.pt", tmp_path / "latest.pt"
    torch.save(1, path)
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()
    path.chmod(0o600)
    link.symlink_to(path)
    torch.save(2, link)
    assert link.is_symlink() and torch.load(path) == 2 and path.stat().st_mode & 0o777 == 0o600
    torch.save(3, os.devnull)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_wrong_targets(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"Parent directory .* does not exist"):
        torch.save(1, tmp_path / "nowhere" / "x.pt")
    with pytest.raises(AttributeError, match="expected 'f' to be string, path, or a file-like object with a 'write'"):
        torch.save(1, 3)
    with pytest.raises(AttributeError, match="'int' object has no attribute 'seek'. You can only torch.load from"):
        torch.load(3)
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "x.pt")


@pytest.mark.parametrize("shared", [False, True])
def test_mapped_files(tmp_path: Path, shared: bool) -> None:
    path = tmp_path / "model.pt"
    base = torch.arange(12.0)
    torch.save({"base": base, "row": base.reshape(3, 4)[1]}, path)
    with serialization.set_default_mmap_options(serialization.options.MAP_SHARED if shared else 2):
        loaded = torch.load(path, mmap=True)
    assert loaded["row"].tolist() == [4.0, 5.0, 6.0, 7.0]
    assert loaded["base"].untyped_storage().nbytes() == 48
    loaded["base"].mul_(2)
    assert loaded["row"].tolist() == [8.0, 10.0, 12.0, 14.0]
    del loaded
    gc.collect()
    assert torch.load(path)["row"][0].item() == (8.0 if shared else 4.0)


def test_mapping_needs_a_path_and_an_archive(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="f must be a file path in order to use the mmap argument"):
        torch.load(io.BytesIO(), mmap=True)
    torch.save(1, tmp_path / "x.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(RuntimeError, match="mmap can only be used with files saved with"):
        torch.load(tmp_path / "x.pt", mmap=True)


def saved(obj: Any, **settings: Any) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(obj, file, **settings)
    file.seek(0)
    return file


def on_cuda(obj: Any) -> io.BytesIO:
    """A file whose storages say that they were on an accelerator."""
    data, storages = _pickled(obj, pickle, 2)
    file = io.BytesIO()
    writer = ArchiveWriter(file, "archive")
    writer.add("data.pkl", data.replace(b"X\3\0\0\0cpu", b"X\6\0\0\0cuda:0"))
    for key, storage in enumerate(storages.kept):
        writer.add(f"data/{key}", storage.array)
    writer.close()
    return io.BytesIO(file.getvalue())


@pytest.mark.parametrize(
    "place",
    ["cpu", torch.device("cpu"), {"cuda:0": "cpu"}, lambda storage, location: storage],
    ids=["name", "device", "mapping", "function"],
)
def test_storages_of_accelerators_are_put_on_the_cpu(place: Any) -> None:
    assert torch.load(on_cuda(torch.arange(3)), map_location=place).tolist() == [0, 1, 2]


def test_places_that_are_not_there() -> None:
    for file, place in ((on_cuda(torch.ones(1)), None), (saved(torch.ones(1)), "cuda")):
        with pytest.raises(RuntimeError, match="Attempting to deserialize object on a CUDA device but"):
            torch.load(file, map_location=place)
    with pytest.raises(RuntimeError, match=r"don't know how to restore data location .* \(tagged with moon\)"):
        torch.load(saved(torch.ones(1)), map_location="moon")


def test_own_packages_restore_storages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serialization.locations, "_packages", list(serialization.locations._packages))
    serialization.register_package(5, lambda storage: "moon", lambda storage, tag: storage if tag == "moon" else None)
    file = saved(torch.ones(1))
    assert b"moon" in file.getvalue() and torch.load(file).tolist() == [1.0]
    assert serialization.location_tag(torch.ones(1).untyped_storage()) == "moon"


def test_other_byte_order_is_turned_around() -> None:
    buffer = io.BytesIO()
    data, storages = _pickled(torch.arange(3, dtype=torch.int32), pickle, 2)
    writer = ArchiveWriter(buffer, "archive")
    writer.add("data.pkl", data)
    writer.add("data/0", storages.kept[0].array.view("i4").byteswap().view("u1"))
    other = "big" if sys.byteorder == "little" else "little"
    writer.add("byteorder", other.encode())
    writer.close()
    assert torch.load(io.BytesIO(buffer.getvalue())).tolist() == [0, 1, 2]


def test_byte_order_can_be_left_out() -> None:
    file = saved(torch.arange(3), _disable_byteorder_record=True)
    assert not any("byteorder" in name for name in zipfile.ZipFile(io.BytesIO(file.getvalue())).namelist())
    other = serialization.LoadEndianness.BIG if sys.byteorder == "little" else serialization.LoadEndianness.LITTLE
    serialization.set_default_load_endianness(other)
    try:
        assert torch.load(file).tolist() == [0, 1 << 56, 2 << 56]
    finally:
        serialization.set_default_load_endianness(None)
    file.seek(0)
    assert torch.load(file).tolist() == [0, 1, 2] and serialization.get_default_load_endianness() is None
    with pytest.raises(TypeError, match="Invalid argument type in function set_default_load_endianness"):
        serialization.set_default_load_endianness("big")


def test_checksums_can_be_left_out() -> None:
    serialization.set_crc32_options(False)
    try:
        file = saved(torch.arange(3))
    finally:
        serialization.set_crc32_options(True)
    assert all(entry.CRC == 0 for entry in zipfile.ZipFile(io.BytesIO(file.getvalue())).infolist())
    assert torch.load(file).tolist() == [0, 1, 2] and serialization.get_crc32_options()


def test_memory_of_one_array_as_two_dtypes_cannot_be_saved() -> None:
    x = torch.arange(3.0)
    with pytest.raises(RuntimeError, match="Cannot save multiple tensors or storages that view the same data as"):
        saved([x, x.view(torch.int32)])


def test_storages_are_saved_and_shared() -> None:
    x = torch.arange(3.0)
    tensor, typed, untyped = torch.load(
        saved([x, x.storage(), x.untyped_storage()], pickle_protocol=2), weights_only=True
    )
    assert typed.tolist() == [0.0, 1.0, 2.0] and tensor.untyped_storage() == untyped == typed.untyped()


def test_other_pickle_modules() -> None:
    file = saved({"x": torch.ones(2)}, pickle_module=pickle)
    with pytest.raises(RuntimeError, match="Can not safely load weights when explicit pickle_module is specified"):
        torch.load(file, weights_only=True, pickle_module=pickle)
    assert torch.load(file, pickle_module=pickle)["x"].tolist() == [1.0, 1.0]


def test_arrays_in_numpys_own_orders() -> None:
    turned = torch.from_numpy(np.arange(6.0))
    turned._array = turned._array[::-1]
    assert torch.load(saved(turned)).tolist() == [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    fortran = torch.from_numpy(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    loaded = torch.load(saved(fortran))
    assert loaded.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] and loaded.stride() == (1, 2)
