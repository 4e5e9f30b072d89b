"""Student's t distribution."""

from __future__ import annotations

import math
from typing import Any

import pullback
from pullback import inf, nan
from pullback.distributions import constraints
from pullback.distributions.chi2 import Chi2
from pullback.distributions.distribution import Distribution
from pullback.distributions.utils import _standard_normal, broadcast_all
from pullback.size import Size
from pullback.tensor import Tensor

__all__ = ["StudentT"]


class StudentT(Distribution):
    """A normal number divided by an estimate of its standard deviation.

    Args:
        df: degrees of freedom of the estimate.
        loc: the centre.
        scale: the scale.
        validate_args: check parameters and values.
    """

    arg_constraints = {"df": constraints.positive, "loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df)
        super().__init__(self.df.size(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> StudentT:
        new = self._get_checked_instance(StudentT, _instance)
        batch_shape = Size(batch_shape)
        new.df, new.loc, new.scale = (each.expand(batch_shape) for each in (self.df, self.loc, self.scale))
        new._chi2 = self._chi2.expand(batch_shape)
        super(StudentT, new).__init__(batch_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @property
    def mean(self) -> Tensor:
        mean = self.loc.clone(memory_format=pullback.contiguous_format)
        mean[self.df <= 1] = nan
        return mean

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        variance = self.df.clone(memory_format=pullback.contiguous_format)
        many = self.df > 2
        variance[many] = self.scale[many].pow(2) * self.df[many] / (self.df[many] - 2)
        variance[(self.df <= 2) & (self.df > 1)] = inf
        variance[self.df <= 1] = nan
        return variance

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        normal = _standard_normal(shape, dtype=self.df.dtype, device=self.df.device)
        squares = self._chi2.rsample(sample_shape)
        return self.loc + self.scale * (normal * pullback.rsqrt(squares / self.df))

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        y = (value - self.loc) / self.scale
        normalizer = (
            self.scale.log()
            + 0.5 * self.df.log()
            + 0.5 * math.log(math.pi)
            + pullback.lgamma(0.5 * self.df)
            - pullback.lgamma(0.5 * (self.df + 1.0))
        )
        return -0.5 * (self.df + 1.0) * pullback.log1p(y**2.0 / self.df) - normalizer

    def entropy(self) -> Tensor:
        half = 0.5 * self.df
        log_beta = pullback.lgamma(half) + math.lgamma(0.5) - pullback.lgamma(0.5 * (self.df + 1))
        return (
            self.scale.log()
            + 0.5 * (self.df + 1) * (pullback.digamma(0.5 * (self.df + 1)) - pullback.digamma(half))
            + 0.5 * self.df.log()
            + log_beta
        )
