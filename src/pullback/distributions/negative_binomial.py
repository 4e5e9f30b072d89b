"""The negative binomial distribution."""

from __future__ import annotations

from typing import Any

import pullback
import pullback.nn.functional as F
from pullback.distributions import constraints
from pullback.distributions._logits import LogitsOrProbs
from pullback.distributions.gamma import Gamma
from pullback.distributions.utils import broadcast_all, lazy_property
from pullback.tensor import Tensor

__all__ = ["NegativeBinomial"]


class NegativeBinomial(LogitsOrProbs):
    """How many trials succeed before `total_count` have failed.

    Args:
        total_count: number of failures, not necessarily whole.
        probs: probability of success, in ``[0, 1)``; or
        logits: its log-odds.
        validate_args: check parameters and values.
    """

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer
    _expands = {"total_count": 0, "probs": 0, "logits": 0}

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._take_logits_or_probs(probs, logits)
        name = "probs" if probs is not None else "logits"
        self.total_count, parameter = broadcast_all(total_count, self._param)
        self.total_count = self.total_count.type_as(parameter)
        setattr(self, name, parameter)
        super().__init__(self._param.size(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.total_count * pullback.exp(self.logits)

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        return self.mean / pullback.sigmoid(-self.logits)

    @lazy_property
    def _gamma(self) -> Gamma:
        return Gamma(concentration=self.total_count, rate=pullback.exp(-self.logits), validate_args=False)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with pullback.no_grad():
            return pullback.poisson(self._gamma.sample(sample_shape=sample_shape))

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        unnormalized = self.total_count * F.logsigmoid(-self.logits) + value * F.logsigmoid(self.logits)
        normalization = (
            -pullback.lgamma(self.total_count + value)
            + pullback.lgamma(1.0 + value)
            + pullback.lgamma(self.total_count)
        )
        return unnormalized - normalization.masked_fill(self.total_count + value == 0.0, 0.0)
