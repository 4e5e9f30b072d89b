"""Samples of classes that gradients flow through (Jang et al., 2017)."""

from __future__ import annotations

import warnings
from typing import Any

import pullback
from pullback.ops.typing import V

__all__ = ["gumbel_softmax"]


def gumbel_softmax(logits: V, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> V:
    """The softmax of ``(logits + Gumbel noise) / tau`` along `dim`. Shapes: ``(*) -> (*)``.

    With `hard` the result is one-hot, with the gradient of the soft one. `eps` is deprecated and has no effect.

    >>> import pullback as torch
    >>> torch.nn.functional.gumbel_softmax(torch.zeros(4), hard=True).sum()
    tensor(1.)
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    x: Any = logits
    # minus the logarithm of an exponential draw has Gumbel's distribution
    noise = -pullback.empty_like(x, memory_format=pullback.contiguous_format).exponential_().log()
    soft: Any = ((x + noise) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = pullback.zeros_like(x, memory_format=pullback.contiguous_format).scatter_(dim, index, 1.0)
    return one_hot - soft.detach() + soft
