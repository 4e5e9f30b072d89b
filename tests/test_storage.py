"""Storages: conversions, copies, buffers, and what they refuse to be made from."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch
from pullback.multiprocessing.reductions import StorageWeakRef


def test_copies_and_conversions() -> None:
    floats = torch.arange(3.0).storage()
    assert floats.copy_(torch.FloatStorage([4, 5, 6])).tolist() == [4, 5, 6]
    assert floats.copy_(torch.IntStorage([1, 2, 3])).tolist() == [1, 2, 3]
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
