"""Modes and policies that are told of operators by their names in PyTorch's library."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

import pullback as torch
from pullback.utils._mode_utils import no_dispatch
from pullback.utils._python_dispatch import TorchDispatchMode
from pullback.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts
from pullback.utils.flop_counter import FlopCounterMode
from pullback.utils.weak import WeakTensorKeyDictionary


class Names(TorchDispatchMode):
    def __init__(self) -> None:
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(str(func))
        return func(*args, **(kwargs or {}))


def test_mode_is_told_of_operators() -> None:
    x = torch.ones(2, 2, requires_grad=True)
    with Names() as mode:
        y = ((x * 2) ** 2).mm(x)
        with no_dispatch():
            y + 1
    assert mode.names == ["aten.mul.Tensor", "aten.pow.Tensor_Scalar", "aten.mm.default"]
    y.sum().backward()
    assert x.grad.tolist() == [[24.0, 24.0], [24.0, 24.0]]


def test_newest_mode_is_asked_first() -> None:
    class Doubling(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return func(*args, **(kwargs or {})).mul(2)

    x = torch.ones(1)
    with Names() as names, Doubling():
        y = x + 1
    assert y.item() == 4.0
    assert names.names == ["aten.add.Tensor", "aten.mul.Tensor"]  # what the newer one does is told to the older


def test_overloads_equal_the_operator_s_function() -> None:
    assert torch.ops.aten.mm.default == torch.ops.aten.mm.default == torch.mm
    assert torch.ops.aten.sin.default != torch.ops.aten.cos.default
    assert torch.ops.aten.mul.Tensor(torch.ones(1), 3).item() == 3.0
    with pytest.raises(AttributeError, match="no attribute 'nonesuch'"):
        _ = torch.ops.aten.nonesuch


def flops_of_backward(run: Any) -> int:
    out = run()
    with FlopCounterMode(display=False) as counter:
        out.backward()
    return counter.get_total_flops()


def test_selective_checkpoint_spares_the_product() -> None:
    x, y = torch.randn(4, 4, requires_grad=True), torch.randn(4, 4, requires_grad=True)

    def function(x: Any, y: Any) -> Any:
        return torch.mm(x.cos(), y).sin().sum()

    keep = partial(create_selective_checkpoint_contexts, [torch.ops.aten.mm.default])
    product = 2 * 4**3
    assert flops_of_backward(lambda: function(x, y)) == 2 * product
    assert flops_of_backward(lambda: checkpoint(function, x, y, use_reentrant=False)) == 3 * product
    assert flops_of_backward(lambda: checkpoint(function, x, y, use_reentrant=False, context_fn=keep)) == 2 * product


def test_flops_of_convolution() -> None:
    x, w = torch.ones(1, 2, 5, 5, requires_grad=True), torch.ones(3, 2, 2, 2, requires_grad=True)
    with FlopCounterMode(display=False) as counter:
        torch.nn.functional.conv2d(x, w).sum().backward()
    assert counter.get_total_flops() == 3 * 2 * (3 * 4 * 4) * (2 * 2 * 2)


def test_selective_checkpoint_runs_again_once() -> None:
    x = torch.randn(3, requires_grad=True)
    keep = partial(create_selective_checkpoint_contexts, [torch.ops.aten.sin.default])
    out = checkpoint(lambda x: x.sin().cos().exp(), x, use_reentrant=False, context_fn=keep).sum()
    out.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="Trying to backward an extra time"):
        out.backward(retain_graph=True)


@pytest.mark.parametrize(("wrong", "told"), [(2, "to be an OpOverload"), ("aten.sin", "to a specific OpOverload")])
def test_selective_checkpoint_takes_overloads(wrong: Any, told: str) -> None:
    given = torch.ops.aten.sin if wrong == "aten.sin" else wrong
    with pytest.raises(ValueError, match=told):
        create_selective_checkpoint_contexts([given])


def test_weak_keys_are_tensors_themselves() -> None:
    one, other = torch.ones(1), torch.ones(1)
    table = WeakTensorKeyDictionary({one: 1, other: 2})
    assert table[one] == 1 and table[other] == 2
    del one
    assert list(table.values()) == [2]


def test_modes_see_all_results_and_programs_what_they_ask_for() -> None:
    x, seen = torch.tensor([[1.0, 3.0]]), []

    class Results(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = func(*args, **(kwargs or {}))
            seen.append((str(func), len(result) if isinstance(result, tuple) else 1))
            return result

    with Results():
        normal = torch.nn.functional.layer_norm(x, (2,))
        low, high = torch.aminmax(x)
        pooled = torch.nn.functional.max_pool1d(x, 2)
        torch.nn.functional.max_pool2d(x.expand(1, 2, 2), 2)
    assert torch.allclose(normal, torch.tensor([[-1.0, 1.0]])) and (low.item(), high.item()) == (1.0, 3.0)
    assert seen[:2] == [("aten.native_layer_norm.default", 3), ("aten.aminmax.default", 2)]
    assert pooled.tolist() == [[3.0]] and seen[-1] == ("aten.max_pool2d_with_indices.default", 2)


def test_packet_of_an_overload_equals_the_public_one() -> None:
    with Names():
        counted = {torch.ops.aten._softmax: 1, torch.ops.aten.slice: 2}
    assert counted[torch.ops.aten._softmax.default._overloadpacket] == 1
    assert counted[torch.ops.aten.slice.Tensor._overloadpacket] == 2
    assert torch.ops.aten.slice(torch.arange(6), 0, 1, 3).tolist() == [1, 2]
