"""The LKJ distribution of Cholesky factors of correlation matrices."""

from __future__ import annotations

import math
from typing import Any

import pullback
from pullback.distributions import constraints
from pullback.distributions.beta import Beta
from pullback.distributions.distribution import Distribution
from pullback.distributions.utils import broadcast_all
from pullback.size import Size
from pullback.tensor import Tensor

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """Cholesky factors of correlation matrices R with density ``det(R)^(concentration - 1)``, drawn by onions.

    The source is Lewandowski, Kurowicka and Joe, "Generating random correlation matrices based on vines and extended
    onion method" (2009).

    Args:
        dim: size of the matrices.
        concentration: 1 makes all correlation matrices alike, more favours those near the identity.
        validate_args: check parameters and values.
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        marginal = self.concentration + 0.5 * (dim - 2)
        offset = pullback.arange(dim - 1, dtype=self.concentration.dtype, device=self.concentration.device)
        offset = pullback.cat([offset.new_zeros((1,)), offset])
        self._beta = Beta(offset + 0.5, marginal.unsqueeze(-1) - 0.5 * offset)
        super().__init__(self.concentration.size(), Size((dim, dim)), validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> LKJCholesky:
        new = self._get_checked_instance(LKJCholesky, _instance)
        batch_shape = Size(batch_shape)
        new.dim = self.dim
        new.concentration = self.concentration.expand(batch_shape)
        new._beta = self._beta.expand(batch_shape + (self.dim,))
        super(LKJCholesky, new).__init__(batch_shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def sample(self, sample_shape: Any = ()) -> Tensor:
        y = self._beta.sample(sample_shape).unsqueeze(-1)
        normal = pullback.randn(self._extended_shape(sample_shape), dtype=y.dtype, device=y.device).tril(-1)
        directions = normal / normal.norm(dim=-1, keepdim=True)
        directions[..., 0, :].fill_(0.0)
        w = pullback.sqrt(y) * directions
        tiny = pullback.finfo(w.dtype).tiny
        diagonal = pullback.clamp(1 - pullback.sum(w**2, dim=-1), min=tiny).sqrt()
        return w + pullback.diag_embed(diagonal)

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        order = pullback.arange(2, self.dim + 1, device=self.concentration.device)
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - order
        unnormalized = pullback.sum(order * diagonal.log(), dim=-1)
        before = self.dim - 1
        alpha = self.concentration + 0.5 * before
        normalizer = (
            0.5 * before * math.log(math.pi) + pullback.mvlgamma(alpha - 0.5, before) - pullback.lgamma(alpha) * before
        )
        return unnormalized - normalizer
