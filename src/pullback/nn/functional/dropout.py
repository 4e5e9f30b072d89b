"""Dropout: zeroing at random in training, so that no unit relies on another (Srivastava et al., 2014)."""

from __future__ import annotations

import warnings
from typing import Any

from pullback.ops.neural import dropout as operators
from pullback.ops.typing import V

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]


def _check(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input: V, p: float = 0.5, training: bool = True, inplace: bool = False) -> V:
    """Zero each element with probability `p` and divide the others by ``1 - p``; `input` itself out of `training`.

    After the same `manual_seed` the same elements survive as in PyTorch. Raises ``ValueError`` unless p is in [0, 1].

    >>> import pullback as torch
    >>> torch.nn.functional.dropout(torch.ones(3), training=False)
    tensor([1., 1., 1.])
    """
    _check(p)
    return (operators.dropout_ if inplace else operators.dropout)(input, p, training)


def alpha_dropout(input: V, p: float = 0.5, training: bool = False, inplace: bool = False) -> V:
    """`dropout` that keeps mean 0 and variance 1, for networks of SELU (Klambauer et al., 2017)."""
    _check(p)
    return (operators.alpha_dropout_ if inplace else operators.alpha_dropout)(input, p, training)


def feature_alpha_dropout(input: V, p: float = 0.5, training: bool = False, inplace: bool = False) -> V:
    """`alpha_dropout` of whole channels of ``(N, C, *)``."""
    _check(p)
    return (operators.feature_alpha_dropout_ if inplace else operators.feature_alpha_dropout)(input, p, training)


def _drop_channels(input: Any, p: float, training: bool, inplace: bool, unbatched: bool) -> Any:
    """Feature dropout, of one sample as a batch of one."""
    drop = operators.feature_dropout_ if inplace else operators.feature_dropout
    if not unbatched:
        return drop(input, p, training)
    if inplace:
        return drop(input.unsqueeze_(0), p, training).squeeze_(0)
    return drop(input.unsqueeze(0), p, training).squeeze(0)


def dropout1d(input: V, p: float = 0.5, training: bool = True, inplace: bool = False) -> V:
    """`dropout` of whole channels of ``(N, C, L)`` or ``(C, L)``; other inputs raise ``RuntimeError``."""
    _check(p)
    ndim = input.dim()
    if ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {ndim}D input. Note that dropout1d exists to provide "
            "channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch "
            "dimension (i.e. 2D or 3D inputs)."
        )
    return _drop_channels(input, p, training, inplace, ndim == 2)  # type: ignore[no-any-return]


def _warn_of_dim(ndim: int, spatial: int) -> None:
    warnings.warn(
        f"dropout{spatial}d: Received a {ndim}-D input to dropout{spatial}d, which is deprecated and will result in an "
        "error in a future release. To retain the behavior and silence this warning, please use dropout instead. Note "
        f"that dropout{spatial}d exists to provide channel-wise dropout on inputs with {spatial} spatial dimensions, a "
        f"channel dimension, and an optional batch dimension (i.e. {spatial + 1}D or {spatial + 2}D inputs).",
        stacklevel=3,
    )


def dropout2d(input: V, p: float = 0.5, training: bool = True, inplace: bool = False) -> V:
    """`dropout` of whole channels of ``(N, C, H, W)``; of ``(N, C, L)`` too, with PyTorch's warning."""
    _check(p)
    ndim = input.dim()
    if ndim not in (3, 4):
        _warn_of_dim(ndim, 2)
    if ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is "
            "desired - input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change "
            "in a future release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). To "
            "maintain the 1D channel-wise dropout behavior, please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return _drop_channels(input, p, training, inplace, False)  # type: ignore[no-any-return]


def dropout3d(input: V, p: float = 0.5, training: bool = True, inplace: bool = False) -> V:
    """`dropout` of whole channels of ``(N, C, D, H, W)`` or ``(C, D, H, W)``."""
    _check(p)
    ndim = input.dim()
    if ndim not in (4, 5):
        _warn_of_dim(ndim, 3)
    return _drop_channels(input, p, training, inplace, ndim != 5)  # type: ignore[no-any-return]
