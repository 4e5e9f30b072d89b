"""The continuous Bernoulli distribution."""

from __future__ import annotations

import math
from typing import Any

import pullback
from pullback.distributions import constraints
from pullback.distributions._logits import LogitsOrProbs
from pullback.distributions.exp_family import ExponentialFamily
from pullback.distributions.utils import broadcast_all, clamp_probs
from pullback.nn.functional import binary_cross_entropy_with_logits
from pullback.size import Size
from pullback.tensor import Tensor

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(LogitsOrProbs, ExponentialFamily):
    """Numbers of ``[0, 1]`` with density ``C probs^x (1 - probs)^(1 - x)`` (Loaiza-Ganem and Cunningham, 2019).

    Args:
        probs: the parameter, in (0, 1); or
        logits: its log-odds.
        lims: between these, formulas that divide by ``1 - 2 probs`` are replaced by their Taylor series.
        validate_args: check parameters and values.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0
    _expands = {"probs": 0, "logits": 0}

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        scalar = self._take_logits_or_probs(probs, logits)
        if probs is not None:
            if validate_args is not None and not self.arg_constraints["probs"].check(self.probs).all():
                raise ValueError("The parameter probs has invalid values")
            self.probs = clamp_probs(self.probs)
        self._lims = lims
        super().__init__(Size() if scalar else self._param.size(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> ContinuousBernoulli:
        new = self._expanded_as(ContinuousBernoulli, batch_shape, _instance)
        new._lims = self._lims
        return new

    def _outside_unstable_region(self) -> Tensor:
        return pullback.max(pullback.le(self.probs, self._lims[0]), pullback.gt(self.probs, self._lims[1]))

    def _cut_probs(self) -> Tensor:
        return pullback.where(
            self._outside_unstable_region(), self.probs, self._lims[0] * pullback.ones_like(self.probs)
        )

    def _cont_bern_log_norm(self) -> Tensor:
        """The logarithm of the normalizing constant C."""
        cut = self._cut_probs()
        below = pullback.where(pullback.le(cut, 0.5), cut, pullback.zeros_like(cut))
        above = pullback.where(pullback.ge(cut, 0.5), cut, pullback.ones_like(cut))
        log_norm = pullback.log(pullback.abs(pullback.log1p(-cut) - pullback.log(cut))) - pullback.where(
            pullback.le(cut, 0.5), pullback.log1p(-2.0 * below), pullback.log(2.0 * above - 1.0)
        )
        x = pullback.pow(self.probs - 0.5, 2)
        taylor = math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x
        return pullback.where(self._outside_unstable_region(), log_norm, taylor)

    @property
    def mean(self) -> Tensor:
        cut = self._cut_probs()
        mean = cut / (2.0 * cut - 1.0) + 1.0 / (pullback.log1p(-cut) - pullback.log(cut))
        x = self.probs - 0.5
        taylor = 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * pullback.pow(x, 2)) * x
        return pullback.where(self._outside_unstable_region(), mean, taylor)

    @property
    def stddev(self) -> Tensor:
        return pullback.sqrt(self.variance)

    @property
    def variance(self) -> Tensor:
        cut = self._cut_probs()
        variance = cut * (cut - 1.0) / pullback.pow(1.0 - 2.0 * cut, 2) + 1.0 / pullback.pow(
            pullback.log1p(-cut) - pullback.log(cut), 2
        )
        x = pullback.pow(self.probs - 0.5, 2)
        taylor = 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x
        return pullback.where(self._outside_unstable_region(), variance, taylor)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with pullback.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        return self.icdf(pullback.rand(shape, dtype=self.probs.dtype, device=self.probs.device))

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none") + self._cont_bern_log_norm()

    def cdf(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        cut = self._cut_probs()
        inner = (pullback.pow(cut, value) * pullback.pow(1.0 - cut, 1.0 - value) + cut - 1.0) / (2.0 * cut - 1.0)
        inner = pullback.where(self._outside_unstable_region(), inner, value)
        inner = pullback.where(pullback.ge(value, 1.0), pullback.ones_like(value), inner)
        return pullback.where(pullback.le(value, 0.0), pullback.zeros_like(value), inner)

    def icdf(self, value: Any) -> Tensor:
        cut = self._cut_probs()
        inner = (pullback.log1p(-cut + value * (2.0 * cut - 1.0)) - pullback.log1p(-cut)) / (
            pullback.log(cut) - pullback.log1p(-cut)
        )
        return pullback.where(self._outside_unstable_region(), inner, value)

    def entropy(self) -> Tensor:
        log_probs0, log_probs1 = pullback.log1p(-self.probs), pullback.log(self.probs)
        return self.mean * (log_probs0 - log_probs1) - self._cont_bern_log_norm() - log_probs0

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.logits,)

    def _log_normalizer(self, x: Any) -> Tensor:  # type: ignore[override]
        outside = pullback.max(pullback.le(x, self._lims[0] - 0.5), pullback.gt(x, self._lims[1] - 0.5))
        cut = pullback.where(outside, x, (self._lims[0] - 0.5) * pullback.ones_like(x))
        log_norm = pullback.log(pullback.abs(pullback.special.expm1(cut))) - pullback.log(pullback.abs(cut))
        taylor = 0.5 * x + pullback.pow(x, 2) / 24.0 - pullback.pow(x, 4) / 2880.0
        return pullback.where(outside, log_norm, taylor)
