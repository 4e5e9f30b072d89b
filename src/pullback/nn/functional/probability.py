"""Softmax and its kin, with the default axis of old."""

from __future__ import annotations

import warnings
from typing import Any

from pullback.ops.reduction import exponential
from pullback.ops.typing import V


def _get_softmax_dim(name: str, ndim: int, stacklevel: int) -> int:
    """The axis that PyTorch took before it asked for one."""
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel + 1,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: V, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> V:
    """Exponentials along `dim`, divided by their sum: `torch.softmax`. Without `dim` warns and takes 0 or 1.

    >>> import pullback as torch
    >>> torch.nn.functional.softmax(torch.tensor([0., 0.]), dim=0)
    tensor([0.5000, 0.5000])
    """
    if dim is None:
        dim = _get_softmax_dim("softmax", input.ndim, _stacklevel - 1)
    return exponential.softmax(input, dim, dtype)


def log_softmax(input: V, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> V:
    """Logarithm of `softmax`: `torch.log_softmax`. Without `dim` warns and takes 0 or 1."""
    if dim is None:
        dim = _get_softmax_dim("log_softmax", input.ndim, _stacklevel - 1)
    return exponential.log_softmax(input, dim, dtype)


def softmin(input: V, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> V:
    """`softmax` of ``-input``: the smallest element has the greatest share."""
    if dim is None:
        dim = _get_softmax_dim("softmin", input.ndim, _stacklevel - 1)
    return exponential.softmax(-input, dim, dtype)
