"""What the absolute values of numbers that lie evenly around 0 have in common."""

from __future__ import annotations

import math
from typing import Any

import pullback
from pullback import inf
from pullback.distributions import constraints
from pullback.distributions.transformed_distribution import TransformedDistribution
from pullback.tensor import Tensor


class Folded(TransformedDistribution):
    """The absolute value of a number of `base_dist`: twice the density on one side."""

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    @property
    def mode(self) -> Tensor:
        return pullback.zeros_like(self.scale)

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return self._log_density(value)

    def _log_density(self, value: Any) -> Tensor:
        log_prob = self.base_dist.log_prob(value) + math.log(2)
        return pullback.where(value >= 0, log_prob, -inf)

    def cdf(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, prob: Any) -> Tensor:  # type: ignore[override]
        return self.base_dist.icdf((prob + 1) / 2)

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() - math.log(2)
