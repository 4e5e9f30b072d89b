"""Arithmetic with a Python number as PyTorch's own composites record it.

``x + 1`` in a program makes an `AddBackward0` with an open second edge; the functions that PyTorch composes in C++
call overloads for numbers, whose nodes are called `AddBackward1` and so on and have one edge. Losses and norms that
PyTorch composes use these, so that their graphs are PyTorch's.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from pullback.arrays.vocabulary import cast
from pullback.graph.operator import elementwise
from pullback.ops.pointwise.kinds import HALVES, SINGLE
from pullback.ops.typing import V


def _beside(compute: Callable[[Any, Any], Any], input: Any, number: float) -> Any:
    """`compute` on an array of floats and a number, which half precision meets in single."""
    if input.dtype in HALVES:
        return cast(compute(cast(input, SINGLE), number), input.dtype)
    return compute(input, number)


@elementwise(node="AddBackward1", floats=True, input=lambda grad: grad)
def add_number(input: V, number: float) -> V:
    """``input + number`` in a floating or complex dtype."""
    return _beside(operator.add, input, number)  # type: ignore[no-any-return]


@elementwise(node="SubBackward1", floats=True, input=lambda grad: grad)
def sub_number(input: V, number: float) -> V:
    """``input - number`` in a floating or complex dtype."""
    return _beside(operator.sub, input, number)  # type: ignore[no-any-return]


@elementwise(node="MulBackward1", floats=True, input=lambda grad, number: grad * number)
def mul_number(input: V, number: float) -> V:
    """``input * number`` in a floating or complex dtype."""
    return _beside(operator.mul, input, number)  # type: ignore[no-any-return]


@elementwise(node="DivBackward1", floats=True, input=lambda grad, number: grad / number)
def div_number(input: V, number: float) -> V:
    """``input / number`` in a floating or complex dtype."""
    return _beside(operator.truediv, input, number)  # type: ignore[no-any-return]
