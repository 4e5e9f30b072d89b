"""Exponential families: densities ``exp(<t(x), θ> - F(θ) + k(x))``."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.distributions.distribution import Distribution
from pullback.tensor import Tensor

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """A distribution that knows its natural parameters θ and its log normalizer F, which give its entropy.

    The source is Nielsen and Nock, "Entropies and cross-entropies of exponential families" (2010).
    """

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        """The natural parameters θ."""
        raise NotImplementedError

    def _log_normalizer(self, *natural_params: Any) -> Tensor:
        """The log normalizer F of natural parameters."""
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self) -> Any:
        """The expectation of k."""
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """``F(θ) - <θ, ∇F(θ)>`` less the expectation of k; the gradient of F is found by differentiation."""
        result = -self._mean_carrier_measure
        natural = [parameter.detach().requires_grad_() for parameter in self._natural_params]
        log_normalizer = self._log_normalizer(*natural)
        gradients = pullback.autograd.grad(log_normalizer.sum(), natural, create_graph=True)
        result = result + log_normalizer
        for parameter, gradient in zip(natural, gradients):
            result = result - (parameter * gradient).reshape(self._batch_shape + (-1,)).sum(-1)
        return result
