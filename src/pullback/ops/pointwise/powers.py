"""Powers and roots."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.masks import drop
from pullback.arrays.vocabulary import cast, zeros_like
from pullback.graph.inplace import in_place, spoken
from pullback.graph.operands import NUMBERS
from pullback.graph.operator import elementwise
from pullback.graph.out import store
from pullback.graph.tensor_base import TensorBase
from pullback.ops.creation.casts import convert
from pullback.ops.pointwise.calling import no_overload, overload_of
from pullback.ops.pointwise.kinds import COMPLEX, NUMERIC, REAL, WHOLE, beside, beside_exactly, unsupported
from pullback.ops.typing import Scalar, V

_NEGATIVE = "Integers to negative integer powers are not allowed."

FLOAT16 = np.dtype(np.float16)

# What is exact and many times faster than a general power; PyTorch's too, but for float16.
_SHORT = {
    0.5: np.sqrt,
    -0.5: lambda x: 1 / np.sqrt(x),
    -1: lambda x: 1 / x,
    -2: lambda x: 1 / (x * x),
}


def _by_number(grad: Any, input: Any, exponent: Any) -> Any:
    if exponent == 2:
        return grad * (input + input)  # twice as fast as a product with the number 2, and as exact
    if exponent == 0:
        return zeros_like(grad)
    short = _SHORT.get(exponent - 1) if input.__class__ is np.ndarray else None
    return grad * ((short(input) if short and input.dtype != FLOAT16 else input ** (exponent - 1)) * exponent)


@overload_of("pow")
@elementwise(node="PowBackward0", promotes=(), input=_by_number)
def _pow_number(input: V, exponent: Scalar) -> V:
    """`input` to the power of a number."""
    if input.dtype not in WHOLE:
        if exponent == 2:
            return input * input
        if exponent == 3:
            return input * input * input
        short = _SHORT.get(exponent)
        if short is not None and input.dtype != FLOAT16:
            return short(input)
    input, power = beside_exactly(input, exponent)
    if input.dtype in WHOLE:
        if exponent < 0:
            raise RuntimeError(_NEGATIVE)
        if input.dtype.kind == "b":
            return input | (not exponent)
    return np.power(input, power) if input.dtype == FLOAT16 else input**power  # `**` is sqrt for 0.5 before NumPy 2.3


def _real(x: Any) -> Any:
    return np.real(x) if x.dtype.kind == "c" else x


def _by_exponent(grad: Any, input: Any, exponent: Any, result: Any) -> Any:
    if exponent.dtype.kind == "c" and input.dtype.kind != "c":
        input = cast(input, exponent.dtype)  # the logarithm of a negative number is complex
    return drop(grad * (result * np.log(input)), (input == 0) & (_real(exponent) >= 0))


@overload_of("pow")
@elementwise(
    node="PowBackward1",
    input=lambda grad, input, exponent: drop(grad * (exponent * input ** (exponent - 1)), exponent == 0),
    exponent=_by_exponent,
)
def _pow(input: V, exponent: V) -> V:
    return input**exponent if input.dtype in REAL else _unreal_power(input, exponent)


def _unreal_power(base: Any, exponent: Any) -> Any:
    """Of integers, or of complex numbers: ``exp(exponent * log(base))``, which is no number for ``0 ** 0``."""
    return _whole_power(base, exponent) if base.dtype in WHOLE else np.exp(exponent * np.log(base))


def _whole_power(base: Any, exponent: Any) -> Any:
    """Integer power; a negative exponent gives the quotient rounded to zero: 0 unless the base is 1 or -1."""
    if base.dtype.kind == "b":
        raise unsupported("pow", base.dtype)
    if base.dtype.kind == "u":
        return base**exponent
    negative = exponent < 0
    power = base ** (exponent * ~negative)
    unit = (base == 1) | (base == -1)
    return np.where(negative, (base ** (exponent & 1)) * unit, power)


def _of_number(grad: Any, input: Any, exponent: Any, result: Any) -> Any:
    base = complex(input) if exponent.dtype.kind == "c" else input
    logarithm = np.log(base).item()  # a Python number, which leaves the dtype of an array alone
    if input == 0:
        return grad * np.where(_real(exponent) >= 0, 0.0, -np.inf)
    return grad * (result * logarithm)


@overload_of("pow")
@elementwise(node="PowBackward2", promotes=(), exponent=_of_number)
def pow_of_number(input: Scalar, exponent: V) -> V:
    """A number to the power of `exponent`."""
    exponent, base = beside(exponent, input)
    if exponent.dtype in REAL:
        return base**exponent
    return zeros_like(exponent) + base if input == 1 and exponent.dtype in COMPLEX else _unreal_power(base, exponent)


def pow(input: V | Scalar, exponent: V | Scalar, *, out: Any = None) -> V:
    """`input` to the power of `exponent`, element by element; one of them may be a number.

    Shapes broadcast, dtypes promote. Integers stay integers: for a negative exponent given as a number
    ``RuntimeError``. The derivative of ``x ** 0`` is 0 everywhere, and so is that of ``0 ** y`` where ``y >= 0``.

    >>> import pullback as torch
    >>> torch.pow(torch.tensor([1., 2., 3.]), 2), 2 ** torch.tensor([1, 2, 3])
    (tensor([1., 4., 9.]), tensor([2, 4, 8]))
    """
    if isinstance(exponent, NUMERIC):
        if isinstance(input, NUMERIC):
            raise no_overload("pow", input, exponent)
        return _pow_number(input, exponent, out=out)
    return (pow_of_number if isinstance(input, NUMERIC) else _pow)(input, exponent, out=out)


def pow_operator(input: Any, exponent: Any) -> Any:
    """``input ** exponent``; what no overload takes is left to the other operand."""
    if exponent.__class__ in NUMBERS:
        return _pow_number(input, exponent)
    try:
        return pow(input, exponent)
    except TypeError:
        return NotImplemented


def float_power(input: V | Scalar, exponent: V | Scalar, *, out: Any = None) -> V:
    """`pow` computed in double precision (complex128 if an operand is complex), which is the dtype of the result.

    >>> import pullback as torch
    >>> torch.float_power(torch.tensor([1, 2]), -1)
    tensor([1.0000, 0.5000], dtype=torch.float64)
    """
    if isinstance(input, NUMERIC) and isinstance(exponent, NUMERIC):
        raise no_overload("float_power", input, exponent)
    dtype = dtypes.complex128 if _is_complex(input) or _is_complex(exponent) else dtypes.float64
    result = pow(_in_double(input, dtype), _in_double(exponent, dtype))
    return result if out is None else store("float_power", out, result)


def _is_complex(value: Any) -> bool:
    return value.dtype.kind == "c" if hasattr(value, "dtype") else isinstance(value, complex)


def _in_double(value: Any, dtype: Any) -> Any:
    if isinstance(value, TensorBase):
        return convert(value, dtype)
    return complex(value) if dtype is dtypes.complex128 else float(value)


def float_power_(input: V, exponent: V | Scalar) -> V:
    """`float_power` in place, for tensors of double precision; ``RuntimeError`` for others."""
    wanted = dtypes.complex128 if _is_complex(input) or _is_complex(exponent) else dtypes.float64
    if input._array.dtype != wanted.numpy:
        names = {"float64": "Double", "complex128": "ComplexDouble"}
        raise RuntimeError(
            f"the base given to float_power_ has dtype {spoken(input._array.dtype)} but the operation's result "
            f"requires dtype {names[wanted.name]}"
        )
    return _float_power_in_place(input, exponent)


def square(input: V, *, out: Any = None) -> V:
    """``input * input``; the dtype is kept, booleans become int64.

    >>> import pullback as torch
    >>> torch.square(torch.tensor([-2., 3.]))
    tensor([4., 9.])
    """
    return _pow_number(input, 2, out=out)


@elementwise(floats=True, input=lambda grad, result: grad / (result + result))
def sqrt(input: V) -> V:
    """Square root; NaN for negative numbers, integers become floats. The derivative at 0 is infinite.

    >>> import pullback as torch
    >>> torch.sqrt(torch.tensor([4., -1.]))
    tensor([2., nan])
    """
    return np.sqrt(input)


@elementwise(floats=True, input=lambda grad, result: -0.5 * grad * result * result * result)
def rsqrt(input: V) -> V:
    """``1 / sqrt(input)``; integers become floats.

    >>> import pullback as torch
    >>> torch.rsqrt(torch.tensor([4., 0.25]))
    tensor([0.5000, 2.0000])
    """
    return 1 / np.sqrt(input)


_float_power_in_place = in_place(float_power)
