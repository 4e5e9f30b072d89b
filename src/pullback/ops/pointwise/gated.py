"""Nonlinearities with a second operand: gates, learned slopes, random slopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pullback.arrays import special
from pullback.arrays.masks import choose, drop
from pullback.arrays.vocabulary import cast
from pullback.graph.inplace import spoken
from pullback.graph.operator import elementwise, general
from pullback.later import later
from pullback.ops.dims import wrap_dim
from pullback.ops.pointwise.kinds import COMPLEX, INDIRECT, indirect, unsupported, wide
from pullback.ops.shape.reshape import view
from pullback.ops.typing import V

if TYPE_CHECKING:
    from pullback.ops.random.slopes import slopes
else:
    slopes = later("pullback.ops.random", "slopes")[0].slopes


def _halves(array: Any, dim: int) -> tuple[Any, Any]:
    axis = wrap_dim(dim, array.ndim)
    size = array.shape[axis]
    if size % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {axis} is size {size}")
    before = (slice(None),) * axis
    return array[(*before, slice(None, size // 2))], array[(*before, slice(size // 2, None))]


def _glu_rule(grad: Any, input: Any, dim: int) -> Any:
    value, gate = _halves(wide(input), dim)
    open_ = special.sigmoid(gate)
    passed = grad * open_
    return np.concatenate([passed, passed * (1 - open_) * value], axis=wrap_dim(dim, input.ndim))


@general(input=_glu_rule)
def glu(input: V, dim: int = -1) -> V:
    """The first half of `input` along `dim` times the sigmoid of the second, ``a * sigmoid(b)``.

    Shapes: ``(*, 2N, *) -> (*, N, *)``. Floating dtypes. ``RuntimeError`` if the size is odd or there is no axis.

    >>> import pullback as torch
    >>> torch.nn.functional.glu(torch.tensor([2., 0.]))
    tensor([1.])
    """
    if input.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    value, gate = _halves(input, dim)
    if input.dtype in INDIRECT or input.dtype in COMPLEX:
        return indirect(glu, "glu_cpu", input, dim)
    return value * special.sigmoid(gate)


@elementwise(
    node="PreluKernelBackward0",
    promotes=(),
    input=lambda grad, input, weight: choose(input > 0, grad, grad * weight),
    weight=lambda grad, input: drop(grad * input, input > 0),
)
def _prelu_kernel(input: V, weight: V) -> V:
    if (input.dtype in INDIRECT and input.dtype.itemsize != 2) or input.dtype in COMPLEX:
        raise unsupported("prelu_cpu", input.dtype)
    return choose(input > 0, input, input * weight)


def prelu(input: V, weight: V) -> V:
    """`input` where positive, ``weight * input`` elsewhere.

    `weight` has one element, or one for each channel, which is dimension 1 (of a 1-d input there is one channel).
    ``RuntimeError`` if the numbers differ or the dtypes do.

    >>> import pullback as torch
    >>> torch.prelu(torch.tensor([-1., 2.]), torch.tensor([0.1]))
    tensor([-0.1000,  2.0000])
    """
    shape, weights = input._array.shape, weight._array
    if input._array.dtype != weights.dtype:
        got = f"{spoken(input._array.dtype)} and {spoken(weights.dtype)}"
        raise RuntimeError(f"prelu: Type promoting not supported. Got {got}")
    if weights.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weights.ndim}")
    if weights.size != 1:
        if not shape:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = shape[1] if len(shape) > 1 else 1
        if weights.size != channels:
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{weights.size} and channel size = {channels}."
            )
    if len(shape) > 1 or weights.ndim != len(shape):
        weight = view(weight, tuple(weights.size if axis == 1 else 1 for axis in range(len(shape))))
    return _prelu_kernel(input, weight)


def with_slopes(array: Any, noise: Any) -> Any:
    """`array` where it is positive, elsewhere times its slope in `noise`."""
    if array.dtype.kind not in "fV":
        raise unsupported("leaky_relu_cpu", array.dtype)
    return cast(choose(array > 0, array, array * noise), array.dtype)


@elementwise(node="RreluWithNoiseBackward0", input=lambda grad, input, noise: choose(input > 0, grad, grad * noise))
def _rrelu_with_noise(input: V, noise: Any) -> V:
    return with_slopes(input, noise)


def rrelu(input: V, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, generator: Any = None) -> V:
    """`input` where positive, elsewhere times a slope: in training drawn between `lower` and `upper` for each
    element, otherwise their mean.

    >>> import pullback as torch
    >>> torch.rrelu(torch.tensor([-1., 2.]), 0.1, 0.3)
    tensor([-0.2000,  2.0000])
    """
    return _rrelu_with_noise(input, slopes(input._array, lower, upper, training, generator))
