"""Dual numbers: levels, memory shared with views, every operator, modes inside each other."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.autograd import forward_ad as fwAD
from pullback.graph import forward_rules
from pullback.graph.record import OPERATORS


def t(*values: float, grad: bool = False) -> torch.Tensor:
    return torch.tensor(list(values), dtype=torch.float64, requires_grad=grad)


def tangent(value: Any) -> Any:
    return fwAD.unpack_dual(value).tangent


def test_every_operator_has_a_pushforward() -> None:
    """Declared or derived: an operator with a derivative in reverse mode has one in forward mode."""
    missing = [each.declared for each in OPERATORS.values() if each.over and each.kind not in forward_rules._PUSH]
    assert len(OPERATORS) > 300 and not missing


def test_polynomial() -> None:
    with fwAD.dual_level():
        x = fwAD.make_dual(t(2.0), t(1.0))
        assert tangent(x**3 + 2 * x).tolist() == [14.0]


def test_level_errors() -> None:
    with pytest.raises(RuntimeError, match="Trying to create a dual Tensor for forward AD but no level exists"):
        fwAD.make_dual(t(1.0), t(1.0))
    with pytest.raises(RuntimeError, match="Dual level must be a positive number"):
        fwAD.exit_dual_level()
    with fwAD.dual_level() as level:
        assert level == 0 == fwAD._current_level
        with pytest.raises(RuntimeError, match="Nested forward mode AD is not supported at the moment"):
            fwAD.enter_dual_level()
        with pytest.raises(RuntimeError, match="Trying to exit a forward AD level that was not the last one"):
            fwAD.exit_dual_level(level=5)
        with pytest.raises(RuntimeError, match="Invalid level given"):
            fwAD.make_dual(t(1.0), t(1.0), level=1)
    assert fwAD._current_level == -1


def test_operand_errors() -> None:
    with fwAD.dual_level():
        with pytest.raises(RuntimeError, match="Trying to set a forward gradient that has a different size"):
            fwAD.make_dual(t(1.0), t(1.0, 2.0))
        with pytest.raises(ValueError, match="Expected primal to be floating point or complex, but got: torch.int64"):
            fwAD.make_dual(torch.tensor([1]), t(1.0))
        dual = fwAD.make_dual(t(1.0), t(1.0))
        with pytest.raises(RuntimeError, match="Making a dual Tensor based on a Tensor that already has a forward"):
            fwAD.make_dual(dual, t(1.0))
        with pytest.raises(RuntimeError, match="has a forward gradient at the same level"):
            fwAD.make_dual(t(1.0), dual)
        with pytest.raises(
            NotImplementedError, match="add_out that does not support it because it is an out= function"
        ):
            torch.add(dual, dual, out=t(0.0))


def test_tangents_are_forgotten_with_the_level() -> None:
    gc.disable()
    try:
        given = t(1.0)
        reference = weakref.ref(given)
        with fwAD.dual_level():
            kept = fwAD.make_dual(t(1.0), given)
            del given
            assert reference() is not None and tangent(kept) is reference()
        assert reference() is None
        with fwAD.dual_level():
            assert tangent(kept) is None
    finally:
        gc.enable()


def test_a_dual_alone_keeps_its_tangent_alive() -> None:
    with fwAD.dual_level():
        given = t(1.0)
        reference = weakref.ref(given)
        dual = fwAD.make_dual(t(1.0), given)
        del given, dual
        assert reference() is None


def test_views_share_the_tangents_memory() -> None:
    base, direction = t(1.0, 2.0, 3.0), t(10.0, 20.0, 30.0)
    with fwAD.dual_level():
        dual = fwAD.make_dual(base, direction)
        dual[1:].mul_(2)
        assert tangent(dual).tolist() == [10.0, 40.0, 60.0] == direction.tolist()
        assert base.tolist() == [1.0, 4.0, 6.0]


def test_writing_a_dual_into_a_view_gives_the_base_a_tangent() -> None:
    with fwAD.dual_level():
        dual = fwAD.make_dual(t(2.0, 3.0), t(20.0, 30.0))
        base = torch.zeros(3, dtype=torch.float64)
        window = base[1:]
        window.copy_(dual)
        assert tangent(base).tolist() == [0.0, 20.0, 30.0]
        base[0] = dual[1]
        assert tangent(base).tolist() == [30.0, 20.0, 30.0] and tangent(window).tolist() == [20.0, 30.0]


def test_the_primal_of_a_dual_has_no_tangent() -> None:
    with fwAD.dual_level():
        base = torch.zeros(2, dtype=torch.float64)
        base[0] = fwAD.make_dual(torch.tensor(1.0, dtype=torch.float64), torch.tensor(5.0, dtype=torch.float64))
        primal, _ = fwAD.unpack_dual(base)
        assert tangent(primal) is None and tangent(primal[:1]) is None


@pytest.mark.parametrize("write", [lambda x: x.zero_(), lambda x: x.fill_(3.0), lambda x: x.copy_(t(7.0, 8.0))])
def test_constants_written_in_place_have_tangent_zero(write: Any) -> None:
    with fwAD.dual_level():
        dual = fwAD.make_dual(t(1.0, 2.0), t(1.0, 1.0)).clone()
        assert tangent(write(dual)).tolist() == [0.0, 0.0]


def test_detach_and_integers_have_none() -> None:
    with fwAD.dual_level():
        dual = fwAD.make_dual(t(1.0, 2.0), t(1.0, 1.0))
        for other in (dual.detach(), dual.data, dual.int(), dual > 1, dual.argmax(), torch.zeros_like(dual)):
            assert tangent(other) is None


def test_no_grad_keeps_tangents_and_inference_mode_does_not() -> None:
    with fwAD.dual_level():
        dual = fwAD.make_dual(t(1.0), t(3.0))
        with torch.no_grad():
            assert tangent(dual * 2).tolist() == [6.0]
        with torch.inference_mode():
            assert tangent(dual * 2) is None
        with fwAD._set_fwd_grad_enabled(False):
            assert not fwAD._is_fwd_grad_enabled() and tangent(dual * 2) is None
        assert fwAD._is_fwd_grad_enabled() and tangent(dual * 2).tolist() == [6.0]


def test_tangent_with_another_layout_is_copied() -> None:
    with fwAD.dual_level():
        primal, direction = torch.zeros(2, 3), torch.arange(6.0).view(3, 2).t()
        dual = fwAD.make_dual(primal, direction)
        assert tangent(dual.view(6)).tolist() == direction.contiguous().view(6).tolist()


def test_repr() -> None:
    with fwAD.dual_level():
        assert repr(fwAD.make_dual(torch.ones(1), torch.ones(1))) == "tensor([1.], tangent=tensor([1.]))"


def test_reverse_over_forward() -> None:
    x, v = t(2.0, grad=True), t(5.0, grad=True)
    with fwAD.dual_level():
        moved = tangent(fwAD.make_dual(x, v) ** 3)
        by_x, by_v = torch.autograd.grad(moved.sum(), (x, v))
    assert by_x.tolist() == [60.0] and by_v.tolist() == [12.0]  # 6 x v, 3 x²


@pytest.mark.parametrize("create_graph", [False, True])
def test_forward_over_reverse(create_graph: bool) -> None:
    x = t(2.0, grad=True)
    with fwAD.dual_level():
        dual = fwAD.make_dual(x, t(5.0))
        (gradient,) = torch.autograd.grad((dual**3).sum(), x, create_graph=create_graph)
        primal, moved = fwAD.unpack_dual(gradient)
        assert primal.tolist() == [12.0] and moved.tolist() == [60.0]
        assert primal.requires_grad == create_graph


def test_an_operand_used_twice() -> None:
    """The derived pushforward of an operator with two operands in one tensor that requires grad."""
    x = torch.eye(2, dtype=torch.float64).mul(2).requires_grad_()
    with fwAD.dual_level():
        dual = fwAD.make_dual(x, torch.ones(2, 2, dtype=torch.float64))
        found = tangent(torch.linalg.solve(dual, dual))
    assert np.allclose(found.detach().numpy(), 0)


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_forward(x)
        return x**2

    @staticmethod
    def jvp(ctx: Any, direction: Any) -> Any:
        return 2 * ctx.saved_tensors[0] * direction


def made(forward: Any, jvp: Any) -> Any:
    return type("Made", (torch.autograd.Function,), {"forward": staticmethod(forward), "jvp": staticmethod(jvp)}).apply


def test_custom_function() -> None:
    with fwAD.dual_level():
        assert tangent(Square.apply(fwAD.make_dual(t(3.0), t(10.0)))).tolist() == [60.0]


@pytest.mark.parametrize(
    ("forward", "jvp", "message"),
    [
        (
            lambda ctx, x: (x.clone(), x * 2),
            lambda ctx, d: d,
            "invalid number of forward gradients .expected 2 but got 1",
        ),
        (lambda ctx, x: x * 2, lambda ctx, d: 3, "expected Variable or None"),
        (lambda ctx, x: x * 2, lambda ctx, d: d[:1], "has a different size than that of the original Tensor"),
        (lambda ctx, x: x.view_as(x), lambda ctx, d: d.clone(), "but the jvp is not returning a view"),
        (lambda ctx, x: x.int(), lambda ctx, d: d, "is not a differentiable Tensor"),
        (
            lambda ctx, x: (ctx.mark_dirty(x), x.mul_(2))[1],
            lambda ctx, d: d * 2,
            "An inplace custom Function is not modifying the forward mode gradients inplace",
        ),
    ],
)
def test_custom_function_errors(forward: Any, jvp: Any, message: str) -> None:
    with fwAD.dual_level():
        dual = fwAD.make_dual(t(1.0, 2.0), t(1.0, 1.0))
        with pytest.raises(RuntimeError, match=message):
            made(forward, jvp)(dual.clone())


def test_function_without_jvp() -> None:
    class Backwards(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

    with fwAD.dual_level(), pytest.raises(NotImplementedError, match="You must implement the jvp function"):
        Backwards.apply(fwAD.make_dual(t(1.0), t(1.0)))


@pytest.mark.parametrize(
    "function",
    [
        lambda y: y + 2,
        lambda y: 1 + y,
        lambda y: y - torch.ones(3),
        lambda y: y + torch.ones(2, 3),
        lambda y: torch.addcmul(y, torch.zeros(3), torch.zeros(3)),
    ],
)
def test_a_write_into_a_sum_leaves_the_tangents_of_its_terms(function: Any) -> None:
    tangent = torch.tensor([1.0, 2.0, 3.0])
    with fwAD.dual_level():
        dual = fwAD.make_dual(torch.ones(3), tangent)
        written = function(dual)
        written.mul_(10)
        assert fwAD.unpack_dual(dual).tangent.tolist() == [1.0, 2.0, 3.0]
        assert fwAD.unpack_dual(written).tangent.reshape(-1, 3)[0].tolist() == [10.0, 20.0, 30.0]
    assert tangent.tolist() == [1.0, 2.0, 3.0]


def test_a_view_of_all_of_its_base_shares_the_tangent() -> None:
    for show, shares in (
        (lambda base: base[:], True),
        (lambda base: base.view_as(base), True),
        (lambda base: base.t(), False),
    ):
        base = torch.zeros(2, 2)
        view = show(base)
        with fwAD.dual_level():
            view.copy_(fwAD.make_dual(torch.zeros(2, 2), torch.ones(2, 2)))
            own, whole = fwAD.unpack_dual(view).tangent, fwAD.unpack_dual(base).tangent
            assert (own is whole) == shares and own._is_view() != shares and whole.tolist() == [[1.0, 1.0]] * 2
            view.mul_(3)
            assert fwAD.unpack_dual(base).tangent.tolist() == [[3.0, 3.0]] * 2
