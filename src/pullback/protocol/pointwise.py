"""NumPy's element-by-element functions on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import masks, quotients, signs as raw_signs, special as raw_special
from pullback.graph.operator import elementwise
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.pointwise import (
    arithmetic,
    bessel,
    choice,
    comparison,
    complexes,
    division,
    exponential,
    extrema,
    gamma,
    hyperbolic,
    logarithmic,
    logic,
    powers,
    rounding,
    signs,
    smooth,
    special,
    trigonometry,
)
from pullback.ops.typing import V


def _tensors(operator: Any) -> Any:
    """`operator` on operands of which one may be a number, where it takes tensors only."""

    def run(first: Any, second: Any) -> Any:
        if not isinstance(second, TensorBase):
            second = wrap(np.asarray(second, first._array.dtype))
        elif not isinstance(first, TensorBase):
            first = wrap(np.asarray(first, second._array.dtype))
        return operator(first, second)

    return run


@elementwise(promotes=(), array=lambda grad, mask: masks.keep(grad, mask))
def _keep(array: V, mask: V) -> V:
    return masks.keep(array, mask)


@elementwise(promotes=(), array=lambda grad, mask: masks.drop(grad, mask))
def _drop(array: V, mask: V) -> V:
    return masks.drop(array, mask)


@elementwise(
    promotes=(),
    node="ThresholdBackwardBackward0",
    grad_output=lambda grad, input, threshold: masks.threshold_backward(grad, input, threshold),
    input=lambda grad, input: np.zeros_like(input),
)
def threshold_backward(grad_output: V, input: V, threshold: float) -> V:
    """The gradient of `threshold` and `relu`."""
    return masks.threshold_backward(grad_output, input, threshold)


@elementwise(
    promotes=(),
    node="HardtanhBackwardBackward0",
    grad_output=lambda grad, input, min_val, max_val: masks.hardtanh_backward(grad, input, min_val, max_val),
    input=lambda grad, input: np.zeros_like(input),
)
def hardtanh_backward(grad_output: V, input: V, min_val: float, max_val: float) -> V:
    """The gradient of `hardtanh`."""
    return masks.hardtanh_backward(grad_output, input, min_val, max_val)


def _subtract(first: Any, second: Any) -> Any:
    return arithmetic.sub(first, second) if isinstance(first, TensorBase) else arithmetic.rsub(second, first)


def _divide(first: Any, second: Any) -> Any:
    if isinstance(first, TensorBase):
        return arithmetic.true_divide(first, second)
    return arithmetic.mul(arithmetic.reciprocal(second), first)


def _commuting(operator: Any) -> Any:
    return lambda first, second: operator(first, second) if isinstance(first, TensorBase) else operator(second, first)


def _floor_divide(first: Any, second: Any) -> Any:
    if isinstance(first, TensorBase):
        return division.div(first, second, rounding_mode="floor")
    return rounding.floor(_divide(first, second))


def _truncated_quotient(first: Any, second: Any) -> Any:
    return division.div(first, second, rounding_mode="trunc")


def _compared(operator: Any, mirrored: Any) -> Any:
    return lambda first, second: operator(first, second) if isinstance(first, TensorBase) else mirrored(second, first)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    return extrema.clamp(a, a_min if min is None else min, a_max if max is None else max)


def _round(a: Any, decimals: int = 0) -> Any:
    return rounding.round(a, decimals=decimals)


def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    return choice.nan_to_num(x, nan, posinf, neginf)


UFUNCS: dict[Any, Any] = {
    np.add: _commuting(arithmetic.add),
    np.subtract: _subtract,
    np.multiply: _commuting(arithmetic.mul),
    np.true_divide: _divide,
    np.floor_divide: _floor_divide,
    np.remainder: division.remainder,
    np.fmod: _tensors(division.fmod),
    np.negative: arithmetic.neg,
    np.positive: arithmetic.positive,
    np.reciprocal: arithmetic.reciprocal,
    np.power: powers.pow,
    np.float_power: powers.float_power,
    np.square: powers.square,
    np.sqrt: powers.sqrt,
    np.exp: exponential.exp,
    np.exp2: exponential.exp2,
    np.expm1: exponential.expm1,
    np.log: exponential.log,
    np.log2: exponential.log2,
    np.log10: exponential.log10,
    np.log1p: exponential.log1p,
    np.ldexp: _tensors(exponential.ldexp),
    np.frexp: exponential.frexp,
    np.gcd: _tensors(logic.gcd),
    np.lcm: _tensors(logic.lcm),
    np.logaddexp: _tensors(logarithmic.logaddexp),
    np.logaddexp2: _tensors(logarithmic.logaddexp2),
    np.sin: trigonometry.sin,
    np.cos: trigonometry.cos,
    np.tan: trigonometry.tan,
    np.arcsin: trigonometry.asin,
    np.arccos: trigonometry.acos,
    np.arctan: trigonometry.atan,
    np.arctan2: _tensors(trigonometry.atan2),
    np.hypot: _tensors(trigonometry.hypot),
    np.deg2rad: trigonometry.deg2rad,
    np.radians: trigonometry.deg2rad,
    np.rad2deg: trigonometry.rad2deg,
    np.degrees: trigonometry.rad2deg,
    np.sinh: hyperbolic.sinh,
    np.cosh: hyperbolic.cosh,
    np.tanh: hyperbolic.tanh,
    np.arcsinh: hyperbolic.asinh,
    np.arccosh: hyperbolic.acosh,
    np.arctanh: hyperbolic.atanh,
    np.absolute: signs.abs,
    np.fabs: signs.abs,
    np.sign: signs.sgn,
    np.signbit: signs.signbit,
    np.copysign: _tensors(signs.copysign),
    np.nextafter: _tensors(signs.nextafter),
    np.heaviside: _tensors(signs.heaviside),
    np.floor: rounding.floor,
    np.ceil: rounding.ceil,
    np.trunc: rounding.trunc,
    np.rint: rounding.round,
    np.conjugate: complexes.conj_physical,
    np.maximum: _tensors(extrema.maximum),
    np.minimum: _tensors(extrema.minimum),
    np.fmax: _tensors(extrema.fmax),
    np.fmin: _tensors(extrema.fmin),
    np.isnan: comparison.isnan,
    np.isinf: comparison.isinf,
    np.isfinite: comparison.isfinite,
    np.equal: _commuting(comparison.eq),
    np.not_equal: _commuting(comparison.ne),
    np.less: _compared(comparison.lt, comparison.gt),
    np.less_equal: _compared(comparison.le, comparison.ge),
    np.greater: _compared(comparison.gt, comparison.lt),
    np.greater_equal: _compared(comparison.ge, comparison.le),
    np.logical_and: _tensors(logic.logical_and),
    np.logical_or: _tensors(logic.logical_or),
    np.logical_xor: _tensors(logic.logical_xor),
    np.logical_not: logic.logical_not,
    np.bitwise_and: logic.bitwise_and,
    np.bitwise_or: logic.bitwise_or,
    np.bitwise_xor: logic.bitwise_xor,
    np.invert: logic.bitwise_not,
    np.left_shift: logic.bitwise_left_shift,
    np.cbrt: lambda x: np.sign(x) * np.abs(x) ** (1 / 3),
    np.divmod: lambda a, b: (np.floor_divide(a, b), np.remainder(a, b)),
    np.modf: lambda x: (x - np.trunc(x), np.trunc(x)),
    np.right_shift: logic.bitwise_right_shift,
}

FUNCTIONS: dict[Any, Any] = {
    masks.keep: _keep,
    masks.drop: _drop,
    masks.hardtanh_backward: hardtanh_backward,
    masks.threshold_backward: threshold_backward,
    quotients.truncated_quotient: _truncated_quotient,
    raw_signs.sign_of: signs.sgn,
    raw_special.sigmoid: smooth.sigmoid,
    raw_special.erf: special.erf,
    raw_special.erfc: special.erfc,
    raw_special.erfinv: special.erfinv,
    raw_special.erfcx: special.erfcx,
    raw_special.ndtri: special.ndtri,
    raw_special.lgamma: gamma.lgamma,
    raw_special.digamma: gamma.digamma,
    raw_special.polygamma: gamma.polygamma_at,
    raw_special.zeta: gamma.zeta,
    raw_special.gammainc: gamma.igamma,
    raw_special.gammaincc: gamma.igammac,
    raw_special.i0: bessel.i0,
    raw_special.i0e: bessel.i0e,
    raw_special.i1: bessel.i1,
    raw_special.i1e: bessel.i1e,
    np.where: choice.where,
    np.clip: _clip,
    np.round: _round,
    np.nan_to_num: _nan_to_num,
    np.sinc: trigonometry.sinc,
    np.angle: complexes.angle,
    np.real: complexes.real,
    np.imag: complexes.imag,
    np.isclose: comparison.isclose,
    np.allclose: comparison.allclose,
    np.array_equal: comparison.equal,
}
