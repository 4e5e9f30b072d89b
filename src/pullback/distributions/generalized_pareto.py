"""The generalized Pareto distribution."""

from __future__ import annotations

from typing import Any

import pullback
from pullback import inf, nan
from pullback.distributions import constraints
from pullback.distributions.distribution import Distribution
from pullback.distributions.utils import broadcast_all
from pullback.size import Size
from pullback.tensor import Tensor

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """What exceeds a high threshold (Pickands, 1975); with concentration 0 an exponential distribution.

    Args:
        loc: the threshold.
        scale: the scale.
        concentration: the weight of the tail; negative for a bounded one.
        validate_args: check parameters and values.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real}
    has_rsample = True
    _expands = {"loc": 0, "scale": 0, "concentration": 0}

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        scalar = all(isinstance(each, (int, float)) for each in (loc, scale, concentration))
        super().__init__(Size() if scalar else self.loc.size(), validate_args=validate_args)

    def _split(self) -> tuple[Tensor, Tensor]:
        """Where the concentration is 0, and a concentration that one can divide by."""
        zero = pullback.isclose(self.concentration, pullback.tensor(0.0).type_as(self.concentration))
        return zero, pullback.where(zero, pullback.ones_like(self.concentration), self.concentration)

    def _z(self, x: Any) -> Any:
        return (x - self.loc) / self.scale

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        return self.icdf(pullback.rand(shape, dtype=self.loc.dtype, device=self.loc.device))

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        z = self._z(value)
        zero, concentration = self._split()
        power = 1 / concentration + pullback.ones_like(z)
        tail = pullback.where(power == 0, power, power * pullback.log1p(concentration * z))
        return -pullback.log(self.scale.type_as(value)) - pullback.where(zero, z, tail)

    def log_survival_function(self, value: Any) -> Tensor:
        """The logarithm of the probability of what is greater than `value`."""
        if self._validate_args:
            self._validate_sample(value)
        z = self._z(value)
        zero, concentration = self._split()
        return pullback.where(zero, -z, -pullback.log1p(concentration * z) / concentration)

    def log_cdf(self, value: Any) -> Tensor:
        """The logarithm of `cdf`."""
        return pullback.log1p(-pullback.exp(self.log_survival_function(value)))

    def cdf(self, value: Any) -> Tensor:
        return pullback.exp(self.log_cdf(value))

    def icdf(self, value: Any) -> Tensor:
        zero, concentration = self._split()
        logu = pullback.log1p(-value)
        tail = self.loc + self.scale / concentration * pullback.expm1(-concentration * logu)
        return pullback.where(zero, self.loc - self.scale * logu, tail)

    @property
    def mean(self) -> Tensor:
        valid = self.concentration < 1
        safe = pullback.where(valid, self.concentration, 0.5)
        result = self.loc + self.scale / (1 - safe)
        return pullback.where(valid, result, pullback.full_like(result, nan))

    @property
    def variance(self) -> Tensor:
        valid = self.concentration < 0.5
        safe = pullback.where(valid, self.concentration, 0.25)
        result = self.scale**2 / ((1 - safe) ** 2 * (1 - 2 * safe)) + pullback.zeros_like(self.loc)
        return pullback.where(valid, result, pullback.full_like(result, nan))

    def entropy(self) -> Tensor:
        return pullback.broadcast_to(pullback.log(self.scale) + self.concentration + 1, self._batch_shape)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        upper = pullback.where(
            self.concentration < 0, self.loc - self.scale / self.concentration, pullback.full_like(self.loc, inf)
        )
        return constraints.interval(self.loc, upper)
