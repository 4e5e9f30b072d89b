"""Operators whose in-place form has a node of its own in PyTorch's graph.

Some nonlinearities tell the derivative from the result, so that the input need not be kept when it is overwritten.
Comparisons written into a floating tensor cut the gradient off, which takes a node that says so.
"""

from __future__ import annotations

from typing import Any

from pullback.arrays.masks import choose, threshold_backward
from pullback.arrays.vocabulary import cast, zeros_like
from pullback.graph.operands import promote
from pullback.graph.operator import elementwise
from pullback.graph.tensor_base import TensorBase
from pullback.ops.pointwise import activation, comparison, gated, smooth
from pullback.ops.pointwise.kinds import beside
from pullback.ops.typing import Scalar, V


def _leaky_rule(grad: Any, result: Any, negative_slope: float) -> Any:
    if negative_slope < 0:
        raise RuntimeError(
            "In-place leakyReLu backward calculation is triggered with a negative slope which is not supported. This "
            "is caused by calling in-place forward function with a negative slope, please call out-of-place version "
            "instead."
        )
    return choose(result > 0, grad, grad * negative_slope)


@elementwise(node="LeakyReluBackward1", input=_leaky_rule)
def leaky_relu(input: V, negative_slope: float = 0.01) -> V:
    """`activation.leaky_relu`, differentiated from its result."""
    return activation.leaky_relu.operator.forward(input, negative_slope)


def _elu_rule(grad: Any, result: Any, alpha: float, scale: float, input_scale: float) -> Any:
    if alpha < 0:
        raise RuntimeError(
            "In-place elu backward calculation is triggered with a negative slope which is not supported. This is "
            "caused by calling in-place forward function with a negative slope, please call out-of-place version "
            "instead."
        )
    return choose(result > 0, grad * scale, grad * input_scale * (result + alpha * scale))


@elementwise(node="EluBackward1", input=_elu_rule)
def elu(input: V, alpha: float = 1.0, scale: float = 1, input_scale: float = 1) -> V:
    """`smooth.elu`, differentiated from its result."""
    return smooth.elu.operator.forward(input, alpha, scale, input_scale)


@elementwise(node="CeluBackward1", input=lambda grad, result, alpha: _elu_rule(grad, result, alpha, 1, 1 / alpha))
def celu(input: V, alpha: float = 1.0) -> V:
    """`smooth.celu`, differentiated from its result."""
    return smooth.celu.operator.forward(input, alpha)


def selu(input: V) -> V:
    """`smooth.selu`, differentiated from its result."""
    return elu(input, smooth.SELU_ALPHA, smooth.SELU_SCALE)


@elementwise(node="ThresholdBackward1", input=lambda grad, input, threshold: threshold_backward(grad, input, threshold))
def threshold(input: V, threshold: float, value: float) -> V:
    """`activation.threshold` under the name of its in-place node."""
    return activation.threshold.operator.forward(input, threshold, value)


def _rrelu_rule(grad: Any, result: Any, noise: Any) -> Any:
    return _leaky_rule(grad, result, noise) if isinstance(noise, float) else choose(result > 0, grad, grad * noise)


@elementwise(node="RreluWithNoiseBackward1", input=_rrelu_rule)
def _rrelu_with_noise(input: V, noise: Any) -> V:
    return gated.with_slopes(input, noise)


def rrelu(input: V, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, generator: Any = None) -> V:
    """`gated.rrelu`, differentiated from its result."""
    return _rrelu_with_noise(input, gated.slopes(input._array, lower, upper, training, generator))


def _comparison(name: str, compare: Any) -> Any:
    """The form of `compare` that keeps the dtype of its first operand: one operator for numbers, one for tensors."""
    compare = compare.operator.forward

    def by_number(input: V, other: Scalar) -> V:
        return cast(compare(*beside(input, other)), input.dtype)

    def by_tensor(input: V, other: V) -> V:
        return cast(compare(*promote(input, other)), input.dtype)

    def written(input: V, other: V | Scalar) -> V:
        return (operators[1] if isinstance(other, TensorBase) else operators[0])(input, other)

    for function, suffix in ((by_number, "_number"), (by_tensor, "_tensor"), (written, "")):
        function.__name__ = function.__qualname__ = name.lower() + suffix
        function.__doc__ = f"`comparison.{name.lower()}` in the dtype of its first operand, which loses its gradient."
    operators = (
        elementwise(node=f"{name}Backward0", promotes=(), input=_no_gradient)(by_number),
        elementwise(node=f"{name}Backward1", promotes=(), input=_no_gradient, other=_no_gradient)(by_tensor),
    )
    return written


def _no_gradient(grad: Any) -> Any:
    return zeros_like(grad)


eq = _comparison("Eq", comparison.eq)
ne = _comparison("Ne", comparison.ne)
lt = _comparison("Lt", comparison.lt)
le = _comparison("Le", comparison.le)
gt = _comparison("Gt", comparison.gt)
ge = _comparison("Ge", comparison.ge)
