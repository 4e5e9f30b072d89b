"""The gamma distribution."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.distributions import constraints
from pullback.distributions.exp_family import ExponentialFamily
from pullback.distributions.utils import broadcast_all
from pullback.size import Size
from pullback.tensor import Tensor

__all__ = ["Gamma"]


class Gamma(ExponentialFamily):
    """Positive numbers whose density is ``rate^concentration x^(concentration - 1) exp(-rate x) / Γ(concentration)``.

    Args:
        concentration: the shape, often called alpha.
        rate: one over the scale, often called beta.
        validate_args: check parameters and values.
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _mean_carrier_measure = 0
    _expands = {"concentration": 0, "rate": 0}

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        scalar = isinstance(concentration, (int, float)) and isinstance(rate, (int, float))
        super().__init__(Size() if scalar else self.concentration.size(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Tensor:
        return self.concentration / self.rate.pow(2)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        drawn = pullback._standard_gamma(self.concentration.expand(shape))
        value = drawn / self.rate.expand(shape)
        value.detach().clamp_(
            min=pullback.finfo(value.dtype).tiny
        )  # do not record: the gradient is that of the quotient
        return value

    def log_prob(self, value: Any) -> Tensor:
        value = pullback.as_tensor(value, dtype=self.rate.dtype, device=self.rate.device)
        if self._validate_args:
            self._validate_sample(value)
        return (
            pullback.xlogy(self.concentration, self.rate)
            + pullback.xlogy(self.concentration - 1, value)
            - self.rate * value
            - pullback.lgamma(self.concentration)
        )

    def entropy(self) -> Tensor:
        return (
            self.concentration
            - pullback.log(self.rate)
            + pullback.lgamma(self.concentration)
            + (1.0 - self.concentration) * pullback.digamma(self.concentration)
        )

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.concentration - 1, -self.rate)

    def _log_normalizer(self, x: Any, y: Any) -> Tensor:  # type: ignore[override]
        return pullback.lgamma(x + 1) + (x + 1) * pullback.log(-y.reciprocal())

    def cdf(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return pullback.special.gammainc(self.concentration, self.rate * value)
