"""The Poisson distribution."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.distributions import constraints
from pullback.distributions.exp_family import ExponentialFamily
from pullback.distributions.utils import broadcast_all
from pullback.size import Size
from pullback.tensor import Tensor

__all__ = ["Poisson"]


class Poisson(ExponentialFamily):
    """How often something happens that happens `rate` times on average.

    Args:
        rate: the mean.
        validate_args: check parameters and values.
    """

    arg_constraints = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer
    _expands = {"rate": 0}

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(Size() if isinstance(rate, (int, float)) else self.rate.size(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.rate

    @property
    def mode(self) -> Tensor:
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with pullback.no_grad():
            return pullback.poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        rate, value = broadcast_all(self.rate, value)
        return value.xlogy(rate) - rate - (value + 1).lgamma()

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (pullback.log(self.rate),)

    def _log_normalizer(self, x: Any) -> Tensor:  # type: ignore[override]
        return pullback.exp(x)
