"""The error function, the normal distribution and their kin. Integers become floats; real dtypes only."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np

from pullback.arrays import special
from pullback.arrays.masks import choose, drop, keep
from pullback.arrays.vocabulary import cast
from pullback.graph.operator import elementwise
from pullback.ops.pointwise.kinds import COMPLEX, INDIRECT, indirect, scalar_beside, unsupported, wide
from pullback.ops.typing import V


def run(operator: Any, word: Any, kernel: str, input: Any) -> Any:
    """Apply a word of `arrays.special`; `kernel` is PyTorch's name for the loop, which refuses complex numbers."""
    if input.dtype in INDIRECT:
        return indirect(operator, kernel, input)
    if input.dtype in COMPLEX:
        raise unsupported(kernel, input.dtype)
    return word(input)


def full_precision(word: Any, kernel: str, input: Any) -> Any:
    """Apply a word of `arrays.special` that PyTorch has for single and double precision only."""
    if input.dtype in INDIRECT or input.dtype in COMPLEX:
        raise unsupported(kernel, input.dtype)
    return word(input)


def _bell(x: Any) -> Any:
    """``2/√π exp(-x²)``, the derivative of erf."""
    return np.exp(-(x * x)) * (2 / sqrt(pi))


@elementwise(floats=True, input=lambda grad, input: grad * _bell(wide(input)))
def erf(input: V) -> V:
    """Error function, ``2/√π ∫₀ˣ exp(-t²) dt``.

    >>> import pullback as torch
    >>> torch.erf(torch.tensor([0., 1.]))
    tensor([0.0000, 0.8427])
    """
    return run(erf, special.erf, "erf_vml_cpu", input)


@elementwise(floats=True, input=lambda grad, input: -grad * _bell(wide(input)))
def erfc(input: V) -> V:
    """``1 - erf(input)``, exact where that is tiny."""
    return run(erfc, special.erfc, "erfc_vml_cpu", input)


def _inverse_bell(x: Any) -> Any:
    y = special.erfinv(wide(x))
    return np.exp(y * y) * (sqrt(pi) / 2)


@elementwise(floats=True, input=lambda grad, input: grad * _inverse_bell(input))
def erfinv(input: V) -> V:
    """The inverse of `erf`: infinite at -1 and 1, NaN beyond."""
    return run(erfinv, special.erfinv, "erfinv_vml_cpu", input)


def _logit_rule(grad: Any, input: Any, eps: float | None) -> Any:
    x = wide(input)
    low, high = (0, 1) if eps is None else (eps, 1 - eps)
    inside = (x >= low) & (x <= high)
    slope = grad / (x * (1 - x))
    return keep(slope, inside) if eps is not None else np.where(inside, slope, np.nan)


@elementwise(floats=True, input=_logit_rule)
def logit(input: V, eps: float | None = None) -> V:
    """``log(input / (1 - input))``, the inverse of the sigmoid; `eps` first clamps to ``[eps, 1 - eps]``.

    >>> import pullback as torch
    >>> torch.logit(torch.tensor([0.5, 0.9]))
    tensor([0.0000, 2.1972])
    """
    if input.dtype in COMPLEX:
        raise unsupported("logit_cpu", input.dtype)
    if eps is not None:  # in half precision PyTorch rounds after every step, so nothing is widened here
        low, high = scalar_beside(eps, input), scalar_beside(1 - eps, input)
        input = np.where(input < low, low, np.where(input > high, high, input))
    rest = 1 - input
    found = np.log(input / rest)
    if input.dtype.itemsize < 8:  # PyTorch's numbers
        return found
    near = np.absolute(input - 0.5) < 0.05  # here the logarithm of a rounded ratio is far from exact
    return choose(near, np.log1p(keep(2 * input - 1, near) / rest), found)


_ERFCX = [1.0]
for _k in range(1, 22):
    _ERFCX.append(-(2 * _k + 1) * _ERFCX[-1])


def _erfcx_slope(x: Any, result: Any) -> Any:
    """``2 x erfcx(x) - 2/√π``; the asymptotic series (DLMF 7.12.1) beyond 7, where the terms cancel."""
    far = x > 7
    inverse = np.where(far, 0.5 / (x * x), 0)
    series = _ERFCX[-1]
    for coefficient in _ERFCX[-2::-1]:
        series = series * inverse + coefficient
    near = 2 * np.where(far, 0, x) * result - 2 / sqrt(pi)
    return np.where(far, series * inverse * (-2 / sqrt(pi)), near)


@elementwise(
    node="SpecialErfcxBackward0", floats=True, input=lambda grad, input, result: grad * _erfcx_slope(input, result)
)
def erfcx(input: V) -> V:
    """``exp(input**2) * erfc(input)``, exact where `erfc` underflows; not for half precision."""
    return full_precision(special.erfcx, "erfcx_cpu", input)


@elementwise(
    node="MulBackward1", floats=True, input=lambda grad, input: grad * (_bell(wide(input) * sqrt(0.5)) * sqrt(0.125))
)
def ndtr(input: V) -> V:
    """Distribution function of the standard normal, ``(1 + erf(input / √2)) / 2``, exact in the lower tail.

    >>> import pullback as torch
    >>> torch.special.ndtr(torch.tensor([0., 1.]))
    tensor([0.5000, 0.8413])
    """
    if input.dtype in INDIRECT:
        return indirect(ndtr, "erf_vml_cpu", input)
    if input.dtype in COMPLEX:
        raise unsupported("erf_vml_cpu", input.dtype)
    return 0.5 * special.erfc(input * -sqrt(0.5))


@elementwise(
    node="SpecialNdtriBackward0",
    floats=True,
    input=lambda grad, result: grad * (np.exp(result * result * 0.5) * sqrt(2 * pi)),
)
def ndtri(input: V) -> V:
    """The inverse of `ndtr`: infinite at 0 and 1, NaN beyond; not for half precision."""
    return full_precision(special.ndtri, "ndtri_cpu", input)


@elementwise(
    node="SpecialLogNdtrBackward0",
    floats=True,
    input=lambda grad, input: grad / special.erfcx(input * -sqrt(0.5)) * sqrt(2 / pi),
)
def log_ndtr(input: V) -> V:
    """``log(ndtr(input))``, exact far in the lower tail; not for half precision."""
    return full_precision(_log_ndtr, "log_ndtr_cpu", input)


def _log_ndtr(x: Any) -> Any:
    z = x * sqrt(0.5)
    tail = np.log(special.erfcx(-z) * 0.5) - z * z
    return cast(np.where(x < -1, tail, np.log1p(special.erfc(z) * -0.5)), x.dtype)


@elementwise(node="SpecialEntrBackward0", floats=True, input=lambda grad, input: grad * -(1 + np.log(input)))
def entr(input: V) -> V:
    """``-input * log(input)``: 0 at 0, -inf below.

    >>> import pullback as torch
    >>> torch.special.entr(torch.tensor([0., 0.5, -1.]))
    tensor([0.0000, 0.3466,   -inf])
    """
    if input.dtype in INDIRECT:
        return indirect(entr, "entr_cpu", input)
    if input.dtype in COMPLEX:
        raise unsupported("entr_cpu", input.dtype)
    return np.where(input < 0, np.array(-np.inf, input.dtype), drop(-input * np.log(input), input == 0))
