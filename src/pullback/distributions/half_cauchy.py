"""The half-Cauchy distribution."""

from __future__ import annotations

import math
from typing import Any

import pullback
from pullback.distributions._folded import Folded
from pullback.distributions.cauchy import Cauchy
from pullback.distributions.transforms import AbsTransform
from pullback.tensor import Tensor

__all__ = ["HalfCauchy"]


class HalfCauchy(Folded):
    """The absolute value of a Cauchy number around 0.

    Args:
        scale: the scale of the Cauchy distribution.
        validate_args: check parameters and values.
    """

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> HalfCauchy:
        return super().expand(batch_shape, _instance=self._get_checked_instance(HalfCauchy, _instance))  # type: ignore[return-value]

    @property
    def scale(self) -> Tensor:
        """The scale of the Cauchy distribution."""
        return self.base_dist.scale

    @property
    def mean(self) -> Tensor:
        return pullback.full(self._extended_shape(), math.inf, dtype=self.scale.dtype, device=self.scale.device)

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    def _log_density(self, value: Any) -> Tensor:
        return super()._log_density(pullback.as_tensor(value, dtype=self.scale.dtype, device=self.scale.device))
