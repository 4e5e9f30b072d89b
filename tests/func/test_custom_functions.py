"""Custom functions inside transforms: generated and written ``vmap``, derivatives of derivatives, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.func import grad, hessian, jacfwd, jacrev, jvp, vmap


class Cube(torch.autograd.Function):
    """Keeps a result for its derivatives, which are rules of their own."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Any) -> Any:
        return x**3, 3 * x**2

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(inputs[0], output[1])
        ctx.save_for_forward(inputs[0], output[1])

    @staticmethod
    def backward(ctx: Any, on_cube: Any, on_slope: Any) -> Any:
        x, slope = ctx.saved_tensors
        return on_cube * slope + on_slope * 6 * x

    @staticmethod
    def jvp(ctx: Any, tangent: Any) -> Any:
        x, slope = ctx.saved_tensors
        return tangent * slope, 6 * tangent * x


def cubes(x: Any) -> Any:
    return Cube.apply(x)[0].sum()


X = torch.tensor([0.5, -1.5, 2.0])


@pytest.mark.parametrize(
    "second",
    [
        hessian(cubes),
        jacrev(jacrev(cubes)),
        jacfwd(jacfwd(cubes)),
        jacrev(jacfwd(cubes)),
        jacfwd(grad(cubes)),
        lambda x: torch.diag(jvp(grad(cubes), (x,), (torch.ones(3),))[1]),
    ],
)
def test_second_derivatives(second: Any) -> None:
    np.testing.assert_allclose(second(X).numpy(), np.diag(6 * X.numpy()), 1e-6)


def test_generated_rule() -> None:
    np.testing.assert_allclose(vmap(lambda x: Cube.apply(x)[0])(X).numpy(), X.numpy() ** 3, 1e-6)
    np.testing.assert_allclose(vmap(grad(cubes))(X[:, None]).numpy(), 3 * X[:, None].numpy() ** 2, 1e-6)


class Scaled(torch.autograd.Function):
    """Written in NumPy, with a ``vmap`` of its own."""

    seen: Any = None
    answer: Any = None

    @staticmethod
    def forward(x: Any, factor: Any) -> Any:
        return torch.tensor(x.numpy() * factor.numpy())

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, factor = ctx.saved_tensors
        return grad * factor, (grad * x).sum()

    @staticmethod
    def vmap(info: Any, in_dims: Any, x: Any, factor: Any) -> Any:
        Scaled.seen = (info.batch_size, info.randomness, in_dims)
        return Scaled.answer(x, factor) if Scaled.answer else (Scaled.apply(x, factor), in_dims[0])


def test_written_rule_sees_the_axes_of_the_call() -> None:
    x, factor = torch.randn(4, 3), torch.tensor(2.0)
    np.testing.assert_allclose(vmap(Scaled.apply, (0, None))(x, factor).numpy(), 2 * x.numpy())
    assert Scaled.seen == (4, "error", (0, None))
    found = vmap(Scaled.apply, (1, None), out_dims=1, randomness="same")(x, factor)
    np.testing.assert_allclose(found.numpy(), 2 * x.numpy())
    assert Scaled.seen == (3, "same", (1, None))
    slopes = vmap(grad(lambda x: Scaled.apply(x, factor).sum()))(x)
    np.testing.assert_allclose(slopes.numpy(), np.full((4, 3), 2.0))


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda x, factor: x, "to have two returns"),
        (lambda x, factor: (x, 0, 0), "to have two returns"),
        (lambda x, factor: (x, (0, None)), r"returned an incompatible \(output, out_dims\) tuple"),
    ],
)
def test_wrong_answers_of_a_written_rule(monkeypatch: pytest.MonkeyPatch, answer: Any, text: str) -> None:
    monkeypatch.setattr(Scaled, "answer", staticmethod(answer))
    with pytest.raises(RuntimeError, match=text):
        vmap(Scaled.apply, (0, None))(torch.randn(4, 3), torch.tensor(2.0))


class Old(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 2

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return grad * 2


class Without(torch.autograd.Function):
    @staticmethod
    def forward(x: Any) -> Any:
        return x * 2

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return grad * 2


def test_what_a_function_must_define() -> None:
    for transform in (grad, vmap, jacrev, lambda f: lambda x: jvp(f, (x,), (x,))):
        with pytest.raises(RuntimeError, match="it must override the setup_context staticmethod"):
            transform(lambda x: Old.apply(x).sum())(X)
    with pytest.raises(RuntimeError, match="You tried to vmap over Without, but it does not have vmap support"):
        vmap(Without.apply)(X)
    assert grad(lambda x: Without.apply(x).sum())(X).tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(NotImplementedError, match="no Taylor series is known for the custom function Without"):
        torch.func.jet(Without.apply, (X,), ([X],))


def test_forward_mode_is_off_inside_a_custom_forward() -> None:
    enabled = torch.autograd.forward_ad._is_fwd_grad_enabled

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            assert not enabled()
            with torch.autograd.forward_ad._set_fwd_grad_enabled(False):
                ctx.x = x
            return x**2

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return 2 * ctx.x * grad

    x = torch.tensor([3.0], requires_grad=True)
    Square.apply(x).backward()
    assert x.grad.item() == 6
    assert enabled()
