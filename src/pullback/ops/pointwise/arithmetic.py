"""Sums, products, quotients."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.graph.operator import elementwise
from pullback.ops.typing import Scalar, V


def _times(value: Any, alpha: Scalar) -> Any:
    return value if alpha == 1 else value * alpha


@elementwise(input=lambda grad: grad, other=lambda grad, alpha: _times(grad, alpha))
def add(input: V, other: V | Scalar, *, alpha: Scalar = 1) -> V:
    """``input + alpha * other``, element by element.

    Shapes broadcast, dtypes promote. Matches https://docs.pytorch.org/docs/2.13/generated/torch.add.html.

    >>> import pullback as torch
    >>> torch.add(torch.tensor([1., 2.]), 10, alpha=0.5)
    tensor([6., 7.])
    """
    return input + _times(other, alpha)


@elementwise(input=lambda grad: grad, other=lambda grad, alpha: -_times(grad, alpha))
def sub(input: V, other: V | Scalar, *, alpha: Scalar = 1) -> V:
    """``input - alpha * other``, element by element.

    Shapes broadcast, dtypes promote. Raises ``RuntimeError`` for booleans, whose difference is ambiguous (use ``^``).
    """
    if input.dtype.kind == "b":
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )
    return input - _times(other, alpha)


@elementwise(input=lambda grad, other: grad * other, other=lambda grad, input: grad * input)
def mul(input: V, other: V | Scalar) -> V:
    """``input * other``, element by element. Shapes broadcast, dtypes promote."""
    return input * other


@elementwise(
    floats=True,
    input=lambda grad, other: grad / other,
    other=lambda grad, other, result: -grad * result / other,
)
def _true_divide(input: V, other: V | Scalar) -> V:
    return np.true_divide(input, other)
