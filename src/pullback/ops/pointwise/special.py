"""The error function, the gamma function and their kin. Integers become floats; real dtypes only."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np

from pullback.arrays import special
from pullback.arrays.masks import keep
from pullback.graph.operator import elementwise
from pullback.ops.pointwise.kinds import COMPLEX, INDIRECT, indirect, unsupported, wide
from pullback.ops.typing import V


def _run(operator: Any, word: Any, kernel: str, input: Any) -> Any:
    """Apply a word of `arrays.special`; `kernel` is PyTorch's name for the loop, which refuses complex numbers."""
    if input.dtype in INDIRECT:
        return indirect(operator, kernel, input)
    if input.dtype in COMPLEX:
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
    return _run(erf, special.erf, "erf_vml_cpu", input)


@elementwise(floats=True, input=lambda grad, input: -grad * _bell(wide(input)))
def erfc(input: V) -> V:
    """``1 - erf(input)``, exact where that is tiny."""
    return _run(erfc, special.erfc, "erfc_vml_cpu", input)


def _inverse_bell(x: Any) -> Any:
    y = special.erfinv(wide(x))
    return np.exp(y * y) * (sqrt(pi) / 2)


@elementwise(floats=True, input=lambda grad, input: grad * _inverse_bell(input))
def erfinv(input: V) -> V:
    """The inverse of `erf`: infinite at -1 and 1, NaN beyond."""
    return _run(erfinv, special.erfinv, "erfinv_vml_cpu", input)


@elementwise(floats=True, input=lambda grad, input: grad * special.digamma(wide(input)))
def lgamma(input: V) -> V:
    """``log |Γ(input)|``; infinite at 0 and the negative whole numbers.

    >>> import pullback as torch
    >>> torch.lgamma(torch.tensor([1., 5.]))
    tensor([0.0000, 3.1781])
    """
    return _run(lgamma, special.lgamma, "lgamma_vml_cpu", input)


@elementwise(floats=True, input=lambda grad, input: grad * special.polygamma(wide(input), 1))
def digamma(input: V) -> V:
    """The derivative of `lgamma`."""
    return _run(digamma, special.digamma, "digamma", input)


@elementwise(
    node="PolygammaBackward0",
    floats=True,
    input=lambda grad, input, n: grad * special.polygamma(wide(input), n + 1),
)
def polygamma_at(input: V, n: int) -> V:
    """`polygamma` with its arguments turned around."""
    if input.dtype in INDIRECT:
        return indirect(polygamma_at, "polygamma", input, n)
    if input.dtype in COMPLEX:
        raise unsupported(("digamma", "trigamma")[n] if n < 2 else "polygamma", input.dtype)
    return special.polygamma(input, n) if n else special.digamma(input)


def polygamma(n: int, input: V, *, out: Any = None) -> V:
    """The `n`-th derivative of `digamma`.

    >>> import pullback as torch
    >>> torch.polygamma(1, torch.tensor([1.]))
    tensor([1.6449])
    """
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return polygamma_at(input, n, out=out)


def polygamma_method(self: V, n: int) -> V:
    """``x.polygamma(n)``: `polygamma` with the tensor first."""
    return polygamma(n, self)


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
    if input.dtype in INDIRECT:
        return indirect(logit, "logit_cpu", input, eps)
    if input.dtype in COMPLEX:
        raise unsupported("logit_cpu", input.dtype)
    if eps is not None:
        input = np.where(input < eps, eps, np.where(input > 1 - eps, 1 - eps, input))
    return np.log(input / (1 - input))


