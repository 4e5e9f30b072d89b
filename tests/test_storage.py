"""Storages: conversions, copies, buffers, and what they refuse to be made from."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

import pullback as torch
from pullback.multiprocessing.reductions import StorageWeakRef


def test_copies_and_conversions() -> None:
    floats = torch.arange(3.0).storage()
    assert floats.copy_(torch.FloatStorage([4, 5, 6])).tolist() == [4, 5, 6]
    assert floats.copy_(torch.IntStorage([1, 2, 0x3F800000])).int().tolist() == [0, 0, 1]
    floats.copy_(torch.FloatStorage([1, 2, 3]))
    assert floats.short().tolist() == [1, 2, 3] and floats.complex_float().dtype is torch.complex64
    data = torch.tensor([1, 2], dtype=torch.uint8).untyped_storage()
    assert data.float().tolist() == [1.0, 2.0] and data.byte().dtype is torch.uint8 and data.new().size() == 0
    assert data.share_memory_() is data and data.filename is None and not data.is_pinned()
    with pytest.raises(RuntimeError, match="size does not match, self was 12 bytes but src was 8 bytes"):
        floats.copy_(torch.FloatStorage([1, 2]))


REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: torch.TypedStorage(3, 4), RuntimeError, "Too many positional arguments"),
    (
        lambda: torch.TypedStorage(wrap_storage=torch.UntypedStorage(4)),
        RuntimeError,
        "Argument 'dtype' must be specified",
    ),
    (
        lambda: torch.TypedStorage(wrap_storage=3, dtype=torch.int8),
        TypeError,
        "must be UntypedStorage, but got <class 'int'>",
    ),
    (
        lambda: torch.TypedStorage(wrap_storage=torch.UntypedStorage(4), dtype=3),
        TypeError,
        "must be torch.dtype, not <class 'int'>",
    ),
    (lambda: torch.TypedStorage(torch.ones(2)), TypeError, "Argument type not recognized"),
    (lambda: torch.TypedStorage("a"), TypeError, r"new\(\): invalid data type 'str'"),
    (lambda: torch.FloatStorage(3, 4), RuntimeError, "__new__ received an invalid combination"),
    (
        lambda: torch.FloatStorage.from_buffer(b"abcd"),
        RuntimeError,
        r"missing required argument 'byte_order' \(pos 2\)",
    ),
    (
        lambda: torch.FloatStorage.from_buffer(b"abc", "little"),
        ValueError,
        r"size \(3\) must be a multiple of element size \(4\)",
    ),
    (lambda: torch.FloatStorage.from_buffer(b"abcd", "x"), ValueError, "invalid byte_order 'x'"),
    (
        lambda: torch.FloatStorage.from_buffer(b"abcd", "little", 3),
        ValueError,
        "buffer has only 4 elements after offset 0",
    ),
    (lambda: torch.FloatStorage.from_buffer(b"abcd", "little", -1, 9), ValueError, r"buffer length \(9\) , but got 4"),
]


@pytest.mark.parametrize("make, error, text", REFUSED)
def test_refusals(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()


def test_buffers() -> None:
    assert torch.FloatStorage.from_buffer(bytearray(b"\0\0\x80?"), byte_order="little").tolist() == [1.0]
    assert torch.ByteStorage.from_buffer(b"abc", "native").tolist() == [97, 98, 99]


def test_memory_known_without_keeping_it() -> None:
    x = torch.arange(4.0)
    one, other = StorageWeakRef(x.untyped_storage()), StorageWeakRef(x[2:].untyped_storage())
    assert one == other and hash(one) == hash(other) and not one.expired()
    del x
    assert one.expired()


@pytest.fixture
def deterministic() -> Any:
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)
    torch.utils.deterministic.fill_uninitialized_memory = True


def test_unwritten_memory_shows(deterministic: None) -> None:
    x = torch.ones(2)
    for made in (
        torch.empty(2),
        torch.empty_like(x),
        x.new_empty(2),
        torch.empty_strided((2,), (1,)),
        torch.empty_permuted((2,), (0,)),
    ):
        assert made.isnan().all()
    assert x.resize_(3).tolist()[:2] == [1, 1] and x[2].isnan()
    assert torch.empty(1, dtype=torch.int16).item() == 32767 and torch.empty(1, dtype=torch.bool).item() is True
    assert str(torch.empty(1, dtype=torch.complex64)) == "tensor([nan+0.j])"
    torch.utils.deterministic.fill_uninitialized_memory = False
    assert torch.empty(1, dtype=torch.int16).zero_().item() == 0 and torch.zeros(3).eq(0).all()


def test_the_switch_takes_bools() -> None:
    with pytest.raises(TypeError, match=r"argument 'mode' \(position 1\) must be bool, not int"):
        torch.use_deterministic_algorithms(1)  # type: ignore[arg-type]
    torch.use_deterministic_algorithms(True, warn_only=True)
    assert torch.get_deterministic_debug_mode() == 1 and torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(False)
    assert torch.get_deterministic_debug_mode() == 0


def test_a_storage_knows_its_file(tmp_path):
    path = str(tmp_path / "numbers")
    storage = torch.UntypedStorage.from_file(path, True, 40)
    assert (storage.filename, storage.nbytes()) == (path, 40)
    x = torch.from_file(path, shared=True, size=10).fill_(3)
    assert x.untyped_storage().filename == path
    assert torch.from_file(path, size=10).tolist() == [3.0] * 10
    assert torch.ones(2).untyped_storage().filename is None
    with pytest.raises(
        RuntimeError, match=r"unable to open file <.*> in read-only mode: No such file or directory \(2\)"
    ):
        torch.from_file(path + "x", size=1)
    with pytest.raises(RuntimeError, match=r"size <40> is smaller than the required mapping size <44>"):
        torch.from_file(path, size=11)


def test_bytes_are_cut_and_checked():
    assert torch.UntypedStorage([300, -1]).tolist() == [44, 255]
    assert torch.UntypedStorage(b"ab").tolist() == [97, 98]
    storage = torch.UntypedStorage([1, 2])
    storage[0] = 257
    assert storage.tolist() == [1, 2]
    assert storage.fill_(300).tolist() == [44, 44]
    for make, error, text in (
        (lambda: torch.UntypedStorage(1.5), RuntimeError, "Expected a sequence type, but got float"),
        (
            lambda: torch.UntypedStorage([1.5]),
            RuntimeError,
            r"a sequence \(list\), but one of the items was of type float",
        ),
        (lambda: torch.UntypedStorage(-1), RuntimeError, "enforce fail at alloc_cpu.cpp"),
        (lambda: storage[::2], RuntimeError, "Trying to slice with a step of 2, but only a step of 1 is supported"),
        (lambda: storage["a"], TypeError, "can't index a torch.UntypedStorage with str"),
        (lambda: storage.__setitem__(0, 1.5), RuntimeError, "int types, but got float instead"),
        (lambda: torch.FloatStorage([1])[None], RuntimeError, "can't index a <class 'torch.storage.TypedStorage'>"),
        (lambda: storage.cuda(), AssertionError, "Torch not compiled with CUDA enabled"),
        (lambda: storage.to(device="meta"), AssertionError, "META device module is not loaded"),
    ):
        with pytest.raises(error, match=text):
            make()


def test_a_storage_on_meta():
    storage = torch.UntypedStorage(3, device="meta")
    assert (storage.device.type, storage.nbytes(), storage.data_ptr()) == ("meta", 3, 0)
    assert repr(storage) == "...\n[torch.storage.UntypedStorage(device=meta) of size 3]"
    assert torch.TypedStorage(2, dtype=torch.int8, device="meta").device.type == "meta"
    with pytest.raises(NotImplementedError, match="no data!"):
        storage.cpu()


def test_bytes_of_elements_are_turned_around():
    storage = torch.UntypedStorage([1, 2, 3, 4])
    storage.byteswap(torch.int16)
    assert storage.tolist() == [2, 1, 4, 3]
    with pytest.raises(RuntimeError, match="the length of data is not a multiple of 2"):
        torch.UntypedStorage([1]).byteswap(torch.int16)


def test_an_empty_storage_prints_as_pytorch_does():
    assert repr(torch.UntypedStorage()) == " \n[torch.storage.UntypedStorage(device=cpu) of size 0]"
    assert torch.FloatStorage([1.0]).float8_e5m2().dtype is torch.float8_e5m2


def test_tensors_of_storages() -> None:
    storage = torch.arange(3.0).storage()
    assert torch.tensor(storage).tolist() == [0.0, 1.0, 2.0] == torch.Tensor(storage).tolist()
    assert torch.tensor(storage.untyped(), dtype=torch.float32).tolist() == [0.0, 1.0, 2.0]
    assert torch.tensor([]).set_(torch.arange(6.0).storage(), 1, (2, 2)).tolist() == [[1, 2], [3, 4]]
    other = torch.arange(3).storage()
    with pytest.raises(RuntimeError, match="Expected a Storage of type Float or an UntypedStorage, but got Long"):
        torch.tensor(other)
    with pytest.raises(RuntimeError, match="of type float or an UntypedStorage, but got type Long for argument 1"):
        torch.tensor([]).set_(other)
    with pytest.raises(RuntimeError, match="of type Float or an UntypedStorage, but got type Long for argument 1"):
        torch.Tensor(other)


def test_classes_of_storages() -> None:
    assert torch.ones(1).storage_type() is torch.FloatStorage
    assert torch.ones(1, dtype=torch.uint16).storage_type() is None
    assert torch.storage._dtype_to_storage_type_map()[torch.int64] == "LongStorage"
    assert torch.storage._storage_type_to_dtype_map()["BoolStorage"] is torch.bool
    with pytest.raises(KeyError, match="dtype torch.uint16 is not recognized"):
        torch.ones(1, dtype=torch.uint16).storage().pickle_storage_type()


def test_deep_copies_share_what_the_originals_share() -> None:
    x = torch.arange(6.0)
    copied, view, detached, storage = deepcopy([x, x[2:].t(), x.detach(), x.storage()])
    copied.add_(1)
    assert view.tolist() == [3, 4, 5, 6] and detached.tolist() == storage.tolist() == copied.tolist()
    assert x.tolist() == [0, 1, 2, 3, 4, 5] and view.storage_offset() == 2
    strided = deepcopy(torch.arange(6.0)[::2])
    assert strided.stride() == (2,) and strided.tolist() == [0, 2, 4] and strided.untyped_storage().nbytes() == 24
    scalar, line = deepcopy([y := torch.tensor(5.0), y.view(1)])
    line.add_(1)
    assert scalar.item() == 6.0 and y.item() == 5.0
    parameter, data = deepcopy([p := torch.nn.Parameter(torch.ones(2)), p.data])
    data.add_(1)
    assert parameter.tolist() == [1, 1]


def test_storages_that_no_tensor_shows_change_their_size() -> None:
    storage = torch.UntypedStorage([1, 2, 3, 4])
    shown = torch.tensor([], dtype=torch.uint8).set_(storage)
    assert not storage.resizable() and not torch.ones(2).untyped_storage().resizable()
    with pytest.raises(RuntimeError, match="Trying to resize storage that is not resizable"):
        storage.resize_(2)
    del shown
    assert storage.resizable() and storage.resize_(2).tolist() == [1, 2]
    typed = torch.TypedStorage([1, 2, 3], dtype=torch.int32)
    typed.resize_(2)
    assert typed.tolist() == [1, 2]
    meta = torch.TypedStorage(4, dtype=torch.float32, device="meta")
    meta.resize_(6)
    assert meta.size() == 6 and meta.data_ptr() == 0
    for read in (lambda: meta[0], meta.tolist, lambda: meta.untyped()[0]):
        with pytest.raises(NotImplementedError, match="Not available for 'meta' device type"):
            read()
