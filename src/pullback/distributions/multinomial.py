"""The multinomial distribution."""

from __future__ import annotations

from typing import Any

import pullback
from pullback import inf
from pullback.distributions import constraints
from pullback.distributions.binomial import Binomial
from pullback.distributions.categorical import Categorical
from pullback.distributions.distribution import Distribution
from pullback.distributions.utils import broadcast_all
from pullback.size import Size
from pullback.tensor import Tensor

__all__ = ["Multinomial"]


class Multinomial(Distribution):
    """How often each category comes in several draws.

    Args:
        total_count: number of draws.
        probs: weights of the categories; or
        logits: logarithms of weights.
        validate_args: check parameters and values.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    total_count: int

    def __init__(
        self,
        total_count: int = 1,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._categorical = Categorical(probs=probs, logits=logits)
        self._binomial = Binomial(total_count=total_count, probs=self.probs)
        batch_shape = self._categorical.batch_shape
        super().__init__(batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Multinomial:
        new = self._get_checked_instance(Multinomial, _instance)
        batch_shape = Size(batch_shape)
        new.total_count = self.total_count
        new._categorical = self._categorical.expand(batch_shape)
        new._binomial = self._binomial.expand(batch_shape + self.event_shape)
        super(Multinomial, new).__init__(batch_shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        return constraints.multinomial(self.total_count)

    @property
    def logits(self) -> Tensor:
        """Logarithms of the categories' probabilities."""
        return self._categorical.logits

    @property
    def probs(self) -> Tensor:
        """Probabilities of the categories."""
        return self._categorical.probs

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter that was given."""
        return self._categorical.param_shape

    @property
    def mean(self) -> Tensor:
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        sample_shape = Size(sample_shape)
        samples = self._categorical.sample(Size((self.total_count,)) + sample_shape)
        samples = samples.movedim(0, -1)
        counts = samples.new_zeros(self._extended_shape(sample_shape))
        counts.scatter_add_(-1, samples, pullback.ones_like(samples))
        return counts.type_as(self.probs)

    def entropy(self) -> Tensor:
        n = pullback.tensor(self.total_count)
        support = self._binomial.enumerate_support(expand=False)[1:]
        weights = pullback.lgamma(support + 1)
        repeated = (pullback.exp(self._binomial.log_prob(support)) * weights).sum([0, -1])
        return n * self._categorical.entropy() - pullback.lgamma(n + 1) + repeated

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        logits = logits.clone(memory_format=pullback.contiguous_format)
        logits[(value == 0) & (logits == -inf)] = 0
        log_factorials = pullback.lgamma(value.sum(-1) + 1) - pullback.lgamma(value + 1).sum(-1)
        return log_factorials + (logits * value).sum(-1)
