"""The in-place forms of the operators, ``exp_`` for ``exp``: the result is written into the first operand."""

from __future__ import annotations

from pullback.graph.inplace import in_place
from pullback.ops.pointwise import (
    activation,
    arithmetic,
    choice,
    complexes,
    division,
    exponential,
    extrema,
    hyperbolic,
    logic,
    powers,
    rounding,
    signs,
    smooth,
    trigonometry,
)

relu_ = in_place(activation.relu)
hardtanh_ = in_place(activation.hardtanh)
hardswish_ = in_place(activation.hardswish)
hardsigmoid_ = in_place(activation.hardsigmoid)

add_ = in_place(arithmetic.add)
sub_ = in_place(arithmetic.sub)
mul_ = in_place(arithmetic.mul)
true_divide_ = in_place(arithmetic.true_divide)
neg_ = in_place(arithmetic.neg)
reciprocal_ = in_place(arithmetic.reciprocal)
addcmul_ = in_place(arithmetic.addcmul)
addcdiv_ = in_place(arithmetic.addcdiv)

lerp_ = in_place(choice.lerp)
nan_to_num_ = in_place(choice.nan_to_num)

conj_physical_ = in_place(complexes.conj_physical)

div_ = in_place(division.div)
floor_divide_ = in_place(division.floor_divide)
remainder_ = in_place(division.remainder)
fmod_ = in_place(division.fmod)

ldexp_ = in_place(exponential.ldexp)
exp_ = in_place(exponential.exp)
exp2_ = in_place(exponential.exp2)
expm1_ = in_place(exponential.expm1)
log_ = in_place(exponential.log)
log2_ = in_place(exponential.log2)
log10_ = in_place(exponential.log10)
log1p_ = in_place(exponential.log1p)

clamp_ = in_place(extrema.clamp)
clamp_min_ = in_place(extrema.clamp_min)
clamp_max_ = in_place(extrema.clamp_max)

sinh_ = in_place(hyperbolic.sinh)
cosh_ = in_place(hyperbolic.cosh)
tanh_ = in_place(hyperbolic.tanh)
asinh_ = in_place(hyperbolic.asinh)
acosh_ = in_place(hyperbolic.acosh)
atanh_ = in_place(hyperbolic.atanh)

logical_and_ = in_place(logic.logical_and)
logical_or_ = in_place(logic.logical_or)
logical_xor_ = in_place(logic.logical_xor)
logical_not_ = in_place(logic.logical_not)
bitwise_and_ = in_place(logic.bitwise_and)
bitwise_or_ = in_place(logic.bitwise_or)
bitwise_xor_ = in_place(logic.bitwise_xor)
bitwise_not_ = in_place(logic.bitwise_not)
bitwise_left_shift_ = in_place(logic.bitwise_left_shift)
bitwise_right_shift_ = in_place(logic.bitwise_right_shift)

pow_ = in_place(powers.pow)
square_ = in_place(powers.square)
sqrt_ = in_place(powers.sqrt)
rsqrt_ = in_place(powers.rsqrt)

ceil_ = in_place(rounding.ceil)
floor_ = in_place(rounding.floor)
round_ = in_place(rounding.round)
trunc_ = in_place(rounding.trunc)
frac_ = in_place(rounding.frac)

abs_ = in_place(signs.abs_in_place, "abs")
sign_ = in_place(signs.sign)
sgn_ = in_place(signs.sgn)
copysign_ = in_place(signs.copysign)
nextafter_ = in_place(signs.nextafter)
heaviside_ = in_place(signs.heaviside)

sigmoid_ = in_place(smooth.sigmoid)
silu_ = in_place(smooth.silu)
mish_ = in_place(smooth.mish)

sin_ = in_place(trigonometry.sin)
cos_ = in_place(trigonometry.cos)
tan_ = in_place(trigonometry.tan)
asin_ = in_place(trigonometry.asin)
acos_ = in_place(trigonometry.acos)
atan_ = in_place(trigonometry.atan)
atan2_ = in_place(trigonometry.atan2)
hypot_ = in_place(trigonometry.hypot)
sinc_ = in_place(trigonometry.sinc)
deg2rad_ = in_place(trigonometry.deg2rad)
rad2deg_ = in_place(trigonometry.rad2deg)

negative_ = neg_
fix_ = trunc_
clip_ = clamp_
arcsin_, arccos_, arctan_ = asin_, acos_, atan_
arcsinh_, arccosh_, arctanh_ = asinh_, acosh_, atanh_
