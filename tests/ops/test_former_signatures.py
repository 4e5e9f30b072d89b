"""Calls as programs wrote them years ago: numbers before tensors, `new`, `torch.Tensor` with a size."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as torch
from pullback.graph import once

A, B, C = torch.ones(2), torch.full((2,), 3.0), torch.full((2,), 2.0)
EYE = torch.eye(2)

CALLS = [
    (lambda: A.clone().add_(2, B), [7.0, 7.0]),
    (lambda: torch.add(A, 2, B), [7.0, 7.0]),
    (lambda: A.add(0.5, B), [2.5, 2.5]),
    (lambda: A.clone().sub_(2, B), [-5.0, -5.0]),
    (lambda: A.clone().addcmul_(2, B, C), [13.0, 13.0]),
    (lambda: torch.addcmul(A, 2, B, C, out=torch.empty(2)), [13.0, 13.0]),
    (lambda: A.clone().addcdiv_(-2, B, C), [-2.0, -2.0]),
    (lambda: torch.addmm(2, EYE, EYE, EYE), [[3.0, 0.0], [0.0, 3.0]]),
    (lambda: torch.addmm(2, EYE, 3, EYE, EYE), [[5.0, 0.0], [0.0, 5.0]]),
    (lambda: EYE.clone().addmm_(2, 3, EYE, EYE), [[5.0, 0.0], [0.0, 5.0]]),
    (lambda: A.addmv(2, EYE, A), [3.0, 3.0]),
    (lambda: EYE.addr(1, 2, A, B), [[7.0, 6.0], [6.0, 7.0]]),
]


@pytest.mark.filterwarnings("ignore:This overload")
@pytest.mark.parametrize(("call", "values"), CALLS)
def test_numbers_before_tensors(call, values):
    assert call().tolist() == values


@pytest.mark.filterwarnings("ignore:This overload")
def test_gradients_go_through_a_former_call():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    A.add(3, x).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_former_call_warns_once(monkeypatch):
    monkeypatch.setattr(once, "_given", set())
    with pytest.warns(UserWarning, match="This overload of add is deprecated") as seen:
        A.add(3, B)
        A.addcmul(3, B, B)
    assert len(seen) == 1
    assert seen[0].filename == __file__


@pytest.mark.parametrize("call", [lambda: torch.add(A, B, 2), lambda: A.sub(B, 2), lambda: A.addcmul_(B, C, 2)])
def test_a_number_behind_the_tensors_is_refused(call):
    with pytest.raises(TypeError, match="positional arguments? but"):
        call()


def test_a_size_makes_memory_of_that_size():
    size = torch.zeros(2, 3).shape
    for made in (torch.Tensor(size), torch.FloatTensor(size), A.new(size), A.new(2, 3), torch.Tensor(size=(2, 3))):
        assert made.shape == (2, 3)
        assert made.dtype is torch.float32
    assert torch.LongTensor(np.int64(3)).shape == (3,)
    assert torch.Tensor().shape == A.new().shape == (0,)


def test_a_sequence_makes_a_tensor_with_these_numbers():
    assert torch.zeros(2, dtype=torch.int64).new([1.5, 2]).tolist() == [1, 2]
    assert torch.Tensor((2, 3)).tolist() == A.new(np.array([2, 3])).tolist() == torch.Tensor(data=[2, 3]).tolist()
    assert torch.zeros(2, dtype=torch.bool).new([1, 0, 2]).tolist() == [True, False, True]


def test_a_tensor_is_taken_as_it_is():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for made in (torch.Tensor(x), torch.FloatTensor(x), x.new(x)):
        assert made.data_ptr() == x.data_ptr()
        assert made.grad_fn.name() == "AliasBackward0"
    assert torch.Tensor(torch.ones(2, dtype=torch.int64)).dtype is torch.int64
    with pytest.raises(TypeError, match=r"expected TensorOptions\(dtype=double"):
        torch.DoubleTensor(x)


def test_new_takes_a_storage():
    storage = torch.tensor([1.0, 2.0, 3.0]).untyped_storage()
    assert A.new(storage).tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("value", [2.5, True, None, {1: 2}, np.float32(3)])
def test_what_is_no_sequence_is_refused(value):
    with pytest.raises(TypeError, match=r"new\(\): data must be a sequence"):
        A.new(value)


def test_former_types_say_what_they_are():
    assert torch.LongTensor.dtype is torch.int64
    assert torch.LongTensor.layout is torch.strided
    assert not torch.LongTensor.is_cuda
    assert torch.LongTensor.__module__ == "torch"
    with pytest.raises(RuntimeError, match="legacy constructor expects device type: cpu"):
        torch.LongTensor([1], device="cuda")
