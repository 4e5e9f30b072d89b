"""The in-place forms that few programs use, in a file that few programs load."""

from __future__ import annotations

from pullback.graph.inplace import in_place
from pullback.ops.pointwise import bessel, gamma, logarithmic, logic, overwriting, special

xlogy_ = in_place(logarithmic.xlogy)
erf_ = in_place(special.erf)
erfc_ = in_place(special.erfc)
erfinv_ = in_place(special.erfinv)
lgamma_ = in_place(gamma.lgamma)
digamma_ = in_place(gamma.digamma)
polygamma_ = in_place(gamma.polygamma_method, "polygamma_")
logit_ = in_place(special.logit)
celu_ = in_place(overwriting.celu)
elu_ = in_place(overwriting.elu)
eq_ = in_place(overwriting.eq)
ge_ = in_place(overwriting.ge)
gt_ = in_place(overwriting.gt)
le_ = in_place(overwriting.le)
leaky_relu_ = in_place(overwriting.leaky_relu)
lt_ = in_place(overwriting.lt)
ne_ = in_place(overwriting.ne)
rrelu_ = in_place(overwriting.rrelu)
selu_ = in_place(overwriting.selu)
threshold_ = in_place(overwriting.threshold)
mvlgamma_ = in_place(gamma.mvlgamma)
igamma_ = in_place(gamma.igamma)
igammac_ = in_place(gamma.igammac)
i0_ = in_place(bessel.i0)
gcd_ = in_place(logic.gcd)
lcm_ = in_place(logic.lcm)
