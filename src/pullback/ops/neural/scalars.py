"""Arithmetic with a Python number as PyTorch's own composites record it.

``x + 1`` in a program makes an `AddBackward0` with an open second edge; the functions that PyTorch composes in C++
call overloads for numbers, whose nodes are called `AddBackward1` and so on and have one edge. Losses and norms that
PyTorch composes use these, so that their graphs are PyTorch's.
"""

from __future__ import annotations

from pullback.graph.operator import elementwise
from pullback.ops.typing import V


@elementwise(node="AddBackward1", input=lambda grad: grad)
def add_number(input: V, number: float) -> V:
    """``input + number`` for floating dtypes."""
    return input + number


@elementwise(node="SubBackward1", input=lambda grad: grad)
def sub_number(input: V, number: float) -> V:
    """``input - number`` for floating dtypes."""
    return input - number


@elementwise(node="MulBackward1", input=lambda grad, number: grad * number)
def mul_number(input: V, number: float) -> V:
    """``input * number`` for floating dtypes."""
    return input * number


@elementwise(node="DivBackward1", input=lambda grad, number: grad / number)
def div_number(input: V, number: float) -> V:
    """``input / number`` for floating dtypes."""
    return input / number
