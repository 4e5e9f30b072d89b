"""gradcheck finds what is wrong, names it, and asks for what else a derivative owes."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.autograd import forward_ad, gradcheck, gradgradcheck
from pullback.autograd.gradcheck import GradcheckError

MODES = pytest.mark.parametrize("fast_mode", [False, True])


def leaf(*values: complex) -> torch.Tensor:
    kind = torch.complex128 if any(isinstance(v, complex) for v in values) else torch.float64
    return torch.tensor(list(values), dtype=kind, requires_grad=True)


def function(forward: Any, backward: Any = None, jvp: Any = None) -> Any:
    members = {"forward": staticmethod(forward)}
    if backward is not None:
        members["backward"] = staticmethod(backward)
    if jvp is not None:
        members["jvp"] = staticmethod(jvp)
    return type("Made", (torch.autograd.Function,), members).apply


TRIPLED = function(lambda ctx, x: x * 2, lambda ctx, g: g * 3, lambda ctx, t: t * 2)
WRONG_JVP = function(lambda ctx, x: x * 2, lambda ctx, g: g * 2, lambda ctx, t: t * 3)


@MODES
@pytest.mark.parametrize(
    "func",
    [
        torch.sin,
        lambda z: z * z.conj(),
        lambda z: torch.view_as_real(z * 1j),
        torch.abs,
        lambda z: torch.complex(z.imag, z.real),
    ],
)
def test_complex_functions_pass_in_both_modes(func: Any, fast_mode: bool) -> None:
    assert gradcheck(func, leaf(1 + 2j, 3 - 1j), check_forward_ad=True, fast_mode=fast_mode)


@MODES
def test_real_to_complex(fast_mode: bool) -> None:
    assert gradcheck(lambda x: x * (1 + 2j), leaf(1.0, 2.0), check_forward_ad=True, fast_mode=fast_mode)


@MODES
def test_wrong_backward_names_the_worst_entry(fast_mode: bool) -> None:
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 0 with respect to input 0") as caught:
        gradcheck(TRIPLED, leaf(1.0), fast_mode=fast_mode)
    assert re.search("input element 0 and output element 0: expected (1.99999|2.0).*, found 3.0", str(caught.value))
    assert not gradcheck(TRIPLED, leaf(1.0), fast_mode=fast_mode, raise_exception=False)


@MODES
def test_wrong_jvp(fast_mode: bool) -> None:
    message = "Jacobian computed with forward mode mismatch for output 0 with respect to input 0"
    with pytest.raises(GradcheckError, match=message):
        gradcheck(WRONG_JVP, leaf(1.0, 2.0), check_forward_ad=True, fast_mode=fast_mode)
    assert gradcheck(TRIPLED, leaf(1.0), check_forward_ad=True, check_backward_ad=False, fast_mode=fast_mode)


@MODES
def test_complex_mismatch_says_which_part(fast_mode: bool) -> None:
    wrong = function(lambda ctx, z: z * 2j, lambda ctx, g: g * 2j, lambda ctx, t: t * 2)
    with pytest.raises(GradcheckError, match="^While considering the imaginary part of complex outputs only, Jacobian"):
        gradcheck(wrong, leaf(1 + 1j), fast_mode=fast_mode)
    with pytest.raises(GradcheckError, match="^While considering the imaginary part of complex inputs only, Jacobian"):
        gradcheck(wrong, leaf(1 + 1j), check_forward_ad=True, check_backward_ad=False, fast_mode=fast_mode)


def test_fast_mode_projects_as_pytorch_does() -> None:
    """The random vectors come from the stream of a new generator, so the numbers are PyTorch's too."""
    with pytest.raises(GradcheckError, match="numerical:1.958549136451333.\nanalytical:2.93782370462398"):
        gradcheck(TRIPLED, leaf(0.5, -1.0, 2.0), fast_mode=True)


@MODES
def test_offset_that_hides_in_the_tolerance_is_found(fast_mode: bool) -> None:
    def shifted(x: Any) -> Any:
        y = x.clone()
        y.register_hook(lambda g: g + 1e-2)
        return y

    with pytest.raises(GradcheckError, match="backward not multiplied by grad_output"):
        gradcheck(shifted, leaf(1.0), atol=1e-1, fast_mode=fast_mode)


