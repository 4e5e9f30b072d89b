"""`torch.special`: special functions under SciPy's names."""

from __future__ import annotations

from pullback.ops.pointwise.bessel import (
    airy_ai as airy_ai,
)
from pullback.ops.pointwise.bessel import (
    bessel_j0 as bessel_j0,
)
from pullback.ops.pointwise.bessel import (
    bessel_j1 as bessel_j1,
)
from pullback.ops.pointwise.bessel import (
    bessel_y0 as bessel_y0,
)
from pullback.ops.pointwise.bessel import (
    bessel_y1 as bessel_y1,
)
from pullback.ops.pointwise.bessel import (
    i0 as i0,
)
from pullback.ops.pointwise.bessel import (
    i0e as i0e,
)
from pullback.ops.pointwise.bessel import (
    i1 as i1,
)
from pullback.ops.pointwise.bessel import (
    i1e as i1e,
)
from pullback.ops.pointwise.bessel import (
    modified_bessel_i0 as modified_bessel_i0,
)
from pullback.ops.pointwise.bessel import (
    modified_bessel_i1 as modified_bessel_i1,
)
from pullback.ops.pointwise.bessel import (
    modified_bessel_k0 as modified_bessel_k0,
)
from pullback.ops.pointwise.bessel import (
    modified_bessel_k1 as modified_bessel_k1,
)
from pullback.ops.pointwise.bessel import (
    scaled_modified_bessel_k0 as scaled_modified_bessel_k0,
)
from pullback.ops.pointwise.bessel import (
    scaled_modified_bessel_k1 as scaled_modified_bessel_k1,
)
from pullback.ops.pointwise.bessel import (
    spherical_bessel_j0 as spherical_bessel_j0,
)
from pullback.ops.pointwise.exponential import exp2 as exp2
from pullback.ops.pointwise.exponential import expm1 as expm1
from pullback.ops.pointwise.exponential import log1p as log1p
from pullback.ops.pointwise.gamma import (
    digamma as digamma,
)
from pullback.ops.pointwise.gamma import (
    polygamma as polygamma,
)
from pullback.ops.pointwise.gamma import (
    zeta as zeta,
)
from pullback.ops.pointwise.logarithmic import xlog1py as xlog1py
from pullback.ops.pointwise.logarithmic import xlogy as xlogy
from pullback.ops.pointwise.polynomials import (
    chebyshev_polynomial_t as chebyshev_polynomial_t,
)
from pullback.ops.pointwise.polynomials import (
    chebyshev_polynomial_u as chebyshev_polynomial_u,
)
from pullback.ops.pointwise.polynomials import (
    chebyshev_polynomial_v as chebyshev_polynomial_v,
)
from pullback.ops.pointwise.polynomials import (
    chebyshev_polynomial_w as chebyshev_polynomial_w,
)
from pullback.ops.pointwise.polynomials import (
    hermite_polynomial_h as hermite_polynomial_h,
)
from pullback.ops.pointwise.polynomials import (
    hermite_polynomial_he as hermite_polynomial_he,
)
from pullback.ops.pointwise.polynomials import (
    laguerre_polynomial_l as laguerre_polynomial_l,
)
from pullback.ops.pointwise.polynomials import (
    legendre_polynomial_p as legendre_polynomial_p,
)
from pullback.ops.pointwise.polynomials import (
    shifted_chebyshev_polynomial_t as shifted_chebyshev_polynomial_t,
)
from pullback.ops.pointwise.polynomials import (
    shifted_chebyshev_polynomial_u as shifted_chebyshev_polynomial_u,
)
from pullback.ops.pointwise.polynomials import (
    shifted_chebyshev_polynomial_v as shifted_chebyshev_polynomial_v,
)
from pullback.ops.pointwise.polynomials import (
    shifted_chebyshev_polynomial_w as shifted_chebyshev_polynomial_w,
)
from pullback.ops.pointwise.rounding import round as round
from pullback.ops.pointwise.special import (
    entr as entr,
)
from pullback.ops.pointwise.special import (
    erf as erf,
)
from pullback.ops.pointwise.special import (
    erfc as erfc,
)
from pullback.ops.pointwise.special import (
    erfcx as erfcx,
)
from pullback.ops.pointwise.special import (
    erfinv as erfinv,
)
from pullback.ops.pointwise.special import (
    log_ndtr as log_ndtr,
)
from pullback.ops.pointwise.special import (
    logit as logit,
)
from pullback.ops.pointwise.special import (
    ndtr as ndtr,
)
from pullback.ops.pointwise.special import (
    ndtri as ndtri,
)
from pullback.ops.pointwise.trigonometry import sinc as sinc
from pullback.ops.reduction.exponential import (
    log_softmax as log_softmax,
)
from pullback.ops.reduction.exponential import (
    logsumexp as logsumexp,
)
from pullback.ops.reduction.exponential import (
    softmax as softmax,
)

__all__ = [name for name in dir() if not name.startswith("_") and name != "annotations"]
