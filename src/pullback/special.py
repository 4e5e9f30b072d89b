"""`torch.special`: special functions under SciPy's names."""

from __future__ import annotations

from pullback.ops.pointwise.exponential import exp2 as exp2, expm1 as expm1, log1p as log1p
from pullback.ops.pointwise.logarithmic import xlogy as xlogy
from pullback.ops.pointwise.rounding import round as round
from pullback.ops.pointwise.smooth import sigmoid as expit
from pullback.ops.pointwise.special import (
    digamma as digamma,
    digamma as psi,
    erf as erf,
    erfc as erfc,
    erfinv as erfinv,
    lgamma as gammaln,
    logit as logit,
    polygamma as polygamma,
)
from pullback.ops.pointwise.trigonometry import sinc as sinc
from pullback.ops.reduction.exponential import (
    log_softmax as log_softmax,
    logsumexp as logsumexp,
    softmax as softmax,
)

__all__ = [
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "log1p",
    "log_softmax",
    "logit",
    "logsumexp",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlogy",
]