@MODES
def test_nondeterministic_backward(fast_mode: bool) -> None:
    calls: list[int] = []

    def backward(ctx: Any, g: Any) -> Any:
        calls.append(1)
        return g * (1 + 1e-9 * len(calls))

    jittery = function(lambda ctx, x: x * 1, backward)
    with pytest.raises(GradcheckError, match="Backward is not reentrant"):
        gradcheck(jittery, leaf(1.0), fast_mode=fast_mode)
    assert gradcheck(jittery, leaf(1.0), nondet_tol=1e-5, fast_mode=fast_mode)


@MODES
def test_hook_that_cannot_bear_none(fast_mode: bool) -> None:
    def hooked(x: Any) -> Any:
        def hook(g: Any) -> None:
            if g is None:
                raise RuntimeError("x is undefined")

        y = x.clone()
        y.register_hook(hook)
        return y

    with pytest.warns(UserWarning, match="New undefined gradient support checking feature"):
        with pytest.raises(GradcheckError, match="Expected backward function to handle undefined output grads"):
            gradcheck(hooked, leaf(1.0), fast_mode=fast_mode)
    assert gradcheck(hooked, leaf(1.0), check_undefined_grad=False, fast_mode=fast_mode)


@MODES
def test_outputs_that_need_no_gradient_must_be_constant(fast_mode: bool) -> None:
    with pytest.raises(GradcheckError, match="Numerical gradient for function expected to be zero"):
        gradcheck(lambda x: x.detach() * 2, leaf(1.0), fast_mode=fast_mode)
    assert gradcheck(lambda x: torch.ones(2), leaf(1.0), fast_mode=fast_mode)
    assert gradcheck(lambda x: (), leaf(1.0), fast_mode=fast_mode)
    assert gradcheck(lambda x: x.argmax(), leaf(1.0, 2.0), fast_mode=fast_mode)


def test_how_often_the_jvp_runs() -> None:
    """Once per input; absent tangents once more for each way to write them; a batch and its two rows."""
    calls: list[int] = []
    two = function(
        lambda ctx, x, y: (x.clone(), y.clone()),
        None,
        lambda ctx, a, b: (calls.append(1), (a, b))[1],
    )
    x, y = leaf(1.0), leaf(2.0)
    for options, expected in (
        ({"check_undefined_grad": False}, 2),
        ({}, 6),
        ({"check_batched_forward_grad": True}, 12),
    ):
        calls.clear()
        gradcheck(two, (x, y), check_forward_ad=True, check_backward_ad=False, **options)
        assert len(calls) == expected


def test_inputs_do_not_require_grad_while_tangents_are_pushed() -> None:
    seen: list[bool] = []

    def forward(ctx: Any, x: Any) -> Any:
        if forward_ad._current_level >= 0:
            seen.append(x.requires_grad)
        return x.clone()

    gradcheck(function(forward, None, lambda ctx, t: t), leaf(1.0), check_forward_ad=True, check_backward_ad=False)
    assert seen and not any(seen)


def test_bad_arguments() -> None:
    x = leaf(1.0)
    with pytest.raises(ValueError, match="at least one input tensor to require gradient, but none of them"):
        gradcheck(torch.sin, x.detach())
    with pytest.raises(AssertionError, match="Expected at least one of check_forward_ad or check_backward_ad"):
        gradcheck(torch.sin, x, check_backward_ad=False)
    with pytest.raises(AssertionError, match="check_batched_forward_grad=True requires check_forward_ad"):
        gradcheck(torch.sin, x, check_batched_forward_grad=True)
    with pytest.raises(RuntimeError, match="The 0th input has a dimension with stride 0"):
        gradcheck(torch.sin, torch.ones(1, dtype=torch.float64).expand(3).requires_grad_())
    with pytest.warns(UserWarning, match="Input #0 requires gradient and is not a double precision"):
        assert not gradcheck(torch.sin, torch.tensor([0.5], requires_grad=True), raise_exception=False)


def test_outputs_may_not_change_their_form() -> None:
    calls: list[int] = []

    def growing(x: Any) -> Any:
        calls.append(1)
        return x[: 1 + len(calls) % 2] * 1

    with pytest.raises(AssertionError, match="Expected `func` to return outputs with the same shape"):
        gradcheck(growing, leaf(1.0, 2.0))


