"""What creation functions, dtypes and devices refuse or warn of, in PyTorch's words."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.graph import once

REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: torch.zeros(2, 3, size=(2,)), TypeError, "got multiple values for argument 'size'"),
    (
        lambda: torch.zeros(2**40, 2**40),
        RuntimeError,
        r"Storage size calculation overflowed with sizes=\[1099511627776",
    ),
    (lambda: torch.full((2**62, 4), 1), RuntimeError, "Storage size calculation overflowed"),
    (
        lambda: torch.empty(2, 3, memory_format=torch.preserve_format),
        RuntimeError,
        "unsupported memory format Preserve",
    ),
    (lambda: torch.arange(5, dtype=torch.uint16), NotImplementedError, "\"arange_cpu\" not implemented for 'UInt16'"),
    (lambda: torch.arange(), TypeError, 'missing 1 required positional arguments: "end"'),
    (
        lambda: torch.linspace(0j, 1j, 3, dtype=torch.float32),
        RuntimeError,
        "inferred dtype c10::complex<float> can't be",
    ),
    (lambda: torch.tensor(np.arange(3)[::-1]), ValueError, "At least one stride in the given numpy array is negative"),
    (
        lambda: torch.as_tensor(np.arange(3)[::-1]),
        ValueError,
        "At least one stride in the given numpy array is negative",
    ),
    (lambda: torch.tensor(np.array([1], ">i4")), ValueError, "byte order different from the native byte order"),
    (lambda: torch.from_numpy(np.array(["a"])), TypeError, "can't convert np.ndarray of type numpy.str_. The only"),
    (lambda: torch.from_numpy(np.float32(1)), TypeError, r"expected np.ndarray \(got numpy.float32\)"),
    (lambda: torch.asarray(b"abcde", dtype=torch.float32), ValueError, "must be a multiple of element size"),
    (lambda: torch.tensor([1]) + 2**70, OverflowError, "int too big to convert"),
    (lambda: torch.full((1,), 2**64), OverflowError, "int too big to convert"),
    (lambda: torch.tensor([1]).fill_(2**64), OverflowError, "int too big to convert"),
    (lambda: torch.block_diag(3), TypeError, "expected Tensor as element 0 in argument 0, but got int"),
    (lambda: torch.meshgrid(torch.ones(2), 3, indexing="ij"), TypeError, "expected Tensor as element 1 in argument 0"),
    (lambda: float(torch.tensor(1 + 1j)), RuntimeError, "cannot be converted to type double without overflow"),
    (lambda: int(torch.tensor(1 + 1j)), RuntimeError, "cannot be converted to type int64_t without overflow"),
    (lambda: torch.ones(4).view_as(3), TypeError, r"argument 'other' \(position 1\) must be Tensor, not int"),
    (lambda: torch.ones(2).expand(), TypeError, 'missing 1 required positional arguments: "size"'),
    (lambda: torch.ones(5)[1:].view(torch.float64), RuntimeError, r"self.storage_offset\(\) must be divisible by 2"),
    (lambda: torch.result_type([1], 2), TypeError, r"invalid combination of arguments - got \(list, int\)"),
    (lambda: torch.can_cast(1, torch.int), TypeError, r"argument 'from_' \(position 1\) must be torch.dtype, not int"),
    (lambda: torch.set_default_dtype("float32"), TypeError, "invalid dtype object: only floating-point types"),
    (lambda: torch.int32.to_complex(), RuntimeError, "Unknown Complex ScalarType for Int"),
    (lambda: torch.device(-1), RuntimeError, "Device index must not be negative"),
    (lambda: torch.device("cpu", -1), RuntimeError, "Device index must not be negative"),
    (lambda: torch.device(), TypeError, r"device\(\) received an invalid combination of arguments - got \(\)"),
    (lambda: torch.device("float32"), RuntimeError, "Invalid device string: 'float32'"),
    (lambda: torch.zeros(2, device=0), RuntimeError, "Cannot access accelerator device when none is available."),
    (lambda: torch._check(False, "text"), TypeError, "message must be a callable"),
    (lambda: torch._check(torch.tensor(True)), TypeError, "cond must be a bool, but got a Tensor"),
    (lambda: torch._check_tensor_all(torch.tensor([1])), TypeError, "must have dtype torch.bool, but got torch.int64"),
    (
        lambda: torch._assert_async(torch.tensor([])),
        RuntimeError,
        "Boolean value of Tensor with no values is ambiguous",
    ),
    (lambda: torch.return_types.max([1, 2, 3]), TypeError, r"takes a 2-sequence \(3-sequence given\)"),
    (lambda: torch.ones(2, device="meta").__dlpack__(), BufferError, "Cannot pack tensors on meta"),
    (lambda: torch.ones(2).to_sparse().__dlpack__(), BufferError, "layout other than torch.strided"),
]


@pytest.mark.parametrize(("make", "error", "text"), REFUSED)
def test_refusals(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()


@pytest.fixture
def always() -> Iterator[None]:
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(False)


COMPLEX = torch.tensor([1 + 2j])
LOST = "Casting complex values to real discards the imaginary part"
WARNED: list[tuple[Any, list[float], str]] = [
    (lambda: COMPLEX.to(torch.float32), [1.0], LOST),
    (lambda: COMPLEX.int(), [1], LOST),
    (lambda: torch.zeros(1).copy_(COMPLEX), [1.0], LOST),
    (lambda: torch.as_tensor(np.array([1j]), dtype=torch.float32), [0.0], LOST),
    (lambda: torch.arange(0, 3, out=torch.empty(1)), [0, 1, 2], "does not match the computed number of elements 3"),
    (lambda: torch.range(1, 3), [1, 2, 3], "torch.range is deprecated"),
    (lambda: torch.ones(1).new_tensor(torch.ones(1)), [1], "rather than tensor.new_tensor"),
    (lambda: torch.tensor([np.array([1, 2])]), [[1, 2]], "from a list of numpy.ndarrays is extremely slow"),
]


@pytest.mark.parametrize(("make", "values", "text"), WARNED)
def test_warnings(always: None, make: Any, values: list[float], text: str) -> None:
    with pytest.warns(UserWarning, match=text):
        assert make().tolist() == values


def test_a_boolean_of_a_complex_number_loses_nothing(always: None) -> None:
    assert COMPLEX.bool().tolist() == [True]


def test_former_default_types_warn() -> None:
    with pytest.warns(UserWarning, match="set_default_tensor_type"):
        torch.set_default_tensor_type("torch.FloatTensor")
    with pytest.warns(UserWarning), pytest.raises(TypeError, match="not available. Torch not compiled with CUDA"):
        torch.set_default_tensor_type("torch.cuda.FloatTensor")


def test_numbers_at_the_edges() -> None:
    assert torch.tensor(2**63, dtype=torch.uint64).item() == 2**63
    assert torch.tensor(2**64, dtype=torch.float32).item() == 2.0**64
    assert float(torch.tensor(2 + 0j)) == 2.0 and int(torch.tensor(3 + 0j)) == 3
    assert torch.tensor([[], [1]]).shape == (2, 0) and torch.tensor([[], [1]]).dtype is torch.float32
    assert torch.finfo(torch.float8_e5m2).resolution == 1.0
    assert torch.ones(1, dtype=torch.uint16).type() == "torch.UInt16Tensor"
    assert torch.asarray(bytearray(b"ab"), dtype=torch.uint8).tolist() == [97, 98]
    x = torch.ones(2, requires_grad=True)
    assert torch.asarray(x, requires_grad=True) is x and not torch.asarray(x, requires_grad=False).requires_grad
    assert torch.device(device="cpu") == torch.device("cpu") and torch.sym_min(1, 2.0).__class__ is float
    found = torch.ones(2, 2).max(0)
    assert (found.n_fields, found.n_sequence_fields, found.n_unnamed_fields) == (2, 2, 0)
    assert torch.typename(torch.nn.Linear).endswith("nn.modules.linear.Linear") and torch.typename([1]) == "list"


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        (
            torch.uint16,
            torch.int16,
            "uint16, uint32, uint64 types is not supported, attempted to promote UInt16 and Short",
        ),
        (torch.uint64, torch.bool, "attempted to promote UInt64 and Bool"),
        (torch.uint32, torch.complex64, "attempted to promote UInt32 and ComplexFloat"),
        (torch.float8_e5m2, torch.float32, "Float8 Types is not supported, attempted to promote Float8_e5m2 and Float"),
    ],
)
def test_dtypes_that_combine_with_none(first: Any, second: Any, text: str) -> None:
    with pytest.raises(RuntimeError, match=text):
        torch.promote_types(first, second)


def test_wide_unsigned_integers_meet_floats() -> None:
    assert torch.promote_types(torch.uint64, torch.float16) is torch.float16
    assert torch.promote_types(torch.uint16, torch.uint16) is torch.uint16


def test_dlpack_shares_writable_memory() -> None:
    x = torch.arange(3)
    assert x.__dlpack_device__() == (torch.utils.dlpack.DLDeviceType.kDLCPU, 0)
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
        shown: Any = np.from_dlpack(x)  # type: ignore[arg-type]
        shown[0] = 7
        assert x.tolist() == [7, 1, 2]
    assert type(x.__dlpack__(stream=-1)).__name__ == "PyCapsule"
    with pytest.raises(AssertionError, match="stream should be None on cpu"):
        x.__dlpack__(stream=1)


def test_asarray_takes_from_a_tensor_whether_it_requires_grad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "_given", set())
    x = torch.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="unspecified requires_grad now defaults to obj.requires_grad"):
        assert torch.asarray(x * 2).requires_grad
    assert not torch.asarray(x * 2, requires_grad=False).requires_grad
    assert not torch.asarray([1.0]).requires_grad


def test_numbers_beyond_64_bits() -> None:
    for beyond in (2**63, [2**63], [0, -(2**64)]):
        with pytest.raises(ValueError, match="Overflow when unpacking long long"):
            torch.tensor(beyond)
    with pytest.raises(RuntimeError, match="value cannot be converted to type int32 without overflow"):
        torch.tensor(float("inf"), dtype=torch.int32)
    with pytest.raises(RuntimeError, match="Storage size calculation overflowed"):
        torch.arange(0, 2**62)
    with pytest.raises(RuntimeError, match=r"but got start with 1 dimension\(s\)\."):
        torch.linspace(torch.ones(2), 1, 3)


def test_a_number_that_leaves_the_graph_is_warned_of(always: None) -> None:
    x = torch.tensor(2.0, requires_grad=True)
    for convert in (float, complex, lambda each: float(each[None])):
        with pytest.warns(UserWarning, match="^Converting a tensor with requires_grad=True to a scalar") as caught:
            assert convert(x) == 2
        assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert int(x) == x.item() == float(x.detach()) == 2 and bool(x) and f"{x:.1f}" == "2.0"
        with torch.no_grad():
            assert float(x) == 2
    with pytest.raises(TypeError):
        round(x)  # type: ignore[call-overload]
