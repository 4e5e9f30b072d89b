"""The Bernoulli distribution."""

from __future__ import annotations

from typing import Any, ClassVar as ClassVar  # for the annotations of the base, which are looked up here

import pullback
from pullback import nan
from pullback.distributions import constraints
from pullback.distributions._logits import LogitsOrProbs
from pullback.distributions.exp_family import ExponentialFamily
from pullback.distributions.utils import broadcast_all
from pullback.nn.functional import binary_cross_entropy_with_logits
from pullback.size import Size
from pullback.tensor import Tensor

__all__ = ["Bernoulli"]


class Bernoulli(LogitsOrProbs, ExponentialFamily):
    """1 with a probability, else 0.

    Args:
        probs: the probability of 1; or
        logits: its log-odds.
        validate_args: check parameters and values.

    >>> import pullback as torch
    >>> Bernoulli(torch.tensor(0.25)).log_prob(torch.tensor(1.0)).exp()
    tensor(0.2500)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0
    _expands = {"probs": 0, "logits": 0}

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        scalar = self._take_logits_or_probs(probs, logits)
        super().__init__(Size() if scalar else self._param.size(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        mode = (self.probs >= 0.5).to(self.probs)
        mode[self.probs == 0.5] = nan
        return mode

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with pullback.no_grad():
            return pullback.bernoulli(self.probs.expand(shape))

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = pullback.arange(2, dtype=self._param.dtype, device=self._param.device)
        values = values.view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (pullback.logit(self.probs),)

    def _log_normalizer(self, x: Any) -> Tensor:  # type: ignore[override]
        return pullback.log1p(pullback.exp(x))
