"""Samples of distributions whose parameters are tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.mirrored import plain
from pullback.arrays.streams import packed
from pullback.arrays.streams.whole import INT64
from pullback.graph import out as out_argument
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.graph.tensor_base import wrap
from pullback.ops.creation.options import finish
from pullback.ops.random.checks import (
    FLOATING,
    check_tensor,
    check_weights,
    common_shape,
    real_number,
    unsupported,
    whole_number,
)
from pullback.ops.random.discrete import check_bernoulli, draw_each
from pullback.ops.random.fills import nothing
from pullback.ops.random.generator import stream_of
from pullback.ops.typing import V


def _refusal(name: str) -> Any:
    """A rule that says that PyTorch has none."""

    def refuse(grad: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return refuse


@general(node="BernoulliBackward0", input=nothing)
def _bernoulli(input: V, dtype: Any, generator: Any) -> V:
    input = plain(input)
    ordered = packed(input) if input.ndim else input
    return draw_each(ordered, ordered, dtype, stream_of(generator, "bernoulli"))


@general(node="NotImplemented", input=_refusal("bernoulli"))
def _bernoulli_like(input: V, p: float, generator: Any) -> V:
    stream = stream_of(generator, "bernoulli")
    check_bernoulli(input.dtype, p)
    return stream.bernoulli(input.shape, input.dtype, p)


def bernoulli(input: Any, p: Any = None, *, generator: Any = None, out: Any = None) -> Any:
    """1 with the probability that stands at the same place in `input`, else 0.

    With `p`, a number, that is the probability everywhere and `input` only gives shape and dtype. The
    derivative with respect to `input` is zero.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.bernoulli(torch.tensor([0., 0.5, 1.]))
    tensor([0., 0., 1.])
    """
    check_tensor(input, "bernoulli")
    if p is not None:
        return _bernoulli_like(input, real_number(p, "bernoulli", "p", 2), generator)
    if out is None:
        return _bernoulli(input, input._array.dtype, generator)
    check_tensor(out, "bernoulli", "out")
    if not input._array.size:  # nothing to draw: no dtype is refused
        return out_argument.store("bernoulli", out, wrap(np.empty(input._array.shape, out._array.dtype)))
    return out_argument.store("bernoulli", out, _bernoulli(input, out._array.dtype, generator))


def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Any = None, out: Any = None
) -> Any:
    """Places in each row of `input` ``(N)`` or ``(M, N)``, drawn with the weights that stand there.

    Returns int64 ``(num_samples)`` or ``(M, num_samples)``. The weights are finite, not negative, and need
    not add up to 1.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.multinomial(torch.tensor([0., 10., 3., 0.]), 2)
    tensor([1, 2])
    """
    check_tensor(input, "multinomial")
    count = whole_number(num_samples, "multinomial", "num_samples", 2)
    weights, stream = input._array, stream_of(generator, "multinomial")
    _check_multinomial(weights, count, replacement, out)
    check_weights(weights, replacement and count > 1)
    drawn = stream.multinomial(packed(weights), count, replacement=bool(replacement))
    return finish(packed(drawn), out=out, name="multinomial")


def _check_multinomial(weights: Any, count: int, replacement: bool, out: Any) -> None:
    if weights.dtype not in FLOATING:
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {spoken(weights.dtype)}")
    if out is not None:
        check_tensor(out, "multinomial", "out")
        if out._array.dtype != INT64:
            raise RuntimeError(f"multinomial expects Long tensor out, got: {spoken(out._array.dtype)}")
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if count <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and count > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if weights.shape[-1] > 1 << 24:
        raise RuntimeError("number of categories cannot exceed 2^24")


@general(node="PoissonBackward0", input=nothing)
def _poisson(input: V, generator: Any) -> V:
    stream = stream_of(generator, "poisson")
    if input.dtype not in FLOATING:
        raise unsupported("poisson_cpu", input.dtype)
    if not (input >= 0).all():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    return stream.poisson(input if input.ndim else np.asarray(input))


def poisson(input: Any, generator: Any = None) -> Any:
    """How often something happened that happens `input` times on average, in the dtype of `input`.

    The derivative is zero.

    >>> import pullback as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.poisson(torch.tensor([0., 2., 50.]))
    tensor([ 0.,  6., 47.])
    """
    check_tensor(input, "poisson")
    return _poisson(input, generator)


@general(node="NotImplemented", count=_refusal("binomial"), prob=_refusal("binomial"))
def _binomial(count: V, prob: V, generator: Any) -> V:
    stream = stream_of(generator, "binomial")
    if count.dtype != prob.dtype:
        raise RuntimeError(f"Found dtype {spoken(prob.dtype)} but expected {spoken(count.dtype)}")
    if count.dtype.itemsize < 4:
        raise unsupported("binomial_cpu", count.dtype)
    shape = common_shape(count.shape, prob.shape)
    return stream.binomial(np.broadcast_to(count, shape), np.broadcast_to(prob, shape))


def binomial(count: Any, prob: Any, generator: Any = None) -> Any:
    """How many of `count` trials succeed, each with probability `prob`; both float32 or both float64."""
    check_tensor(count, "binomial", "count")
    check_tensor(prob, "binomial", "prob", 2)
    for name, parameter in (("count", count), ("prob", prob)):
        dtype = parameter._array.dtype
        if dtype not in FLOATING:
            raise ValueError(f"binomial only supports floating-point dtypes for {name}, got: {spoken(dtype)}")
    return _binomial(count, prob, generator)
