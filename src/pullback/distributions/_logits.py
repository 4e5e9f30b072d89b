"""Distributions that are given by probabilities or by logits, and compute the one from the other."""

from __future__ import annotations

from typing import Any, ClassVar

from pullback.distributions.distribution import Distribution
from pullback.distributions.utils import broadcast_all, lazy_property, logits_to_probs, probs_to_logits
from pullback.size import Size
from pullback.tensor import Tensor


class LogitsOrProbs(Distribution):
    """Keeps the one that was given; the other is computed when it is asked for."""

    _is_binary: ClassVar[bool] = True

    def _take_logits_or_probs(self, probs: Any, logits: Any) -> bool:
        """Keep what is given; whether it is one number. Raises ``ValueError`` unless exactly one is."""
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if probs is not None:
            (self.probs,) = broadcast_all(probs)
        else:
            (self.logits,) = broadcast_all(logits)
        return isinstance(probs if probs is not None else logits, (int, float))

    @property
    def _param(self) -> Tensor:
        return self.__dict__["probs"] if "probs" in self.__dict__ and self._is_given("probs") else self.logits

    def _is_given(self, name: str) -> bool:
        return next(each for each in self.__dict__ if each in ("probs", "logits")) == name

    def _new(self, *args: Any, **kwargs: Any) -> Tensor:
        return self._param.new_empty(*args, **kwargs)

    @lazy_property
    def logits(self) -> Tensor:
        """Log-odds, or unnormalised log-probabilities along the last axis."""
        return probs_to_logits(self.probs, is_binary=self._is_binary)

    @lazy_property
    def probs(self) -> Tensor:
        """Probabilities."""
        return logits_to_probs(self.logits, is_binary=self._is_binary)

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter that was given."""
        return self._param.size()
