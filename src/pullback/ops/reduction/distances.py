"""What is built on norms: distance, renormalization, normalization, cosine similarity."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import norms
from pullback.arrays.promotion import result_dtype
from pullback.arrays.reductions import add_over
from pullback.arrays.vocabulary import cast, conj
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.graph.out import store
from pullback.ops.dims import wrap_dim
from pullback.ops.pointwise.extrema import clamp_min
from pullback.ops.reduction.norms import norm, vector_norm
from pullback.ops.reduction.sums import sum
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors


def _dist_rule(grad: Any, input: Any, other: Any, result: Any, p: float) -> Any:
    return norms.vector_norm_vjp(grad, input - other, result, float(p), None)


def _dist_rule_other(grad: Any, input: Any, other: Any, result: Any, p: float) -> Any:
    return norms.vector_norm_vjp(grad, other - input, result, float(p), None)


@general(promotes=True, input=_dist_rule, other=_dist_rule_other)
def dist(input: V, other: V, p: float = 2) -> V:
    """The `p`-norm of ``input - other``, which broadcast together.

    >>> import pullback as torch
    >>> torch.dist(torch.tensor([1., 5.]), torch.tensor([4., 1.]))
    tensor(5.)
    """
    if input.dtype.kind in "biu":
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {spoken(input.dtype)} instead."
        )
    return norms.vector_norm(input - other, float(p), None)


_TINY = 1e-7
"""Added to a norm that a slice is divided by, as PyTorch does."""


def _others(ndim: int, dim: int) -> tuple[int, ...]:
    kept_axis = wrap_dim(dim, ndim)
    return tuple(axis for axis in range(ndim) if axis != kept_axis)


def _renorm_rule(grad: Any, input: Any, p: float, dim: int, maxnorm: float) -> Any:
    axes = _others(input.ndim, dim)
    found = norms.vector_norm(input, float(p), axes, True)
    inverse = 1 / (found + _TINY)
    along = add_over(np.real(conj(input) * grad) if input.dtype.kind == "c" else input * grad, axes, True)
    through_norm = norms.vector_norm_vjp(along * inverse, input, found, float(p), axes, True)
    return np.where(found > maxnorm, maxnorm * inverse * (grad - through_norm), grad)


@general(input=_renorm_rule)
def renorm(input: V, p: float, dim: int, maxnorm: float) -> V:
    """The slices along `dim` with a `p`-norm above `maxnorm` scaled down to it.

    >>> import pullback as torch
    >>> torch.renorm(torch.tensor([[3., 4.], [0., 1.]]), 2, 0, 2.5)
    tensor([[1.5000, 2.0000],
            [0.0000, 1.0000]])
    """
    if isinstance(p, complex) or isinstance(maxnorm, complex):
        raise RuntimeError(f"renorm: {'p' if isinstance(p, complex) else 'maxnorm'} must be real-valued")
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    axes = _others(input.ndim, dim)
    if input.dtype.kind in "biu":
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {spoken(input.dtype)}"
        )
    found = norms.vector_norm(input, float(p), axes, True)
    return cast(input * np.where(found > maxnorm, maxnorm / (found + _TINY), 1), input.dtype)


def normalize(input: V, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None) -> V:
    """`input` divided by its `p`-norm over `dim`, or by `eps` where the norm is smaller (`F.normalize`).

    >>> import pullback as torch
    >>> torch.nn.functional.normalize(torch.tensor([[3., 4.]]))
    tensor([[0.6000, 0.8000]])
    """
    result = input / clamp_min(norm(input, p, dim, keepdim=True), eps)
    return result if out is None else store("div", out, result)


@asks_for_tensors
def cosine_similarity(x1: V, x2: V, dim: int = 1, eps: float = 1e-8) -> V:
    """Cosine of the angle between `x1` and `x2` along `dim` (`torch.cosine_similarity`).

    ``sum(x1 * x2) / (max(|x1|, eps) * max(|x2|, eps))``; the shapes broadcast. Floating dtypes. The bound on
    the norms is not seen by the derivative.

    >>> import pullback as torch
    >>> torch.cosine_similarity(torch.tensor([[1., 0.]]), torch.tensor([[1., 1.]]))
    tensor([0.7071])
    """
    dtype = result_dtype(x1._array, x2._array)
    if dtype.kind in "biuc":
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {spoken(dtype)}")
    x1, x2 = np.broadcast_arrays(cast(x1, dtype), cast(x2, dtype))
    return sum(_unit(x1, dim, eps) * _unit(x2, dim, eps), dim)


def _unit(x: V, dim: int, eps: float) -> V:
    size = vector_norm(x, 2, dim, True)
    bound = size.detach()
    return x / (size + (clamp_min(bound, eps) - bound))
