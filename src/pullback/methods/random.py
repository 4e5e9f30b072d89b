"""Methods that fill a tensor with random numbers, or draw with its elements as parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pullback.later import later

if TYPE_CHECKING:
    from pullback.ops.random import discrete, fills, sampling
else:
    discrete, fills, sampling = later("pullback.ops.random", "discrete fills sampling")


class RandomMethods:
    """Random fills and samples."""

    __slots__ = ()

    uniform_, normal_, log_normal_ = fills.uniform_, fills.normal_, fills.log_normal_
    exponential_, cauchy_ = fills.exponential_, fills.cauchy_
    bernoulli_, random_, geometric_ = discrete.bernoulli_, discrete.random_, discrete.geometric_
    bernoulli, multinomial = sampling.bernoulli, sampling.multinomial
