"""Bessel functions. Integers become floats; single and double precision only, except `i0`.

Only the modified functions of the first kind have derivatives in PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import special
from pullback.arrays.masks import drop
from pullback.arrays.signs import sign_of
from pullback.graph.operator import elementwise, nondifferentiable
from pullback.ops.pointwise.kinds import wide
from pullback.ops.pointwise.special import full_precision, run
from pullback.ops.typing import V


@elementwise(node="I0Backward0", floats=True, input=lambda grad, input: grad * special.i1(wide(input)))
def i0(input: V) -> V:
    """Modified Bessel function of the first kind, order 0.

    >>> import pullback as torch
    >>> torch.i0(torch.tensor([0., 1.]))
    tensor([1.0000, 1.2661])
    """
    return run(i0, special.i0, "i0_vml_cpu", input)


@elementwise(
    node="SpecialI0EBackward0",
    floats=True,
    input=lambda grad, input, result: grad * (special.i1e(wide(input)) - sign_of(input) * result),
)
def i0e(input: V) -> V:
    """``exp(-|input|) * i0(input)``, which does not overflow."""
    return run(i0e, special.i0e, "i0e_cpu", input)


def _over(result: Any, x: Any) -> Any:
    """``result / x`` with 1/2, the limit for `i1`, at 0."""
    zero = x == 0
    return np.where(zero, 0.5, result / (x + zero))


def _i1_rule(grad: Any, input: Any, result: Any) -> Any:
    x, y = _at_0_for_nan(input, result)
    return grad * (special.i0(x) - _over(y, x))


def _i1e_rule(grad: Any, input: Any, result: Any) -> Any:
    x, y = _at_0_for_nan(input, result)
    return grad * (special.i0e(x) - sign_of(x) * y - _over(y, x))


def _at_0_for_nan(input: Any, result: Any) -> Any:
    """Both, 0 where they are NaN: PyTorch's derivative there is that at 0."""
    unknown = np.isnan(input)
    return drop(wide(input), unknown), drop(wide(result), unknown)


@elementwise(node="SpecialI1Backward0", floats=True, input=_i1_rule)
def i1(input: V) -> V:
    """Modified Bessel function of the first kind, order 1."""
    return run(i1, special.i1, "i1_cpu", input)


@elementwise(node="SpecialI1EBackward0", floats=True, input=_i1e_rule)
def i1e(input: V) -> V:
    """``exp(-|input|) * i1(input)``, which does not overflow."""
    return run(i1e, special.i1e, "i1e_cpu", input)


def _plain(name: str, word: Any, meaning: str) -> Any:
    """An operator without derivative for a word of `arrays.special`."""

    def forward(input: V) -> V:
        return full_precision(word, f"{name}_cpu", input)

    forward.__name__ = forward.__qualname__ = name
    forward.__doc__ = f"{meaning}. Not differentiable, as in PyTorch."
    return nondifferentiable(promotes=True, floats=True)(forward)


def _sinc(x: Any) -> Any:
    """``sin(x) / x``, 1 at 0 and 0 at infinity."""
    zero = x == 0
    far = np.isinf(x)
    safe = drop(x, far) + zero
    return np.where(zero, 1, drop(np.sin(safe) / safe, far))


def _with_pole(word: Any) -> Any:
    """`word`, NaN at infinity as PyTorch gives it, where SciPy gives the limit 0."""
    return lambda x: np.where(np.isinf(x), np.array(np.nan, x.dtype), word(x))


bessel_j0 = _plain("bessel_j0", special.j0, "Bessel function of the first kind, order 0")
bessel_j1 = _plain("bessel_j1", special.j1, "Bessel function of the first kind, order 1")
bessel_y0 = _plain("bessel_y0", _with_pole(special.y0), "Bessel function of the second kind, order 0")
bessel_y1 = _plain("bessel_y1", _with_pole(special.y1), "Bessel function of the second kind, order 1")
modified_bessel_i0 = _plain("modified_bessel_i0", special.i0, "Modified Bessel function of the first kind, order 0")
modified_bessel_i1 = _plain("modified_bessel_i1", special.i1, "Modified Bessel function of the first kind, order 1")
modified_bessel_k0 = _plain("modified_bessel_k0", special.k0, "Modified Bessel function of the second kind, order 0")
modified_bessel_k1 = _plain("modified_bessel_k1", special.k1, "Modified Bessel function of the second kind, order 1")
scaled_modified_bessel_k0 = _plain("scaled_modified_bessel_k0", special.k0e, "``exp(input) * K0(input)``")
scaled_modified_bessel_k1 = _plain("scaled_modified_bessel_k1", special.k1e, "``exp(input) * K1(input)``")
spherical_bessel_j0 = _plain(
    "spherical_bessel_j0", _sinc, "Spherical Bessel function of order 0, ``sin(input) / input``"
)
airy_ai = _plain("airy_ai", _with_pole(special.airy_ai), "The Airy function Ai")
