"""``torch.norm_except_dim`` and ``torch._weight_norm``, which programs call by these names."""

from __future__ import annotations

from typing import Any

from pullback.nn.utils import _weights
from pullback.tensor import Tensor


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Tensor:
    """The `pow`-norm over all dimensions but `dim`, which stay with size 1; over all of them where `dim` is -1.

    >>> import pullback as torch
    >>> torch.norm_except_dim(torch.tensor([[3.0, 4.0], [0.0, 2.0]]))
    tensor([[5.],
            [2.]])
    """
    return _weights.norm_except_dim(v, dim, pow)


def _weight_norm(v: Any, g: Any, dim: int = 0) -> Tensor:
    """The weight of direction `v` and length `g` along `dim`."""
    return _weights.recombined(v, g, dim)
