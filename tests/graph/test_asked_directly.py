"""What PyTorch's own tests ask of nodes and of the engine."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import pullback as torch
from pullback.autograd import forward_ad as fwAD
from pullback.autograd.graph import Node, register_multi_grad_hook


def test_a_node_is_called_with_cotangents() -> None:
    x = torch.tensor([1.0, 3.0], requires_grad=True)
    y = x**2
    found = y.grad_fn(torch.ones(2))
    assert found.tolist() == [2.0, 6.0] and found.requires_grad
    with torch.no_grad():
        assert y.grad_fn(torch.ones(2)).tolist() == [2.0, 6.0]
    with pytest.raises(TypeError, match="expected 1 arguments, got 2 instead"):
        y.grad_fn(torch.ones(2), torch.ones(2))


def test_node_is_a_virtual_base() -> None:
    node = torch.ones(1, requires_grad=True).exp().grad_fn
    assert isinstance(node, Node) and issubclass(type(node), Node) and Node not in type(node).__mro__
    assert isinstance(node.next_functions[0][0], torch._C._functions.AccumulateGrad)
    assert not isinstance(None, Node) and not isinstance(torch._C._functions.AccumulateGrad, Node)


def test_delayed_error_and_undefined_gradient() -> None:
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="Boom"):
        torch._C._functions.DelayedError("Boom!", 1)(x).sum().backward()
    torch._C._functions.UndefinedGrad()(x).sum().backward()
    assert x.grad is None


def test_once_differentiable_shows_an_edge_for_every_argument() -> None:
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, factor: float) -> Any:
            return x * factor

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 2, None

    x = torch.ones(1, requires_grad=True)
    (found,) = torch.autograd.grad(Scale.apply(x, 2.0), x, torch.ones(1, requires_grad=True), create_graph=True)
    assert [each is None for each, _ in found.grad_fn.next_functions] == [False, True]


def test_a_gradient_edge_cannot_be_materialized() -> None:
    x, y = torch.ones(2, requires_grad=True).clone(), torch.ones(2, requires_grad=True).clone()
    edge = torch.autograd.graph.get_gradient_edge(y)
    with pytest.raises(RuntimeError, match="materialize_grads cannot be used when the given input is a GradientEdge"):
        torch.autograd.grad(x.sum(), (x, edge), materialize_grads=True)


def test_missing_cotangent_of_a_result_without_gradient_may_stay_none() -> None:
    seen: list[Any] = []

    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            other = x.clone()
            ctx.mark_non_differentiable(other)
            ctx._materialize_non_diff_grads = False
            return x.clone(), other

        @staticmethod
        def backward(ctx: Any, grad: Any, none: Any) -> Any:
            seen.append(none)
            return grad

    Two.apply(torch.tensor(1.0, requires_grad=True))[0].backward()
    assert seen == [None]


def test_unpacked_result_is_counted_with_the_result() -> None:
    y = torch.rand(2, requires_grad=True).exp()
    unpacked = y.grad_fn._saved_result
    with torch.no_grad():
        y += 1
    assert unpacked.tolist() == y.tolist() and unpacked._version == y._version == 1


def test_derivative_of_relu_requires_grad() -> None:
    x = torch.tensor([1.0, -1.0], requires_grad=True)
    (found,) = torch.autograd.grad(x.relu().sum(), x, create_graph=True)
    assert found.grad_fn.name() == "ThresholdBackwardBackward0"
    assert torch.autograd.grad(found.sum(), x)[0].tolist() == [0.0, 0.0]


def test_hook_of_several_leaves_out_what_the_pass_does_not_reach() -> None:
    calls: list[Any] = []
    apart, x, y = (torch.ones(1, requires_grad=True).clone() for _ in range(3))
    register_multi_grad_hook((apart, x, y), lambda grads: calls.append([each is not None for each in grads]))
    (x * y).backward(inputs=(apart, y))
    assert calls == [[False, False, True]]


def test_write_into_a_view_inside_forward_belongs_to_the_function() -> None:
    class Part(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            part = x.clone()[:2]
            part += 2
            return part

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return torch.cat([grad, torch.zeros(1)])

    y = Part.apply(torch.zeros(3, requires_grad=True))
    assert type(y.grad_fn).__name__ == "PartBackward"


def test_inplace_write_into_a_view_can_be_met_twice_in_one_pass() -> None:
    x = torch.tensor([[1.0, -2.0]], requires_grad=True)
    y = (x * 2).view(2)
    torch.nn.functional.relu(y, inplace=True)
    (found,) = torch.autograd.grad(y.pow(2).sum(), x, create_graph=True)
    assert torch.autograd.grad(found.sum(), x)[0].tolist() == [[8.0, 0.0]]


def test_view_of_an_inference_tensor_requires_no_grad() -> None:
    with torch.inference_mode():
        x = torch.ones(1, 2, requires_grad=True)
    assert not x.view(-1).requires_grad and x.view(-1).is_leaf


def test_ambiguous_history_is_printed_as_invalid() -> None:
    x = torch.ones(1, requires_grad=True)
    with torch.no_grad():
        y = x[:]
        y *= 2
    assert repr(y) == "tensor([2.], grad_fn=<Invalid>)"


def test_anomaly_mode_prints_where_warnings_are_errors(capsys: pytest.CaptureFixture[str]) -> None:
    with torch.autograd.set_detect_anomaly(True), warnings.catch_warnings():
        warnings.simplefilter("error")
        x = torch.ones(2, requires_grad=True) + 1
        y = x**2
        x += 1
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()
    assert "Error detected in PowBackward0" in capsys.readouterr().err


def test_tangent_is_copied_into_memory_as_long_as_the_primal_s() -> None:
    primal, tangent = torch.randn(5)[:4], torch.randn(4)
    with fwAD.dual_level():
        dual = fwAD.make_dual(primal, tangent)
        assert fwAD.unpack_dual(dual).tangent is not tangent
        assert dual.as_strided((5,), (1,), 0).shape == (5,)


def test_gradient_of_real_base_to_complex_exponent() -> None:
    exponent = torch.tensor([0.5 + 1j], dtype=torch.complex128, requires_grad=True)
    assert torch.autograd.gradcheck(lambda e: torch.pow(-torch.ones(1, dtype=torch.float64), e), (exponent,))


def test_resize_counts_as_a_write_if_it_changes_anything() -> None:
    x = torch.rand(1)
    assert (x.resize_((1, 2))._version, x.resize_((1, 2))._version) == (1, 1)
