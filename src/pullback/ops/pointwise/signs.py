"""Absolute values and signs."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.masks import drop
from pullback.arrays.signs import sign_of
from pullback.arrays.vocabulary import cast, zeros_like
from pullback.graph.operator import elementwise, nondifferentiable
from pullback.ops.pointwise.calling import overload_of
from pullback.ops.pointwise.kinds import COMPLEX, NUMERIC, WHOLE, beside, unsupported
from pullback.ops.typing import Scalar, V

_HALF = np.dtype("f2")


@elementwise(holomorphic=False, input=lambda grad, input: grad * sign_of(input))
def abs(input: V) -> V:
    """Absolute value; of a complex number its modulus, which is real. The derivative at 0 is 0.

    >>> import pullback as torch
    >>> torch.abs(torch.tensor([-1.5, 2.])), torch.abs(torch.tensor([3 + 4j]))
    (tensor([1.5000, 2.0000]), tensor([5.]))
    """
    if input.dtype.kind == "b":
        raise unsupported("abs_cpu", input.dtype)
    size = np.absolute(input)
    return cast(size, _HALF) if input.dtype.kind == "W" else size


def abs_in_place(input: V) -> V:
    """`abs`, but ``RuntimeError`` for complex numbers, which have no place for their modulus."""
    if input.dtype.kind == "c":
        raise RuntimeError("In-place abs is not supported for complex tensors.")
    return abs(input)


@elementwise(input=lambda grad: zeros_like(grad))
def sign(input: V) -> V:
    """-1, 0 or 1 by the sign of `input`, in its dtype; 0 for NaN. For complex numbers see `sgn`."""
    if input.dtype in COMPLEX:
        raise NotImplementedError(
            "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."
        )
    return sign_of(input)


def _sgn_rule(grad: Any, input: Any, result: Any) -> Any:
    if input.dtype.kind != "c":
        return zeros_like(grad)
    modulus = np.absolute(input)
    safe = modulus + (modulus == 0)
    turned = np.conjugate(grad) * result  # its real part is what stretches, not turns
    return drop((grad - np.real(turned) * result) / safe, modulus == 0)


@elementwise(
    holomorphic=False,
    input=_sgn_rule,
    jvp=lambda d_input, input, result: _sgn_rule(d_input, input, result),  # its Jacobian is symmetric
)
def sgn(input: V) -> V:
    """`sign`; for a complex number the number on the unit circle in its direction, 0 at 0.

    >>> import pullback as torch
    >>> torch.sgn(torch.tensor([3 + 4j, 0j]))
    tensor([0.6000+0.8000j, 0.0000+0.0000j])
    """
    return sign_of(input)


@nondifferentiable()
def signbit(input: V) -> V:
    """Whether the sign bit is set: true for -0.0, unlike ``input < 0``."""
    if input.dtype in COMPLEX:
        raise NotImplementedError("signbit is not implemented for complex tensors.")
    return input < 0 if input.dtype.kind in "biu" else np.signbit(input)


def _copied(grad: Any, input: Any, result: Any) -> Any:
    return drop(grad * (result / (input + (input == 0))), input == 0)


@overload_of("copysign")
@elementwise(node="CopysignBackward0", floats=True, input=_copied, other=lambda grad: zeros_like(grad))
def _copysign(input: V, other: V) -> V:
    if input.dtype in COMPLEX:
        raise unsupported("copysign_cpu", input.dtype)
    return np.copysign(input, other)


@overload_of("copysign")
@elementwise(node="CopysignBackward1", floats=True, promotes=("input",), input=_copied)
def _copysign_of_number(input: V, other: Scalar) -> V:
    if input.dtype in COMPLEX or isinstance(other, complex):
        raise unsupported("copysign_cpu", input.dtype)
    return np.copysign(*beside(input, other))


def copysign(input: V, other: V | Scalar, *, out: Any = None) -> V:
    """The absolute value of `input` with the sign of `other`. Integers become floats; shapes broadcast.

    >>> import pullback as torch
    >>> torch.copysign(torch.tensor([1., 2.]), -0.0)
    tensor([-1., -2.])
    """
    return (_copysign_of_number if isinstance(other, NUMERIC) else _copysign)(input, other, out=out)


@elementwise(input=lambda grad, input, other: drop(grad, input == other), other=lambda grad: zeros_like(grad))
def nextafter(input: V, other: V) -> V:
    """The next floating-point number after `input` towards `other`. Floating dtypes; shapes broadcast."""
    if input.dtype in WHOLE or input.dtype in COMPLEX:
        raise unsupported("nextafter_cpu", input.dtype)
    return np.nextafter(input, other)


def _heaviside_missing(grad: Any) -> Any:
    raise RuntimeError("derivative for aten::heaviside is not implemented")


@elementwise(node="NotImplemented", promotes=(), input=_heaviside_missing, values=_heaviside_missing)
def heaviside(input: V, values: V) -> V:
    """0 below 0, 1 above, `values` at 0. Both of one real dtype; shapes broadcast."""
    if input.dtype != values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    if input.dtype in COMPLEX:
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    return np.where(input == 0, values, cast(input > 0, input.dtype))
