"""Creation functions: values, dtypes, errors; and the same as PyTorch's where it is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback as torch

CALLS: list[str] = [
    "torch.tensor([1, 2])", "torch.tensor([1.0, 2])", "torch.tensor([[True], [False]])", "torch.tensor(3)",
    "torch.tensor([])", "torch.tensor([[], []])", "torch.tensor(1j)", "torch.tensor([1, 2.5, 1j])",
    "torch.tensor([True, 2])", "torch.tensor(np.float64(1.5))", "torch.tensor([np.float64(1.5), 2])",
    "torch.tensor(np.arange(3, dtype=np.int16))", "torch.tensor([np.arange(3), np.arange(3)])",
    "torch.tensor([torch.tensor(1.0), torch.tensor(2.0)])", "torch.tensor([1, 2], dtype=torch.float16)",
    "torch.tensor([1.7, -1.7], dtype=torch.int64)", "torch.tensor([0.0, 2.0], dtype=torch.bool)",
    "torch.tensor([[1, 2], [3, 4]], dtype=torch.bfloat16)", "torch.tensor(range(4))",
    "torch.as_tensor([1, 2])", "torch.as_tensor(np.ones(2, np.float32))", "torch.from_numpy(np.eye(2))",
    "torch.zeros(2, 3)", "torch.zeros((2, 3), dtype=torch.int8)", "torch.zeros(())", "torch.zeros(0, 3)",
    "torch.ones(size=(2,))", "torch.ones([2, 2], dtype=torch.complex64)", "torch.full((2, 2), 7)",
    "torch.full((2,), 7.5)", "torch.full((), True)", "torch.full((2,), 3, dtype=torch.float64)", "torch.full([2], 1j)",
    "torch.eye(3)", "torch.eye(2, 3, dtype=torch.int64)", "torch.eye(0)",
    "torch.arange(5)", "torch.arange(1, 4)", "torch.arange(1, 2.5, 0.5)", "torch.arange(5, 0, -2)",
    "torch.arange(0, 1, 0.1)", "torch.arange(3.0)", "torch.arange(0)", "torch.arange(2, 9, 3, dtype=torch.float32)",
    "torch.arange(0, 10, 3, dtype=torch.int16)", "torch.arange(1e3)", "torch.arange(-5, 5, 2.5)",
    "torch.linspace(0, 1, 5)", "torch.linspace(3, 10, steps=4)", "torch.linspace(0, 1, 1)", "torch.linspace(0, 1, 0)",
    "torch.linspace(-2, 2, 7, dtype=torch.float64)", "torch.linspace(0, 10, 4, dtype=torch.int64)",
    "torch.logspace(0, 2, 5)", "torch.logspace(0, 3, 4, base=2)", "torch.logspace(0, 1, 1)",
    "torch.zeros_like(torch.ones(2, 3))", "torch.ones_like(torch.zeros(2, dtype=torch.int32))",
    "torch.full_like(torch.zeros(2, dtype=torch.int32), 3.7)", "torch.full_like(torch.zeros(2), 3)",
    "torch.zeros_like(torch.ones(2), dtype=torch.bool)", "torch.ones(2).new_zeros(3)",
    "torch.ones(2, dtype=torch.float64).new_tensor([1, 2])", "torch.ones(2).new_full((2, 2), 5)",
    "torch.ones(2).new_ones((1, 2), dtype=torch.int64)", "torch.scalar_tensor(3)", "torch.empty(0).shape",
    "torch.empty_strided((2, 3), (1, 2)).stride()", "torch.zeros_like(torch.ones(2, 3).t()).stride()",
    "torch.asarray([1, 2.0])", "torch.frombuffer(bytearray(b'abcd'), dtype=torch.uint8)",
    "torch.Tensor([1, 2])", "torch.Tensor(2, 0)", "torch.Tensor().shape", "torch.FloatTensor([1, 2])", "torch.LongTensor([1, 2])",
    "torch.range(1, 4)", "torch.complex(torch.ones(2), torch.zeros(2))", "torch.tensor(5).to(torch.float64)",
    "torch.tensor([1.5]).type()", "torch.tensor([1]).type(torch.DoubleTensor)", "torch.tensor([1.9]).long()",
    "torch.tensor([300]).byte()", "torch.tensor([0.0, 1.0]).bool()", "torch.tensor([1 + 2j]).cdouble()",
]  # fmt: skip

ERRORS: list[str] = [
    "torch.tensor([[1, 2], [3]])", "torch.tensor('text')", "torch.tensor(None)", "torch.tensor([1, [2]])",
    "torch.tensor([2 ** 70])", "torch.zeros(-1)", "torch.zeros(2.5)", "torch.zeros('a')", "torch.arange(0, 5, 0)",
    "torch.arange(0, 5, -1)", "torch.linspace(0, 1, -1)", "torch.eye(-1)", "torch.tensor([1, 2], requires_grad=True)",
    "torch.from_numpy([1])", "torch.from_numpy(np.array(['a']))", "torch.from_numpy(np.arange(3)[::-1])",
    "torch.zeros(2, device='cuda')", "torch.zeros(2, device='nowhere')", "torch.zeros(2, dtype='float32')",
    "torch.tensor([1.0]).to('cuda')", "torch.tensor([1.0]).type('torch.NoTensor')", "torch.tensor([1.0, 2.0]).item()",
    "bool(torch.tensor([1.0, 2.0]))", "bool(torch.tensor([]))", "int(torch.ones(2))", "torch.ones(2).size(2)",
]  # fmt: skip


def evaluate(library: Any, call: str) -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(call, {"torch": library, "np": np})


@pytest.mark.parametrize("call", CALLS)
def test_equals_pytorch(call: str) -> None:
    reference = pytest.importorskip("torch")
    ours, theirs = evaluate(torch, call), evaluate(reference, call)
    assert repr(ours) == repr(theirs)
    if hasattr(theirs, "dtype"):
        assert str(ours.dtype) == str(theirs.dtype) and tuple(ours.shape) == tuple(theirs.shape)
        assert ours.stride() == theirs.stride()


@pytest.mark.parametrize("call", ERRORS)
def test_error_type_equals_pytorchs(call: str) -> None:
    reference = pytest.importorskip("torch")
    with pytest.raises(Exception) as theirs:
        evaluate(reference, call)
    with pytest.raises(theirs.type) as ours:
        evaluate(torch, call)
    assert str(ours.value)


def test_from_numpy_and_numpy_share_memory() -> None:
    array = np.zeros(3, np.float32)
    tensor = torch.from_numpy(array)
    tensor[1] = 5
    array[2] = 7
    assert array.tolist() == [0, 5, 7] and tensor.tolist() == [0.0, 5.0, 7.0]
    assert np.shares_memory(tensor.numpy(), array)


def test_tensor_copies_its_data() -> None:
    array = np.zeros(2)
    tensor = torch.tensor(array)
    array[0] = 1
    assert tensor.tolist() == [0.0, 0.0]


def test_dlpack_both_ways() -> None:
    tensor = torch.arange(3.0)
    array = np.from_dlpack(tensor)
    array_back = torch.from_dlpack(np.arange(3.0))
    assert array.tolist() == [0.0, 1.0, 2.0] and np.shares_memory(array, tensor.numpy())
    assert array_back.tolist() == [0.0, 1.0, 2.0]


def test_default_dtype_decides_what_floats_become() -> None:
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.tensor([1.0]).dtype is torch.float64 and torch.zeros(1).dtype is torch.float64
        assert (torch.arange(2) / 2).dtype is torch.float64 and torch.tensor(1j).dtype is torch.complex128
    finally:
        torch.set_default_dtype(torch.float32)
    with pytest.raises(TypeError, match="only floating-point types are supported"):
        torch.set_default_dtype(torch.int64)


def test_numpy_functions_on_tensors_are_differentiable() -> None:
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    y = np.sum(np.sin(x) * np.exp(x))
    assert isinstance(y, torch.Tensor)
    y.backward()
    expected = np.exp([0.5, 1.0]) * (np.sin([0.5, 1.0]) + np.cos([0.5, 1.0]))
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-6)


def test_pickle_copy_and_deepcopy() -> None:
    import copy
    import pickle

    x = torch.arange(6.0).reshape(2, 3).t().contiguous().requires_grad_()
    x.note = "kept"
    for made in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x)):
        assert made.tolist() == x.tolist() and made.requires_grad and made.note == "kept"
        assert made.stride() == x.stride() and made.dtype is x.dtype
    shallow = copy.copy(x)
    with torch.no_grad():
        shallow[0, 0] = 9
    assert x[0, 0].item() == 9
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)
    for dtype in (torch.bfloat16, torch.bool, torch.complex64, torch.int8):
        value = torch.tensor([0, 1], dtype=dtype)
        assert repr(pickle.loads(pickle.dumps(value))) == repr(value)
    assert pickle.loads(pickle.dumps(torch.float32)) is torch.float32
    assert pickle.loads(pickle.dumps(torch.Size([2, 3]))) == (2, 3)
