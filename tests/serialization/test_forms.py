"""Files of every form: signs turned at reading, sparse and meta tensors, states of classes, places, errors."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

import pullback as torch
from pullback.serialization.records import _open_zipfile_reader, _open_zipfile_writer
from pullback.utils.serialization import config

FORMATS = pytest.mark.parametrize("zipped", [True, False])


def saved(obj: Any, zipped: bool = True) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(obj, file, _use_new_zipfile_serialization=zipped)
    file.seek(0)
    return file


@FORMATS
def test_a_turned_sign_is_saved_as_one_and_memory_stays_shared(zipped: bool) -> None:
    x = torch.tensor([1 + 2j, 3 - 1j])
    plain, conj, negative = torch.load(saved([x, x.conj(), torch._neg_view(x)], zipped))
    assert conj.is_conj() and negative.is_neg() and not plain.is_conj()
    assert conj.tolist() == [1 - 2j, 3 + 1j]
    assert negative.tolist() == [-1 - 2j, -3 + 1j]
    plain[0] = 5j
    assert conj[0].item() == -5j


@FORMATS
def test_pytorch_reads_a_turned_sign(zipped: bool) -> None:
    theirs = pytest.importorskip("torch")
    read = theirs.load(saved(torch.tensor([1 + 2j]).conj(), zipped))
    assert read.is_conj() and read.tolist() == [1 - 2j]
    file = io.BytesIO()
    theirs.save(theirs.tensor([1 + 2j]).conj().imag, file, _use_new_zipfile_serialization=zipped)
    file.seek(0)
    assert torch.load(file).tolist() == [-2.0]


@FORMATS
@pytest.mark.parametrize("layout", ["to_sparse", "to_sparse_csr", "to_sparse_csc"])
def test_sparse_tensors(zipped: bool, layout: str) -> None:
    x = getattr(torch.tensor([[0.0, 2.0, 0.0], [0.0, 0.0, 3.0]]), layout)()
    for safe in (True, False):
        read = torch.load(saved([x], zipped), weights_only=safe)[0]
        assert read.layout is x.layout
        assert read.to_dense().tolist() == [[0.0, 2.0, 0.0], [0.0, 0.0, 3.0]]


class Outside:
    """Says of a sparse tensor that it has an index beyond its size."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        data = torch.tensor([[5]]), torch.tensor([1.0]), torch.Size([2]), True
        return torch._utils._rebuild_sparse_tensor, (torch.sparse_coo, data)


@FORMATS
def test_sparse_indices_are_checked_when_all_is_read(zipped: bool) -> None:
    for safe in (True, False):
        with pytest.raises(
            RuntimeError, match="size is inconsistent with indices: for dim 0, size is 2 but found index 5"
        ):
            torch.load(saved(Outside(), zipped), weights_only=safe)


@FORMATS
def test_a_file_can_be_put_on_meta(zipped: bool) -> None:
    read = torch.load(saved({"a": torch.ones(2, 3)}, zipped), map_location="meta")
    assert read["a"].is_meta and read["a"].shape == (2, 3)
    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor; no data!"):
        saved(torch.ones(2, device="meta").storage(), zipped)


class Remembering(torch.Tensor):
    def __getstate__(self) -> Any:
        return {"word": self.word + "!"}

    def __setstate__(self, state: Any) -> None:
        self.word = state["word"]


def test_a_class_says_its_state_itself() -> None:
    x = torch.ones(2).as_subclass(Remembering)
    x.word = "a"
    assert torch.load(saved(x), weights_only=False).word == "a!"


class Ancient:
    """A tensor as PyTorch before 0.2 saved it."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor

    def __reduce__(self) -> Any:
        x = self.tensor
        return torch.Tensor, (), (x.storage(), x.storage_offset(), tuple(x.size()), x.stride())


@FORMATS
def test_tensors_of_old(zipped: bool) -> None:
    x = torch.arange(30.0).as_strided((2, 3), (9, 3), 2)
    for safe in (True, False):
        read = torch.load(saved(Ancient(x), zipped), weights_only=safe)
        assert read.tolist() == x.tolist() and read.stride() == (9, 3)


@pytest.mark.parametrize(
    ("place", "error", "text"),
    [
        ("cuda:1", RuntimeError, r"Attempting to deserialize object on a CUDA device but torch.cuda.is_available\(\)"),
        ("xpu", RuntimeError, r"Attempting to deserialize object on a XPU device but torch.xpu.is_available\(\)"),
        ("hpu", RuntimeError, "The HPU device module is not registered"),
        ("mps:0", RuntimeError, r"torch.UntypedStorage\(\): Storage device not recognized: mps"),
        ("foo", RuntimeError, r"don't know how to restore data location of torch.storage.UntypedStorage"),
        (3.5, TypeError, "'float' object is not callable"),
        (lambda storage, tag: {}["a"], KeyError, "'a'"),
        (lambda storage, tag: 3, TypeError, "Argument 'wrap_storage' must be UntypedStorage"),
        ({"cpu": 3}, TypeError, "expected string or bytes-like object, got 'int'"),
    ],
)
def test_places_that_cannot_be(place: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        torch.load(saved(torch.ones(2)), map_location=place)


def test_what_has_no_name_cannot_be_saved() -> None:
    with pytest.raises((AttributeError, Exception), match="Can't (pickle|get) local object"):
        saved({"a": lambda: 3})


def test_records_begin_where_they_are_told_to() -> None:
    with config.patch("save.storage_alignment", 4096):
        file = saved([torch.ones(3), torch.arange(5)])
    assert torch.load(file)[1].tolist() == [0, 1, 2, 3, 4]
    data = file.getvalue()
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            lengths = [int.from_bytes(data[info.header_offset + n :][:2], "little") for n in (26, 28)]
            assert (info.header_offset + 30 + sum(lengths)) % 4096 == 0


def test_archives_of_other_records() -> None:
    file = io.BytesIO()
    with _open_zipfile_writer(file) as writer:
        writer.write_record("a/b", b"12345", 5)
    file.seek(0)
    with _open_zipfile_reader(file) as reader:
        assert reader.get_record("a/b") == b"12345"
    file.seek(0)
    with pytest.raises(RuntimeError, match=r'Expected hasRecord\("version"\) to be true'):
        torch.load(file)


def test_the_former_format_reads_into_memory() -> None:
    class Reading(io.BytesIO):
        calls = 0

        def readinto(self, view: Any) -> int:
            Reading.calls += 1
            return super().readinto(view)

    assert torch.load(Reading(saved(torch.arange(3), False).getvalue())).tolist() == [0, 1, 2]
    assert Reading.calls > 0


def test_a_directory_is_no_file(tmp_path: Any) -> None:
    with pytest.raises(RuntimeError, match="open file failed with strerror: Is a directory"):
        torch.save(1, tmp_path)
    with pytest.raises(RuntimeError, match="invalid file name"):
        torch.save(1, "")
