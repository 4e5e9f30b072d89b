"""The gamma function and its kin. Integers become floats; real dtypes only."""

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy as np

from pullback.arrays import special
from pullback.arrays.vocabulary import cast
from pullback.graph.operands import number, to_float
from pullback.graph.operator import elementwise
from pullback.ops.pointwise.calling import overload_of
from pullback.ops.pointwise.kinds import COMPLEX, INDIRECT, NUMERIC, beside, indirect, unsupported, wide
from pullback.ops.pointwise.special import full_precision, run
from pullback.ops.typing import Count, Scalar, V


@elementwise(floats=True, input=lambda grad, input: grad * special.digamma(wide(input)))
def lgamma(input: V) -> V:
    """``log |Γ(input)|``; infinite at 0 and the negative whole numbers.

    >>> import pullback as torch
    >>> torch.lgamma(torch.tensor([1., 5.]))
    tensor([0.0000, 3.1781])
    """
    return run(lgamma, special.lgamma, "lgamma_vml_cpu", input)


@elementwise(floats=True, input=lambda grad, input: grad * special.polygamma(wide(input), 1))
def digamma(input: V) -> V:
    """The derivative of `lgamma`."""
    return run(digamma, special.digamma, "digamma", input)


@elementwise(
    node="PolygammaBackward0",
    floats=True,
    input=lambda grad, input, n: grad * special.polygamma(wide(input), n + 1),
)
def polygamma_at(input: V, n: Count) -> V:
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


def _multigamma_rule(grad: Any, input: Any, p: int) -> Any:
    x = wide(input)
    return grad * sum(special.digamma(x - 0.5 * j) for j in range(1, p)) + grad * special.digamma(x + 0.0)  # no -0


@elementwise(promotes=(), input=_multigamma_rule)
def mvlgamma(input: V, p: Count) -> V:
    """Logarithm of the multivariate gamma function of dimension `p`; NaN or infinite below ``(p - 1) / 2``.

    >>> import pullback as torch
    >>> torch.mvlgamma(torch.tensor([3.]), 2)
    tensor([1.5502])
    """
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    if input.dtype.kind == "b":
        raise RuntimeError("The input tensor may not be a boolean tensor.")
    if input.dtype in COMPLEX:
        raise unsupported("arange_cpu", input.dtype)
    x = to_float(input)
    dtype = x.dtype  # of half precision, what lgamma gives and the sum of it are rounded
    terms = [cast(special.lgamma(wide(x if j == 0 else x - number(0.5 * j, x))), dtype) for j in range(p)]
    total = wide(terms[0])
    for term in terms[1:]:
        total = total + term
    return cast(wide(cast(total, dtype)) + p * (p - 1) / 4 * log(pi), dtype)


def _missing(name: str) -> Any:
    def rule(grad: Any) -> Any:
        raise NotImplementedError(f"the derivative for '{name}: input' is not implemented.")

    return rule


def _incomplete_slope(order: Any, x: Any) -> Any:
    """``x**(a-1) exp(-x) / Γ(a)``, the density of the gamma distribution."""
    a, x = wide(order), wide(x)
    return np.exp((a - 1) * np.log(x) - x - special.lgamma(a))


@elementwise(input=_missing("igamma"), other=lambda grad, input, other: grad * _incomplete_slope(input, other))
def igamma(input: V, other: V) -> V:
    """Regularised lower incomplete gamma function of order `input` at `other`; floating dtypes.

    The derivative in `other` is the density; that in `input` has no closed form and is not implemented.

    >>> import pullback as torch
    >>> torch.igamma(torch.tensor([1.]), torch.tensor([1.]))
    tensor([0.6321])
    """
    return _incomplete(igamma, special.gammainc, 0, "igamma_cpu", input, other)


@elementwise(input=_missing("igammac"), other=lambda grad, input, other: -grad * _incomplete_slope(input, other))
def igammac(input: V, other: V) -> V:
    """Regularised upper incomplete gamma function, ``1 - igamma(input, other)``; floating dtypes."""
    return _incomplete(igammac, special.gammaincc, 1, "igammac_cpu", input, other)


def _incomplete(operator: Any, word: Any, one_at_0: int, kernel: str, order: Any, x: Any) -> Any:
    if order.dtype in INDIRECT:
        return indirect(operator, kernel, order, x)
    if order.dtype in COMPLEX:
        raise unsupported(kernel, order.dtype)
    # NaN decides in neither operand where the other does: PyTorch asks for x = 0 and infinities first.
    below = (x == 0) & np.isnan(order) | (order == np.inf) & np.isnan(x)
    found = np.where(below, one_at_0, word(order, x))
    return np.where((x == np.inf) & np.isnan(order), 1 - one_at_0, found)


def _zeta_rule(grad: Any, input: Any, other: Any) -> Any:
    order = input if hasattr(input, "ndim") else other * 0 + input
    return grad * (-order * special.zeta(order + 1, other))


@overload_of("special_zeta")
@elementwise(node="SpecialZetaBackward0", floats=True, input=_missing("zeta"), other=_zeta_rule)
def _zeta(input: V, other: V) -> V:
    return full_precision(lambda x: special.zeta(x, other), "zeta_cpu", input)


@overload_of("special_zeta")
@elementwise(node="SpecialZetaBackward1", floats=True, promotes=("other",), other=_zeta_rule)
def _zeta_of_number(input: Scalar, other: V) -> V:
    other, order = beside(other, input)
    return full_precision(lambda q: special.zeta(order, q), "zeta_cpu", other)


@overload_of("special_zeta")
@elementwise(node="SpecialZetaBackward2", floats=True, promotes=("input",), input=_missing("zeta"))
def _zeta_at_number(input: V, other: Scalar) -> V:
    input, number = beside(input, other)
    return full_precision(lambda x: special.zeta(x, number), "zeta_cpu", input)


def zeta(input: V | Scalar, other: V | Scalar, *, out: Any = None) -> V:
    """Hurwitz's zeta function, ``sum((k + other) ** -input)`` over k from 0. One operand may be a number.

    The derivative in `input` has no closed form and is not implemented.

    >>> import pullback as torch
    >>> torch.special.zeta(torch.tensor([2.]), 1)
    tensor([1.6449])
    """
    if isinstance(input, NUMERIC):
        return _zeta_of_number(input, other, out=out)
    return (_zeta_at_number if isinstance(other, NUMERIC) else _zeta)(input, other, out=out)
