"""Logic on truth values, on the bits of integers and on their divisors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.masks import drop
from pullback.graph.operator import nondifferentiable
from pullback.ops.pointwise.calling import numbers_first
from pullback.ops.pointwise.kinds import WHOLE, unsupported
from pullback.ops.typing import Scalar, V


@nondifferentiable(promotes=True)
def logical_and(input: V, other: V) -> V:
    """Whether both are nonzero. Any dtypes; booleans; shapes broadcast.

    >>> import pullback as torch
    >>> torch.logical_and(torch.tensor([0, 2]), torch.tensor([1., 1.]))
    tensor([False,  True])
    """
    return (input != 0) & (other != 0)


@nondifferentiable(promotes=True)
def logical_or(input: V, other: V) -> V:
    """Whether at least one is nonzero, as booleans."""
    return (input != 0) | (other != 0)


@nondifferentiable(promotes=True)
def logical_xor(input: V, other: V) -> V:
    """Whether exactly one is nonzero, as booleans."""
    return (input != 0) ^ (other != 0)


@nondifferentiable()
def logical_not(input: V) -> V:
    """Whether an element is zero, as booleans."""
    return input == 0


def _bits(kernel: str, array: Any) -> None:
    if array.dtype not in WHOLE:
        raise unsupported(kernel, array.dtype)


@numbers_first(both=False)
@nondifferentiable(promotes=True)
def bitwise_and(input: V, other: V | Scalar) -> V:
    """``input & other``: of integers bit by bit, of booleans as logic. ``NotImplementedError`` for other dtypes.

    >>> import pullback as torch
    >>> torch.tensor([5, 6]) & 3
    tensor([1, 2])
    """
    _bits("bitwise_and_cpu", input)
    return input & other


@numbers_first(both=False)
@nondifferentiable(promotes=True)
def bitwise_or(input: V, other: V | Scalar) -> V:
    """``input | other``, see `bitwise_and`."""
    _bits("bitwise_or_cpu", input)
    return input | other


@numbers_first(both=False)
@nondifferentiable(promotes=True)
def bitwise_xor(input: V, other: V | Scalar) -> V:
    """``input ^ other``, see `bitwise_and`."""
    _bits("bitwise_xor_cpu", input)
    return input ^ other


@nondifferentiable()
def bitwise_not(input: V) -> V:
    """``~input``, see `bitwise_and`."""
    _bits("bitwise_not_cpu", input)
    return ~input


def invert(input: V) -> V:
    """The method behind ``~``: `bitwise_not`, with Python's ``TypeError`` for other dtypes."""
    if input._array.dtype not in WHOLE:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return bitwise_not(input)


def _integers(kernel: str, array: Any) -> None:
    if array.dtype not in WHOLE or array.dtype.kind == "b":
        raise unsupported(kernel, array.dtype)


@numbers_first(both=False)
@nondifferentiable(promotes=True)
def bitwise_left_shift(input: V, other: V | Scalar) -> V:
    """``input << other`` on integers; 0 where `other` is negative or shifts every bit out.

    >>> import pullback as torch
    >>> torch.tensor([1, 3]) << 2
    tensor([ 4, 12])
    """
    _integers("lshift_cpu", input)
    bits = 8 * input.dtype.itemsize
    outside = (other < 0) | (other >= bits)
    return drop(input << (other * ~outside), outside)


@numbers_first(both=False)
@nondifferentiable(promotes=True)
def bitwise_right_shift(input: V, other: V | Scalar) -> V:
    """``input >> other`` on integers, keeping the sign; too far a shift leaves 0, or -1 of a negative number."""
    _integers("rshift_cpu", input)
    most = 8 * input.dtype.itemsize - 1
    outside = (other < 0) | (other > most)
    shifted = input >> np.where(outside, most, other)
    return drop(shifted, outside) if input.dtype.kind == "u" else shifted


@nondifferentiable(promotes=True)
def gcd(input: V, other: V) -> V:
    """Greatest common divisor of integers, not negative; ``gcd(0, 0)`` is 0.

    >>> import pullback as torch
    >>> torch.gcd(torch.tensor([12, -9]), torch.tensor([18, 6]))
    tensor([6, 3])
    """
    _integers("gcd_cpu", input)
    return np.gcd(input, other)


@nondifferentiable(promotes=True)
def lcm(input: V, other: V) -> V:
    """Least common multiple of integers, not negative; 0 if one of them is."""
    _integers("lcm_cpu", input)
    return np.lcm(input, other)
