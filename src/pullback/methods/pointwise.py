"""Element-by-element methods and Python's arithmetic, comparison and bit operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pullback.later import later
from pullback.methods.dunder import augmented, dunder, reflected
from pullback.ops.pointwise import (
    activation,
    arithmetic,
    choice,
    comparison,
    complexes,
    division,
    exponential,
    extrema,
    hyperbolic,
    inplace,
    logic,
    powers,
    rounding,
    signs,
    smooth,
    trigonometry,
)

if TYPE_CHECKING:
    from pullback.ops.pointwise import bessel, gamma, gated, inplace_rarer, logarithmic, special
else:
    bessel, gamma, gated, inplace_rarer, logarithmic, special = later(
        "pullback.ops.pointwise", "bessel gamma gated inplace_rarer logarithmic special"
    )


class ArithmeticMethods:
    """Sums, products, quotients, powers and the operators for them."""

    __slots__ = ()

    add = arithmetic.add
    sub = subtract = arithmetic.sub
    mul = multiply = arithmetic.mul
    div = divide = division.div
    true_divide = arithmetic.true_divide
    floor_divide = division.floor_divide
    remainder = division.remainder
    fmod = division.fmod
    neg = negative = arithmetic.neg
    positive = arithmetic.positive
    reciprocal = arithmetic.reciprocal
    pow = powers.pow
    float_power = powers.float_power
    square = powers.square
    sqrt = powers.sqrt
    rsqrt = powers.rsqrt
    addcmul = arithmetic.addcmul
    addcdiv = arithmetic.addcdiv
    lerp = choice.lerp
    ldexp = exponential.ldexp
    frexp = exponential.frexp

    add_ = inplace.add_
    sub_ = subtract_ = inplace.sub_
    mul_ = multiply_ = inplace.mul_
    div_ = divide_ = inplace.div_
    true_divide_ = inplace.true_divide_
    floor_divide_ = inplace.floor_divide_
    remainder_ = inplace.remainder_
    fmod_ = inplace.fmod_
    neg_ = negative_ = inplace.neg_
    reciprocal_ = inplace.reciprocal_
    pow_ = inplace.pow_
    float_power_ = powers.float_power_
    square_ = inplace.square_
    sqrt_ = inplace.sqrt_
    rsqrt_ = inplace.rsqrt_
    addcmul_ = inplace.addcmul_
    addcdiv_ = inplace.addcdiv_
    lerp_ = inplace.lerp_
    ldexp_ = inplace.ldexp_

    __add__ = __radd__ = dunder(arithmetic.add)
    __sub__ = dunder(arithmetic.sub)
    __rsub__ = dunder(arithmetic.rsub)
    __mul__ = __rmul__ = dunder(arithmetic.mul)
    __truediv__ = __div__ = dunder(arithmetic.true_divide)
    __floordiv__ = dunder(division.floor_divide)
    __rfloordiv__ = dunder(reflected(division.floor_divide))
    __mod__ = dunder(division.remainder)
    __rmod__ = dunder(reflected(division.remainder))
    __pow__ = powers.pow_operator
    __rpow__ = dunder(reflected(powers.pow))
    __neg__ = arithmetic.neg
    __pos__ = arithmetic.positive
    __abs__ = signs.abs

    @dunder
    def __rtruediv__(self, other: Any) -> Any:
        return arithmetic.mul(self.reciprocal(), other)

    __rdiv__ = __rtruediv__

    __iadd__ = augmented(inplace.add_, np.add)
    __isub__ = augmented(inplace.sub_, np.subtract)
    __imul__ = augmented(inplace.mul_, np.multiply)
    __itruediv__ = __idiv__ = augmented(inplace.true_divide_, np.true_divide)
    __ifloordiv__ = dunder(inplace.floor_divide_)
    __imod__ = dunder(inplace.remainder_)
    __ipow__ = dunder(inplace.pow_)


class FunctionMethods:
    """Functions of one element: exponentials, angles, roundings, signs, special functions."""

    __slots__ = ()

    exp, exp_ = exponential.exp, inplace.exp_
    exp2, exp2_ = exponential.exp2, inplace.exp2_
    expm1, expm1_ = exponential.expm1, inplace.expm1_
    log, log_ = exponential.log, inplace.log_
    log2, log2_ = exponential.log2, inplace.log2_
    log10, log10_ = exponential.log10, inplace.log10_
    log1p, log1p_ = exponential.log1p, inplace.log1p_
    logaddexp = logarithmic.logaddexp
    logaddexp2 = logarithmic.logaddexp2
    xlogy, xlogy_ = logarithmic.xlogy, inplace_rarer.xlogy_

    sin, sin_ = trigonometry.sin, inplace.sin_
    cos, cos_ = trigonometry.cos, inplace.cos_
    tan, tan_ = trigonometry.tan, inplace.tan_
    asin = arcsin = trigonometry.asin
    acos = arccos = trigonometry.acos
    atan = arctan = trigonometry.atan
    atan2 = arctan2 = trigonometry.atan2
    asin_ = arcsin_ = inplace.asin_
    acos_ = arccos_ = inplace.acos_
    atan_ = arctan_ = inplace.atan_
    atan2_ = arctan2_ = inplace.atan2_
    hypot, hypot_ = trigonometry.hypot, inplace.hypot_
    sinc, sinc_ = trigonometry.sinc, inplace.sinc_
    deg2rad, deg2rad_ = trigonometry.deg2rad, inplace.deg2rad_
    rad2deg, rad2deg_ = trigonometry.rad2deg, inplace.rad2deg_

    sinh, sinh_ = hyperbolic.sinh, inplace.sinh_
    cosh, cosh_ = hyperbolic.cosh, inplace.cosh_
    tanh, tanh_ = hyperbolic.tanh, inplace.tanh_
    asinh = arcsinh = hyperbolic.asinh
    acosh = arccosh = hyperbolic.acosh
    atanh = arctanh = hyperbolic.atanh
    asinh_ = arcsinh_ = inplace.asinh_
    acosh_ = arccosh_ = inplace.acosh_
    atanh_ = arctanh_ = inplace.atanh_

    abs = absolute = signs.abs
    abs_ = absolute_ = inplace.abs_
    sign, sign_ = signs.sign, inplace.sign_
    sgn, sgn_ = signs.sgn, inplace.sgn_
    signbit = signs.signbit
    copysign, copysign_ = signs.copysign, inplace.copysign_
    nextafter, nextafter_ = signs.nextafter, inplace.nextafter_
    heaviside, heaviside_ = signs.heaviside, inplace.heaviside_
    ceil, ceil_ = rounding.ceil, inplace.ceil_
    floor, floor_ = rounding.floor, inplace.floor_
    round, round_ = rounding.round, inplace.round_
    trunc = fix = rounding.trunc
    trunc_ = fix_ = inplace.trunc_
    frac, frac_ = rounding.frac, inplace.frac_

    real = property(complexes.real, complexes.set_real)
    imag = property(complexes.imag, complexes.set_imag)
    angle = complexes.angle
    conj, _neg_view = complexes.conj, complexes._neg_view
    conj_physical, conj_physical_ = complexes.conj_physical, inplace.conj_physical_
    resolve_conj = complexes.resolve_conj
    resolve_neg = complexes.resolve_neg

    erf, erf_ = special.erf, inplace_rarer.erf_
    erfc, erfc_ = special.erfc, inplace_rarer.erfc_
    erfinv, erfinv_ = special.erfinv, inplace_rarer.erfinv_
    lgamma, lgamma_ = gamma.lgamma, inplace_rarer.lgamma_
    digamma, digamma_ = gamma.digamma, inplace_rarer.digamma_
    polygamma, polygamma_ = gamma.polygamma_method, inplace_rarer.polygamma_
    mvlgamma, mvlgamma_ = gamma.mvlgamma, inplace_rarer.mvlgamma_
    igamma, igamma_ = gamma.igamma, inplace_rarer.igamma_
    igammac, igammac_ = gamma.igammac, inplace_rarer.igammac_
    i0, i0_ = bessel.i0, inplace_rarer.i0_
    logit, logit_ = special.logit, inplace_rarer.logit_

    relu, relu_ = activation.relu, inplace.relu_
    hardshrink = activation.hardshrink
    prelu = gated.prelu
    sigmoid, sigmoid_ = smooth.sigmoid, inplace.sigmoid_


class ChoiceMethods:
    """Bounds, comparisons, logic, bits."""

    __slots__ = ()

    clamp = clip = extrema.clamp
    clamp_ = clip_ = inplace.clamp_
    clamp_min, clamp_min_ = extrema.clamp_min, inplace.clamp_min_
    clamp_max, clamp_max_ = extrema.clamp_max, inplace.clamp_max_
    maximum = extrema.maximum
    minimum = extrema.minimum
    fmax = extrema.fmax
    fmin = extrema.fmin
    where = choice.where_method
    nan_to_num, nan_to_num_ = choice.nan_to_num, inplace.nan_to_num_

    eq, eq_ = comparison.eq, inplace_rarer.eq_
    ne = not_equal = comparison.ne
    lt = less = comparison.lt
    le = less_equal = comparison.le
    gt = greater = comparison.gt
    ge = greater_equal = comparison.ge
    ne_ = not_equal_ = inplace_rarer.ne_
    lt_ = less_ = inplace_rarer.lt_
    le_ = less_equal_ = inplace_rarer.le_
    gt_ = greater_ = inplace_rarer.gt_
    ge_ = greater_equal_ = inplace_rarer.ge_
    isnan = comparison.isnan
    isinf = comparison.isinf
    isfinite = comparison.isfinite
    isposinf = comparison.isposinf
    isneginf = comparison.isneginf
    isreal = comparison.isreal
    isclose = comparison.isclose
    allclose = comparison.allclose
    equal = comparison.equal

    __eq__ = dunder(comparison.eq)  # type: ignore[assignment]
    __ne__ = dunder(comparison.ne)  # type: ignore[assignment]
    __lt__ = dunder(comparison.lt)
    __le__ = dunder(comparison.le)
    __gt__ = dunder(comparison.gt)
    __ge__ = dunder(comparison.ge)
    __hash__ = object.__hash__

    logical_and, logical_and_ = logic.logical_and, inplace.logical_and_
    logical_or, logical_or_ = logic.logical_or, inplace.logical_or_
    logical_xor, logical_xor_ = logic.logical_xor, inplace.logical_xor_
    logical_not, logical_not_ = logic.logical_not, inplace.logical_not_
    bitwise_and, bitwise_and_ = logic.bitwise_and, inplace.bitwise_and_
    bitwise_or, bitwise_or_ = logic.bitwise_or, inplace.bitwise_or_
    bitwise_xor, bitwise_xor_ = logic.bitwise_xor, inplace.bitwise_xor_
    bitwise_not, bitwise_not_ = logic.bitwise_not, inplace.bitwise_not_
    bitwise_left_shift, bitwise_left_shift_ = logic.bitwise_left_shift, inplace.bitwise_left_shift_
    bitwise_right_shift, bitwise_right_shift_ = logic.bitwise_right_shift, inplace.bitwise_right_shift_

    gcd, gcd_ = logic.gcd, inplace_rarer.gcd_
    lcm, lcm_ = logic.lcm, inplace_rarer.lcm_

    __and__ = __rand__ = dunder(logic.bitwise_and)
    __or__ = __ror__ = dunder(logic.bitwise_or)
    __xor__ = __rxor__ = dunder(logic.bitwise_xor)
    __invert__ = logic.invert
    __lshift__ = dunder(logic.bitwise_left_shift)
    __rshift__ = dunder(logic.bitwise_right_shift)
    __rlshift__ = dunder(reflected(logic.bitwise_left_shift))
    __rrshift__ = dunder(reflected(logic.bitwise_right_shift))
    __iand__ = dunder(inplace.bitwise_and_)
    __ior__ = dunder(inplace.bitwise_or_)
    __ixor__ = dunder(inplace.bitwise_xor_)
    __ilshift__ = dunder(inplace.bitwise_left_shift_)
    __irshift__ = dunder(inplace.bitwise_right_shift_)


class PointwiseMethods(ArithmeticMethods, FunctionMethods, ChoiceMethods):
    """All methods that work element by element."""

    __slots__ = ()
