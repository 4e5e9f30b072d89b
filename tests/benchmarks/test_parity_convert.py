"""Rebuilding PyTorch's samples for another library; PyTorch itself stands in for it."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from benchmarks.parity.convert import Converter, NotSampled  # noqa: E402
from benchmarks.parity.resolve import Missing, counterpart, rebound  # noqa: E402


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(6.0).reshape(2, 3).t(),
        torch.arange(3.0).expand(4, 3),
        torch.arange(10)[::3],
        torch.arange(10.0)[2:8:2],
        torch.tensor(2.5),
        torch.empty(0, 3),
        torch.arange(24, dtype=torch.float32).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last),
        torch.tensor([1 + 2j, 3 - 1j]).conj(),
        torch.tensor([True, False]),
    ],
    ids=["transposed", "expanded", "strided", "offset", "scalar", "empty", "channels_last", "conjugated", "bool"],
)
def test_values_shape_and_strides_are_kept(tensor: torch.Tensor) -> None:
    made = Converter(torch)(tensor)
    assert torch.equal(made, tensor)
    assert (made.dtype, made.shape) == (tensor.dtype, tensor.shape)
    if tensor.numel():
        assert made.stride() == tensor.stride()
        assert made.storage_offset() == tensor.storage_offset()
    assert made.data_ptr() != tensor.data_ptr() or not tensor.numel()


def test_bfloat16_travels_as_its_bits() -> None:
    tensor = torch.tensor([1.0, -0.3, float("inf")], dtype=torch.bfloat16)
    assert torch.equal(Converter(torch)(tensor), tensor)


def test_differentiable_inputs_are_collected_in_order_and_shared() -> None:
    a, b = torch.ones(2, requires_grad=True), torch.zeros(3, requires_grad=True)
    converter = Converter(torch)
    first, rest = converter(([a, torch.ones(1)], {"b": b, "again": a}))
    assert [t.shape[0] for t in converter.inputs] == [2, 3]
    assert first[0] is rest["again"] is converter.inputs[0]
    assert first[0].is_leaf and first[0].requires_grad and not first[1].requires_grad


def test_shared_memory_stays_shared() -> None:
    whole = torch.arange(6.0)
    made, part = Converter(torch)([whole, whole[2:4]])
    made[2] = 9.0
    assert part.tolist() == [9.0, 3.0]
    assert whole[2] == 2.0


def test_other_arguments_are_looked_up_by_name() -> None:
    value = (torch.float16, torch.Size([2]), slice(None, 3), torch.channels_last, "mean", None, torch.strided)
    assert Converter(torch)(value) == value
    distance = Converter(torch)(torch.nn.PairwiseDistance(p=3.0, keepdim=True))
    assert (distance.norm, distance.keepdim) == (3.0, True)


@pytest.mark.parametrize(
    ("tensor", "reason"),
    [
        (torch.eye(2).to_sparse(), "sparse tensors"),
        (torch.empty(2, device="meta"), "meta device"),
        (torch.zeros(2, dtype=torch.float8_e5m2), "float8_e5m2"),
    ],
    ids=["sparse", "meta", "float8"],
)
def test_what_cannot_be_rebuilt_says_why(tensor: torch.Tensor, reason: str) -> None:
    with pytest.raises(NotSampled, match=reason):
        Converter(torch)(tensor)


Changed = Callable[..., Any]  # the fixture `changed`: torch with some names replaced


def test_operators_are_found_by_name(changed: Changed) -> None:
    assert counterpart(torch.sin, "sin", changed(sin="found")) == "found"
    assert counterpart(torch.nn.functional.softplus, "nn.functional.softplus", torch) is not None
    assert counterpart(torch.Tensor.__radd__, "__radd__", torch) is torch.Tensor.__radd__
    assert counterpart(torch.fft.fft, "fft.fft", torch) is torch.fft.fft
    assert counterpart(operator.add, "add", torch) is operator.add


def test_missing_operator_is_named(changed: Changed) -> None:
    with pytest.raises(Missing, match="no sin"):
        counterpart(torch.sin, "sin", changed(sin=None))


def test_a_function_of_the_table_runs_with_the_library_for_torch(changed: Changed) -> None:
    def op(x: float) -> object:
        return torch.sin(x)

    assert rebound(op, changed(sin=lambda x: ("ours", x)))(1.0) == ("ours", 1.0)
