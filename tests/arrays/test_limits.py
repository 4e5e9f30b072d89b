"""`finfo` and `iinfo`: numbers from the definitions of the formats, texts and errors from PyTorch."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from pullback.arrays import dtypes, promotion
from pullback.arrays.limits import finfo, iinfo

# name: (bits, bits of the fraction, smallest exponent, largest exponent, decimal digits)
FORMATS = {
    "float16": (16, 10, -14, 15, 3),
    "bfloat16": (16, 7, -126, 127, 2),
    "float32": (32, 23, -126, 127, 6),
    "float64": (64, 52, -1022, 1023, 15),
}
FLOATS = ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]
INTEGERS = {
    "uint8": 8,
    "uint16": 16,
    "uint32": 32,
    "uint64": 64,
    "int8": 8,
    "int16": 16,
    "int32": 32,
    "int64": 64,
}


@pytest.mark.parametrize("name", FORMATS)
def test_finfo_follows_from_the_format(name: str) -> None:
    bits, fraction, lowest, highest, digits = FORMATS[name]
    info = finfo(dtypes.BY_NAME[name])
    assert (info.bits, info.dtype) == (bits, name)
    assert info.eps == 2.0**-fraction
    assert info.max == -info.min == (2 - 2.0**-fraction) * 2.0**highest
    assert info.tiny == info.smallest_normal == 2.0**lowest
    assert info.resolution == float(f"1e-{digits}")
    assert {type(getattr(info, field)) for field in ("max", "min", "eps", "tiny", "resolution")} == {float}


@pytest.mark.parametrize("name", INTEGERS)
def test_iinfo_follows_from_the_size(name: str) -> None:
    bits, signed = INTEGERS[name], not name.startswith("u")
    info = iinfo(dtypes.BY_NAME[name])
    assert (info.bits, info.dtype) == (bits, name)
    assert info.min == (-(2 ** (bits - 1)) if signed else 0)
    assert info.max == 2 ** (bits - signed) - 1
    assert type(info.max) is type(info.min) is int


def test_complex_has_the_limits_of_its_parts() -> None:
    assert finfo(dtypes.complex64) == finfo(dtypes.float32)
    assert finfo(dtypes.complex128).dtype == "float64"


def test_default_dtype_is_the_default() -> None:
    assert finfo().dtype == "float32"
    promotion.set_default(dtypes.float64)
    try:
        assert finfo() == finfo(dtypes.float64)
    finally:
        promotion.set_default(dtypes.float32)


def test_text() -> None:
    assert (
        repr(finfo(dtypes.float16))
        == str(finfo(dtypes.float16))
        == (
            "finfo(resolution=0.001, min=-65504, max=65504, eps=0.000976562, smallest_normal=6.10352e-05, "
            "tiny=6.10352e-05, dtype=float16)"
        )
    )
    assert repr(iinfo(dtypes.int64)) == "iinfo(min=-9.22337e+18, max=9.22337e+18, dtype=int64)"


def test_equal_by_dtype_and_not_hashable() -> None:
    assert iinfo(dtypes.int8) == iinfo(dtypes.int8)
    assert iinfo(dtypes.int8) != iinfo(dtypes.uint8)
    assert iinfo(dtypes.int8) != "int8"
    with pytest.raises(TypeError, match="unhashable"):
        hash(finfo())


def test_read_only() -> None:
    with pytest.raises(AttributeError, match=r"attribute 'max' of 'torch\.finfo' objects is not writable"):
        finfo().max = 3.0
    with pytest.raises(AttributeError, match=r"'torch\.iinfo' object has no attribute 'eps'"):
        iinfo(dtypes.int8).eps = 3.0  # type: ignore[attr-defined]


def test_copies_are_equal() -> None:
    for info in (finfo(dtypes.bfloat16), iinfo(dtypes.uint64)):
        assert pickle.loads(pickle.dumps(info)) == copy.deepcopy(info) == info


ERRORS: list[tuple[Any, Any, str]] = [
    (
        finfo,
        "int32",
        "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'",
    ),
    (
        finfo,
        "bool",
        "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'",
    ),
    (
        iinfo,
        "float32",
        "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'",
    ),
    (
        iinfo,
        "complex64",
        "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'",
    ),
    (iinfo, "bool", "torch.bool is not supported by torch.iinfo"),
    (finfo, None, "finfo(): argument 'type' (position 1) must be torch.dtype, not NoneType"),
    (iinfo, 3, "iinfo(): argument 'type' (position 1) must be torch.dtype, not int"),
]


@pytest.mark.parametrize(("cls", "dtype", "message"), ERRORS)
def test_errors(cls: Any, dtype: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        cls(dtypes.BY_NAME.get(dtype, dtype))
    assert str(caught.value) == message


@pytest.mark.parametrize(("cls", "dtype", "message"), ERRORS)
def test_errors_are_pytorchs(cls: Any, dtype: Any, message: str) -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError) as caught:
        getattr(torch, cls.__name__)(getattr(torch, dtype) if isinstance(dtype, str) else dtype)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", [*FLOATS, *INTEGERS])
def test_all_as_in_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    cls = finfo if name in FLOATS else iinfo
    info, expected = cls(dtypes.BY_NAME[name]), getattr(torch, cls.__name__)(getattr(torch, name))
    fields = [field for field in dir(expected) if not field.startswith("_")]
    assert {f: getattr(info, f) for f in fields} == {f: getattr(expected, f) for f in fields}
    assert repr(info) == repr(expected)
