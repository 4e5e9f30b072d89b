"""Mixtures of distributions of one kind."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.distributions import constraints
from pullback.distributions.categorical import Categorical
from pullback.distributions.constraints import MixtureSameFamilyConstraint
from pullback.distributions.distribution import Distribution
from pullback.size import Size
from pullback.tensor import Tensor

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """A value of one of several components, chosen at random.

    Args:
        mixture_distribution: a `Categorical` that chooses.
        component_distribution: the components, along the last batch axis.
        validate_args: check values.

    Raises:
        ValueError: for distributions that do not go together.
    """

    arg_constraints: Any = {}
    has_rsample = False

    def __init__(
        self, mixture_distribution: Any, component_distribution: Any, validate_args: bool | None = None
    ) -> None:
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(" The Mixture distribution needs to be an  instance of torch.distributions.Categorical")
        if not isinstance(component_distribution, Distribution):
            raise ValueError("The Component distribution needs to be an instance of torch.distributions.Distribution")
        self._check_shapes()
        self._num_component = component_distribution.batch_shape[-1]
        event_shape = component_distribution.event_shape
        self._event_ndims = len(event_shape)
        super().__init__(component_distribution.batch_shape[:-1], event_shape, validate_args=validate_args)

    def _check_shapes(self) -> None:
        chosen = self._mixture_distribution.batch_shape
        components = self._component_distribution.batch_shape[:-1]
        for size1, size2 in zip(reversed(chosen), reversed(components)):
            if size1 != 1 and size2 != 1 and size1 != size2:
                raise ValueError(
                    f"`mixture_distribution.batch_shape` ({chosen}) is not "
                    f"compatible with `component_distribution.batch_shape`({components})"
                )
        count, other = self._mixture_distribution.logits.shape[-1], self._component_distribution.batch_shape[-1]
        if count is not None and other is not None and count != other:
            raise ValueError(
                f"`mixture_distribution component` ({count}) does not"
                f" equal `component_distribution.batch_shape[-1]` ({other})"
            )

    def expand(self, batch_shape: Any, _instance: Any = None) -> MixtureSameFamily:
        batch_shape = Size(batch_shape)
        new = self._get_checked_instance(MixtureSameFamily, _instance)
        new._component_distribution = self._component_distribution.expand(batch_shape + (self._num_component,))
        new._mixture_distribution = self._mixture_distribution.expand(batch_shape)
        new._num_component = self._num_component
        new._event_ndims = self._event_ndims
        event_shape = new._component_distribution.event_shape
        super(MixtureSameFamily, new).__init__(batch_shape, event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @constraints.dependent_property
    def support(self) -> Any:
        return MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Any:
        """What chooses."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Any:
        """The components."""
        return self._component_distribution

    @property
    def mean(self) -> Tensor:
        probs = self._pad_mixture_dimensions(self.mixture_distribution.probs)
        return pullback.sum(probs * self.component_distribution.mean, dim=-1 - self._event_ndims)

    @property
    def variance(self) -> Tensor:
        """The mean of the variances, plus the variance of the means."""
        probs = self._pad_mixture_dimensions(self.mixture_distribution.probs)
        dim = -1 - self._event_ndims
        inner = pullback.sum(probs * self.component_distribution.variance, dim=dim)
        between = (self.component_distribution.mean - self._pad(self.mean)).pow(2.0)
        return inner + pullback.sum(probs * between, dim=dim)

    def cdf(self, x: Any) -> Tensor:  # type: ignore[override]
        cdf = self.component_distribution.cdf(self._pad(x))
        return pullback.sum(cdf * self.mixture_distribution.probs, dim=-1)

    def log_prob(self, x: Any) -> Tensor:  # type: ignore[override]
        if self._validate_args:
            self._validate_sample(x)
        log_prob = self.component_distribution.log_prob(self._pad(x))
        weights = pullback.log_softmax(self.mixture_distribution.logits, dim=-1)
        return pullback.logsumexp(log_prob + weights, dim=-1)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        sample_shape = Size(sample_shape)
        with pullback.no_grad():
            dim = len(sample_shape) + len(self.batch_shape)
            event = self.event_shape
            chosen = self.mixture_distribution.sample(sample_shape)
            samples = self.component_distribution.sample(sample_shape)
            index = chosen.reshape(chosen.shape + Size([1] * (len(event) + 1)))
            index = index.repeat(Size([1] * len(chosen.shape)) + Size([1]) + event)
            return pullback.gather(samples, dim, index).squeeze(dim)

    def _pad(self, x: Any) -> Any:
        return x.unsqueeze(-1 - self._event_ndims)

    def _pad_mixture_dimensions(self, x: Any) -> Any:
        missing = len(self.batch_shape) - len(self.mixture_distribution.batch_shape)
        before = x.shape[:-1] + Size(missing * [1])
        return x.reshape(before + x.shape[-1:] + Size(self._event_ndims * [1]))

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self.mixture_distribution},\n  {self.component_distribution})"
