"""The half-normal distribution."""

from __future__ import annotations

import math
from typing import Any

from pullback.distributions._folded import Folded
from pullback.distributions.normal import Normal
from pullback.distributions.transforms import AbsTransform
from pullback.tensor import Tensor

__all__ = ["HalfNormal"]


class HalfNormal(Folded):
    """The absolute value of a normal number around 0.

    Args:
        scale: the standard deviation of the normal distribution.
        validate_args: check parameters and values.
    """

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Normal(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> HalfNormal:
        return super().expand(batch_shape, _instance=self._get_checked_instance(HalfNormal, _instance))  # type: ignore[return-value]

    @property
    def scale(self) -> Tensor:
        """The standard deviation of the normal distribution."""
        return self.base_dist.scale

    @property
    def mean(self) -> Tensor:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Tensor:
        return self.scale.pow(2) * (1 - 2 / math.pi)
