"""Files one should not trust: nothing of theirs is run, and damage is told."""

from __future__ import annotations

import builtins
import collections
import io
import os
import pickle
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

import pullback as torch
from pullback import serialization


def archive(data: bytes, compression: int = zipfile.ZIP_STORED, **records: bytes) -> io.BytesIO:
    """An archive around a pickle."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as writer:
        writer.writestr("archive/data.pkl", data)
        writer.writestr("archive/version", "3\n")
        for name, record in records.items():
            writer.writestr(f"archive/{name.replace('_', '/')}", record)
    return io.BytesIO(file.getvalue())


def calling(function: Any, *arguments: Any) -> bytes:
    class Call:
        def __reduce__(self) -> Any:
            return function, arguments

    return pickle.dumps(Call(), 2)


def tensor(count: int = 3, offset: int = 0, size: int = 3, step: int = 1) -> bytes:
    """A pickle of a tensor on a storage of `count` floats."""
    return (
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu"
        b"K%ctQK%cK%c\x85K%c\x85\x89ccollections\nOrderedDict\n)RtR." % (count, offset, size, step)
    )  # fmt: skip


HOSTILE = {
    "system": (calling(os.system, "echo hi"), "unsupported GLOBAL posix.system whose module posix is blocked"),
    "eval": (calling(eval, "1 + 1"), r"Unsupported global: GLOBAL eval was not an allowed global by default"),
    "getattr": (calling(getattr, 1, "real"), "GLOBAL getattr was not an allowed"),
    "exit": (b"\x80\x02csys\nexit\n(K\x01tR.", "unsupported GLOBAL sys.exit whose module sys is blocked"),
    "dots": (b"\x80\x02ctorch\nserialization.os.system\nX\x02\0\0\0hi\x85R.", "GLOBAL torch.serialization.os.system"),
    "module class": (b"\x80\x02ctorch.nn\nLinear\n)\x81.", r"add_safe_globals\(\[torch.nn.Linear\]\)"),
    "stack global": (pickle.dumps(collections.deque([1]), 4), "Unsupported operand"),
    "old class": (b"(ios\nsystem\n.", "Unsupported operand 40|Unsupported operand 105|blocked"),
    "extension": (b"\x80\x02\x82\x01.", "Unsupported operand 130"),
    "build on a class": (b"\x80\x02ctorch\nTensor\n}X\x01\0\0\0aK\x01sb.", "Can only build Tensor, Parameter"),
    "build on a function": (b"\x80\x02ctorch._utils\n_rebuild_tensor\n}X\x01\0\0\0aK\x01sb.", "Can only build"),
    "attributes of a dict": (b"\x80\x02ccollections\nOrderedDict\n)R}X\x05\0\0\0itemsK\x01sb.", "cannot stand for its"),
    "attributes of a tensor": (
        b"\x80\x02ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch\nTensor\n"
        + tensor()[2 + len(b"ctorch._utils\n_rebuild_tensor_v2\n") : -2]
        + b"}X\x06\0\0\0_arrayK\x01stR.",
        "cannot set the attribute '_array'",
    ),
    "call of a number": (b"\x80\x02K\x01)R.", "Trying to call reduce for unrecognized function 1"),
    "much memory": (b"\x80\x02ctorch.storage\nUntypedStorage\n\x8a\x06\0\0\0\0\0\x10\x85R.", "unrecognized function"),
    "much memory again": (b"\x80\x02c__builtin__\nbytearray\nJ\0\0\0\x7f\x85R.", "no whole pickle"),
    "other codec": (b"\x80\x02c_codecs\nencode\nX\x01\0\0\0aX\x03\0\0\0zip\x86R.", "encoding 'zip' is not allowed"),
    "other reference": (b"\x80\x02X\x01\0\0\0aQ.", "persistent_load id must be tuple or int, but got <class 'str'>"),
    "module reference": (b"\x80\x02X\x06\0\0\0module\x85Q.", "Only persistent_load of storage is allowed"),
    "empty stack": (b"\x80\x02\x85R.", "no whole pickle"),
    "unknown memo": (b"\x80\x02h\x05.", "no whole pickle"),
    "wrong arguments": (b"\x80\x02ccollections\nOrderedDict\nK\x01\x85R.", "no whole pickle"),
}


@pytest.mark.parametrize("which", HOSTILE)
def test_hostile_pickles_are_refused(which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*arguments: Any, **settings: Any) -> Any:
        raise AssertionError(f"the file has called something: {arguments}")

    data, message = HOSTILE[which]
    real_import = builtins.__import__
    file = archive(data, data_0=b"\0" * 12)
    torch.load(archive(tensor(), data_0=b"\0" * 12))  # whatever is loaded late is loaded now
    monkeypatch.setattr(os, "system", forbidden)
    monkeypatch.setattr(builtins, "eval", forbidden)
    monkeypatch.setattr(builtins, "__import__", lambda name, *rest: real_import(name, *rest))
    with pytest.warns(UserWarning) if which == "stack global" else pytest.MonkeyPatch.context():
        with pytest.raises((pickle.UnpicklingError, RuntimeError), match=message):
            torch.load(file)


@pytest.mark.parametrize("which", HOSTILE)
def test_messages_begin_as_those_of_pytorch(which: str) -> None:
    with pytest.warns(UserWarning) if which == "stack global" else pytest.MonkeyPatch.context():
        with pytest.raises((pickle.UnpicklingError, RuntimeError)) as caught:
            torch.load(archive(HOSTILE[which][0], data_0=b"\0" * 12))
    assert str(caught.value).startswith("Weights only load failed. ") or which == "attributes of a tensor"


def test_tensors_stay_in_their_storage() -> None:
    assert torch.load(archive(tensor(), data_0=b"\0" * 12)).tolist() == [0.0, 0.0, 0.0]
    for arguments in ((3, 0, 4, 1), (3, 9, 1, 1), (3, 0, 2, 3), (3, 2, 2, 1)):
        with pytest.raises(RuntimeError, match="are out of bounds for storage of size 12"):
            torch.load(archive(tensor(*arguments), data_0=b"\0" * 12))
    for size in (8, 16):
        with pytest.raises(
            RuntimeError, match=rf"record size \({size} bytes\) does not match expected size \(12 bytes"
        ):
            torch.load(archive(tensor(), data_0=b"\0" * size))
    with pytest.raises(RuntimeError, match="failed locating file data/0: file not found"):
        torch.load(archive(tensor()))


def test_records_that_another_tool_compressed() -> None:
    file = archive(tensor(), zipfile.ZIP_DEFLATED, data_0=b"\0" * 12)
    assert torch.load(file).tolist() == [0.0, 0.0, 0.0]


def test_users_may_trust_more() -> None:
    data = pickle.dumps(collections.deque(maxlen=3), 2)
    with pytest.raises(pickle.UnpicklingError, match=r"add_safe_globals\(\[collections.deque\]\)"):
        torch.load(archive(data))
    with serialization.safe_globals([collections.deque]):
        assert serialization.get_safe_globals() == [collections.deque]
        assert torch.load(archive(data)) == collections.deque(maxlen=3)
    assert serialization.get_safe_globals() == []
    serialization.add_safe_globals([(Note, "elsewhere.Note"), Note])
    loaded = torch.load(archive(pickle.dumps(Note("a"), 2)))
    assert loaded.text == "a"
    renamed = pickle.dumps(Note("b"), 2).replace(Note.__module__.encode() + b"\nNote", b"elsewhere\nNote")
    assert torch.load(archive(renamed)).text == "b"
    serialization.clear_safe_globals()
    assert serialization.get_safe_globals() == []


class Note:
    def __init__(self, text: str) -> None:
        self.text = text


def test_modules_of_ours_can_be_trusted_under_pytorchs_names() -> None:
    file = io.BytesIO()
    torch.save(torch.nn.Identity(), file)
    file.seek(0)
    with pytest.raises(pickle.UnpicklingError, match="GLOBAL torch.nn.modules.linear.Identity was not an allowed"):
        torch.load(file)
    file.seek(0)
    with serialization.safe_globals([torch.nn.Identity, set]):
        assert isinstance(torch.load(file), torch.nn.Identity)
    file.seek(0)
    assert isinstance(torch.load(file, weights_only=False), torch.nn.Identity)


def test_names_that_would_be_refused_are_listed() -> None:
    data = pickle.dumps([collections.deque([1]), collections.OrderedDict(), print], 2)
    listed = ["collections.deque", "print"]
    assert serialization.get_unsafe_globals_in_checkpoint(archive(data)) == listed
    assert serialization.get_unsafe_globals_in_checkpoint(archive(pickle.dumps(collections.deque(), 4))) == listed[:1]
    with serialization.safe_globals([collections.deque]):
        assert serialization.get_unsafe_globals_in_checkpoint(archive(data)) == ["print"]
    with pytest.raises(ValueError, match="Expected input to be a checkpoint returned by torch.save"):
        serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(b"x" * 10))


def test_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pickle.dumps(collections.deque([1]), 2)
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.warns(UserWarning, match="TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD detected"):
        assert torch.load(archive(data)) == collections.deque([1])
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(RuntimeError, match="Only one of `TORCH_FORCE_WEIGHTS_ONLY_LOAD` or"):
        torch.load(archive(data))
    monkeypatch.delenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
    with pytest.raises(pickle.UnpicklingError):
        torch.load(archive(data), weights_only=False)


# --- damage -------------------------------------------------------------------------------------------------


def good(**settings: Any) -> bytes:
    file = io.BytesIO()
    torch.save({"x": torch.arange(100.0), "y": [1, "a"], "z": torch.nn.Linear(3, 3).state_dict()}, file, **settings)
    return file.getvalue()


CLEAR = (RuntimeError, pickle.UnpicklingError, EOFError, NotImplementedError)


@pytest.mark.parametrize("former", [False, True])
def test_cut_files_give_a_clear_error(former: bool, tmp_path: Path) -> None:
    data = good(_use_new_zipfile_serialization=not former)
    for length in [*range(0, len(data), 41), len(data) - 1]:
        with pytest.raises(CLEAR):
            torch.load(io.BytesIO(data[:length]))
    path = tmp_path / "cut.pt"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(CLEAR):
        torch.load(path)


def test_what_is_no_checkpoint_gives_a_clear_error() -> None:
    with pytest.raises(EOFError, match="Ran out of input"):
        torch.load(io.BytesIO())
    with pytest.raises(AssertionError, match="Expected bytes, got str"):
        torch.load(io.StringIO("text"))
    for data in (b"hello world", b"\0" * 1024, b"\x1f\x8b\x08\0"):
        with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
            torch.load(io.BytesIO(data))
    with pytest.raises(RuntimeError, match="Invalid magic number; corrupt file?"):
        torch.load(io.BytesIO(pickle.dumps({"a": 1}, 2)))
    with pytest.raises(RuntimeError, match="TorchScript archive"):
        torch.load(archive(b"", **{"constants.pkl": b""}))


@pytest.mark.parametrize("former", [False, True])
def test_flipped_bits_never_do_worse_than_an_error(former: bool) -> None:
    data = bytearray(good(_use_new_zipfile_serialization=not former))
    draw, noticed = random.Random(0), 0
    for _ in range(400):
        place = draw.randrange(len(data))
        before, data[place] = data[place], data[place] ^ (1 << draw.randrange(8))
        try:
            torch.load(io.BytesIO(bytes(data)))
        except (*CLEAR, UnicodeDecodeError, ValueError):
            noticed += 1
        data[place] = before
    assert noticed > 100


def test_storages_larger_than_the_file_are_not_allocated() -> None:
    reference = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu\x8a\x06\0\0\0\0\0\x10NtQ."
    header = good(_use_new_zipfile_serialization=False).split(b"\x80\x02")[1:4]
    with pytest.raises(RuntimeError, match="the file is too short for its storages"):
        torch.load(io.BytesIO(b"".join(b"\x80\x02" + part for part in header) + b"\x80\x02" + reference))
