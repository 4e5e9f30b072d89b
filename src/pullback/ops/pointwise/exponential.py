"""Exponentials and logarithms."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.vocabulary import cast
from pullback.graph.operands import promote, to_float
from pullback.graph.operator import elementwise, general
from pullback.ops.pointwise.kinds import COMPLEX, REAL, WHOLE, unsupported, wide
from pullback.ops.typing import V
from pullback.return_types import return_type

_INT32 = np.dtype(np.int32)
LN2 = 0.6931471805599453
LN10 = 2.302585092994046


@elementwise(floats=True, input=lambda grad, result: grad * result)
def exp(input: V) -> V:
    """``e ** input``. Integers become floats.

    >>> import pullback as torch
    >>> torch.exp(torch.tensor([0., 1.]))
    tensor([1.0000, 2.7183])
    """
    return np.exp(input)


@elementwise(floats=True, input=lambda grad, result: grad * result * LN2)
def exp2(input: V) -> V:
    """``2 ** input``. Integers become floats."""
    return np.exp2(input)


@elementwise(floats=True, input=lambda grad, input: grad * np.exp(input))  # result + 1 is lost where result is -1
def expm1(input: V) -> V:
    """``exp(input) - 1``, exact near 0. Integers become floats."""
    return np.expm1(input)


@elementwise(floats=True, input=lambda grad, input: grad / input)
def log(input: V) -> V:
    """Natural logarithm; -inf at 0, NaN below (for real dtypes). Integers become floats.

    >>> import pullback as torch
    >>> torch.log(torch.tensor([1., 0., -1.]))
    tensor([0., -inf, nan])
    """
    return np.log(input)


@elementwise(floats=True, input=lambda grad, input: grad / (input * LN2))
def log2(input: V) -> V:
    """Logarithm to base 2, see `log`."""
    return np.log2(input)


@elementwise(floats=True, input=lambda grad, input: grad / (input * LN10))
def log10(input: V) -> V:
    """Logarithm to base 10, see `log`."""
    return np.log10(input)


@elementwise(node="Log1PBackward0", floats=True, input=lambda grad, input: grad / (input + 1))
def log1p(input: V) -> V:
    """``log(1 + input)``, exact near 0. Integers become floats."""
    return np.log1p(input)


@elementwise(
    promotes=(),
    input=lambda grad, other: grad * np.exp2(other),
    other=lambda grad, result: grad * result * LN2,
)
def ldexp(input: V, other: V) -> V:
    """``input * 2 ** other``. Shapes broadcast, dtypes promote, integers become floats.

    Real numbers take integers `other` as their exponents; else the power is rounded to the dtype of `other`.

    >>> import pullback as torch
    >>> torch.ldexp(torch.tensor([1.5]), torch.tensor([2]))
    tensor([6.])
    """
    if input.dtype in REAL and other.dtype in WHOLE:
        if other.dtype.kind == "b":
            raise unsupported("ldexp_cpu_exp", other.dtype)
        return cast(np.ldexp(wide(input), cast(np.clip(other, -5000, 5000), _INT32)), input.dtype)
    if input.dtype in COMPLEX:
        other = cast(to_float(other), input.dtype)
    input, power = promote(input, np.exp2(to_float(other)))
    return input * power


@general(
    node="FrexpBackward0",
    outputs=2,
    uses=(1,),
    input=lambda grad, results: grad * np.exp2(-cast(results[1], results[0].dtype)),
)
def _frexp(input: V) -> V:
    if input.dtype in WHOLE or input.dtype in COMPLEX:
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return np.frexp(input)


def frexp(input: V, *, out: Any = None) -> Any:
    """Mantissa in [1/2, 1) and int32 exponent, so that ``input == mantissa * 2 ** exponent``.

    >>> import pullback as torch
    >>> torch.frexp(torch.tensor([12.]))
    torch.return_types.frexp(
    mantissa=tensor([0.7500]),
    exponent=tensor([4], dtype=torch.int32))
    """
    return return_type("frexp", "mantissa", "exponent")(*_frexp(input, out=out))
