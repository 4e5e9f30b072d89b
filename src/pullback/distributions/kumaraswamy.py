"""The Kumaraswamy distribution."""

from __future__ import annotations

from typing import Any

import pullback
from pullback import nan
from pullback.distributions import constraints
from pullback.distributions.transformed_distribution import TransformedDistribution
from pullback.distributions.transforms import AffineTransform, PowerTransform
from pullback.distributions.uniform import Uniform
from pullback.distributions.utils import broadcast_all, euler_constant
from pullback.tensor import Tensor

__all__ = ["Kumaraswamy"]


def _moments(a: Tensor, b: Tensor, n: int) -> Tensor:
    """The `n`-th moment."""
    first = 1 + n / a
    return b * pullback.exp(pullback.lgamma(first) + pullback.lgamma(b) - pullback.lgamma(first + b))


class Kumaraswamy(TransformedDistribution):
    """Numbers of ``[0, 1]`` with distribution function ``1 - (1 - x^concentration1)^concentration0``.

    Args:
        concentration1: first parameter.
        concentration0: second parameter.
        validate_args: check parameters and values.
    """

    arg_constraints = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        base = Uniform(
            pullback.full_like(self.concentration0, 0),
            pullback.full_like(self.concentration0, 1),
            validate_args=validate_args,
        )
        transforms = [
            PowerTransform(exponent=self.concentration0.reciprocal()),
            AffineTransform(loc=1.0, scale=-1.0),
            PowerTransform(exponent=self.concentration1.reciprocal()),
        ]
        super().__init__(base, transforms, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Kumaraswamy:
        new = self._get_checked_instance(Kumaraswamy, _instance)
        new.concentration1 = self.concentration1.expand(batch_shape)
        new.concentration0 = self.concentration0.expand(batch_shape)
        return super().expand(batch_shape, _instance=new)  # type: ignore[return-value]

    @property
    def mean(self) -> Tensor:
        return _moments(self.concentration1, self.concentration0, 1)

    @property
    def mode(self) -> Tensor:
        log_mode = (
            self.concentration0.reciprocal() * (-self.concentration0).log1p()
            - (-self.concentration0 * self.concentration1).log1p()
        )
        log_mode[(self.concentration0 < 1) | (self.concentration1 < 1)] = nan
        return log_mode.exp()

    @property
    def variance(self) -> Tensor:
        return _moments(self.concentration1, self.concentration0, 2) - pullback.pow(self.mean, 2)

    def entropy(self) -> Tensor:
        t1, t0 = 1 - self.concentration1.reciprocal(), 1 - self.concentration0.reciprocal()
        harmonic = pullback.digamma(self.concentration0 + 1) + euler_constant
        return t0 + t1 * harmonic - pullback.log(self.concentration1) - pullback.log(self.concentration0)