def test_other_errors_are_passed_on() -> None:
    def failing(x: Any) -> Any:
        raise RuntimeError("Not a GradcheckError!")

    with pytest.raises(RuntimeError, match="Not a GradcheckError!"):
        gradcheck(failing, leaf(1.0), raise_exception=False)


@MODES
def test_gradgradcheck(fast_mode: bool) -> None:
    assert gradgradcheck(lambda x, y: x**3 * y, (leaf(1.0, 2.0), leaf(0.5, 3.0)), fast_mode=fast_mode)
    assert gradgradcheck(torch.exp, leaf(1.0), check_fwd_over_rev=True, fast_mode=fast_mode)
    assert gradgradcheck(lambda z: z**3, leaf(1 + 1j), gen_non_contig_grad_outputs=True, fast_mode=fast_mode)
    forgetful = function(
        lambda ctx, x: (ctx.save_for_backward(x), x**2)[1], lambda ctx, g: g * 2 * ctx.saved_tensors[0].detach()
    )
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        gradgradcheck(forgetful, leaf(1.0, 2.0), fast_mode=fast_mode)


def test_inputs_are_left_as_they_were() -> None:
    x = leaf(0.1, 0.7)
    before = x.detach().clone()
    gradcheck(torch.sin, x)
    assert np.array_equal(x.detach().numpy(), before.numpy()) and x.grad is None


def test_deprecated_jacobians() -> None:
    from pullback.autograd.gradcheck import get_analytical_jacobian, get_numerical_jacobian

    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    with pytest.warns(FutureWarning, match="`get_numerical_jacobian` was part of PyTorch's private API"):
        found = get_numerical_jacobian(lambda inputs: (2 * inputs[0] + inputs[1], inputs[0]), (x, y), eps=1e-6)
    np.testing.assert_allclose(found[0].numpy(), 2 * np.eye(2), atol=1e-8)
    with pytest.warns(FutureWarning, match="`get_analytical_jacobian`"):
        matrices, reentrant, sizes, kinds = get_analytical_jacobian((x, y), x * y)
    assert matrices[0].tolist() == [[3.0, 0.0], [0.0, 4.0]] and reentrant and sizes and kinds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        with pytest.raises(ValueError, match="Expected grad_out to be 1.0"):
            get_numerical_jacobian(lambda inputs: inputs[0], (x,), grad_out=2.0)


def test_same_reports_as_pytorch() -> None:
    """The beginning of every report, live."""
    theirs = pytest.importorskip("torch")

    def report(module: Any, fast: bool) -> str:
        class Wrong(module.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                return x * 2

            @staticmethod
            def backward(ctx: Any, g: Any) -> Any:
                return g * 3

        x = module.tensor([0.5, -1.0, 2.0], dtype=module.float64, requires_grad=True)
        with pytest.raises(RuntimeError) as caught:
            module.autograd.gradcheck(Wrong.apply, x, fast_mode=fast)
        return str(caught.value)

    slow = report(theirs, False).rstrip()
    assert report(torch, False).startswith(slow)
    assert report(torch, True)[:110] == report(theirs, True)[:110]  # the last digits of a sum may differ


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, random: bool) -> Any:
        ctx.random = random
        return x * 2

    @staticmethod
    def vjp(ctx: Any, grad: Any) -> Any:
        return grad * 2, None

    @staticmethod
    def jvp(ctx: Any, tangent: Any, _: Any) -> Any:
        if ctx.random:
            torch.randn_like(tangent)
        return tangent * 2


def test_tangents_are_pushed_forward_as_a_batch() -> None:
    x = torch.ones(2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(Twice.apply, (x, False), check_forward_ad=True, check_batched_forward_grad=True)
    with pytest.raises(RuntimeError, match="do not yet support calling random operations inside of vmap"):
        torch.autograd.gradcheck(Twice.apply, (x, True), check_forward_ad=True, check_batched_forward_grad=True)


def test_sparse_outputs_are_refused() -> None:
    x = torch.ones(2, dtype=torch.float64).to_sparse().requires_grad_()
    for function, argument in ((lambda x: x * 2, x), (lambda x: x.to_sparse(), x.to_dense().detach().requires_grad_())):
        with pytest.raises(ValueError, match="Sparse output is not supported at gradcheck yet"):
            torch.autograd.gradcheck(function, argument, raise_exception=False)
