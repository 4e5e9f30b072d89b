"""Samples of gamma and Dirichlet distributions, which follow their parameters: they can be differentiated."""

from __future__ import annotations

from typing import Any

from pullback.arrays.gamma_gradients import dirichlet_gradient, gamma_gradient
from pullback.arrays.streams import packed
from pullback.arrays.streams.uniforms import FLOAT32, FLOAT64
from pullback.arrays.vocabulary import add_reduce
from pullback.graph.operator import general, nondifferentiable
from pullback.ops.random.checks import check_tensor, unsupported
from pullback.ops.random.generator import stream_of
from pullback.ops.typing import V


@general(node="StandardGammaBackward0", input=lambda grad, input, result: grad * gamma_gradient(input, result))
def _drawn_gamma(input: V, generator: Any) -> V:
    if input.dtype not in (FLOAT32, FLOAT64):
        raise unsupported("gamma_cpu", input.dtype)
    return stream_of(generator, "_standard_gamma").gamma(packed(input))


def _standard_gamma(input: Any, generator: Any = None) -> Any:
    """A number of the gamma distribution with scale 1 for each parameter in `input`."""
    check_tensor(input, "_standard_gamma")
    return _drawn_gamma(input, generator)


def _dirichlet_rule(grad: Any, input: Any, result: Any) -> Any:
    total = add_reduce(input, -1, True)
    mean = add_reduce(result * grad, -1, True)
    return dirichlet_gradient(result, input, total + 0 * input) * (grad - mean)


@general(node="_DirichletBackward", input=_dirichlet_rule)
def _drawn_dirichlet(input: V, generator: Any) -> V:
    if input.dtype not in (FLOAT32, FLOAT64):
        raise unsupported("dirichlet", input.dtype)
    return stream_of(generator, "_sample_dirichlet").dirichlet(packed(input))


def _sample_dirichlet(input: Any, generator: Any = None) -> Any:
    """Shares that sum to 1 along the last axis, with the parameters along it."""
    check_tensor(input, "_sample_dirichlet")
    return _drawn_dirichlet(input, generator)


@nondifferentiable()
def _dirichlet_grad(x: V, alpha: V, total: V) -> V:
    """Derivative of Dirichlet samples `x` with respect to their own parameters `alpha`, divided by ``1 - x``.

    `total` is the sum of the parameters, of the same shape.
    """
    return dirichlet_gradient(x, alpha, total)
