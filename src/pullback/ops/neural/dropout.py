"""Dropout: multiplication by random noise, in the forms ``torch.dropout``, ``torch.alpha_dropout`` and so on.

The noise is drawn as PyTorch draws it, so that after the same seed the same elements survive. *Feature* dropout draws
one number for each channel of ``(N, C, *)``; *alpha* dropout (Klambauer et al., 2017) replaces the dropped by the
lower limit of SELU and scales and shifts, so that mean and variance stay.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

from pullback.arrays import dtypes
from pullback.arrays.vocabulary import cast
from pullback.graph.inplace import check_castable
from pullback.graph.levels import open_levels
from pullback.graph.operator import elementwise
from pullback.ops.creation.filled import empty, empty_like, ones_like, zeros
from pullback.ops.neural.scalars import add_number, div_number, mul_number
from pullback.ops.pointwise.kinds import SINGLE
from pullback.ops.typing import V

_LIMIT = 1.7580993408473766
"""Minus the value to which SELU tends for small arguments: its alpha times its scale."""


def _noise(input: Any, keep: float, feature: bool) -> Any:
    """Ones with probability `keep` and zeros: for each element, or for each channel."""
    if not feature:
        return _coins(empty_like(input), keep)
    if input.ndim < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    shape = (*input.shape[:2], *(1,) * (input.ndim - 2))
    return _coins(empty(shape, dtype=input.dtype), keep)


def _coins(blank: Any, keep: float) -> Any:
    """Coins in the memory of `blank`; inside a batch, where each example may draw its own, in new memory."""
    return blank.bernoulli(keep) if open_levels() else blank.bernoulli_(keep)


def _drop(input: V, p: float, train: bool, *, feature: bool = False, alpha: bool = False, inplace: bool = False) -> V:
    p = float(p)  # a tensor's number too; NumPy's would take part in promotion
    if not 0 <= p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
    if p == 0 or not train or input.numel() == 0:
        return input
    if p == 1:
        nothing = zeros((), dtype=input.dtype)
        return input.mul_(nothing) if inplace else input.mul(nothing)
    noise = _noise(input, 1 - p, feature)
    check_castable(SINGLE, input._array.dtype)
    if not alpha:
        noise = div_number(noise, 1 - p)
        return input.mul_(noise) if inplace else input.mul(noise)
    scale = 1 / sqrt((_LIMIT**2 * p + 1) * (1 - p))
    shift = add_number(mul_number(add_number(noise, -1), _LIMIT * scale), _LIMIT * scale * p)
    noise = mul_number(noise, scale)
    return input.mul_(noise).add_(shift) if inplace else input.mul(noise).add(shift)


def dropout(input: V, p: float, train: bool) -> V:
    """Zero each element with probability `p` and divide the others by ``1 - p``; `input` itself unless `train`.

    Raises ``RuntimeError`` for a probability outside [0, 1], or for integers.
    """
    return _drop(input, p, train)


def dropout_(input: V, p: float, train: bool) -> V:
    """`dropout` in place."""
    return _drop(input, p, train, inplace=True)


def feature_dropout(input: V, p: float, train: bool) -> V:
    """`dropout` of whole channels of ``(N, C, *)``."""
    return _drop(input, p, train, feature=True)


def feature_dropout_(input: V, p: float, train: bool) -> V:
    """`feature_dropout` in place."""
    return _drop(input, p, train, feature=True, inplace=True)


def alpha_dropout(input: V, p: float, train: bool) -> V:
    """`dropout` that keeps mean 0 and variance 1, for networks of SELU."""
    return _drop(input, p, train, alpha=True)


def alpha_dropout_(input: V, p: float, train: bool) -> V:
    """`alpha_dropout` in place."""
    return _drop(input, p, train, alpha=True, inplace=True)


def feature_alpha_dropout(input: V, p: float, train: bool) -> V:
    """`alpha_dropout` of whole channels of ``(N, C, *)``."""
    return _drop(input, p, train, feature=True, alpha=True)


def feature_alpha_dropout_(input: V, p: float, train: bool) -> V:
    """`feature_alpha_dropout` in place."""
    return _drop(input, p, train, feature=True, alpha=True, inplace=True)


@elementwise(node="NativeDropoutBackward0", promotes=(), input=lambda grad, mask, scale: grad * mask * scale)
def _masked(input: V, mask: V, scale: float) -> V:
    return input * mask * scale


@elementwise(promotes=("grad_output",), floats=True, grad_output=lambda grad, mask, scale: grad * mask * scale)
def native_dropout_backward(grad_output: V, mask: V, scale: float) -> V:
    """The cotangent of `native_dropout`'s input."""
    return cast(grad_output * mask * scale, grad_output.dtype)


def native_dropout(input: V, p: float, train: bool | None) -> tuple[V, V]:
    """`dropout` and the mask of what was kept. `train` may be `None`, which means yes."""
    if input.numel() == 0:
        return input, empty_like(input)
    if train is False:
        return input, ones_like(input, dtype=dtypes.bool)
    mask = empty_like(input, dtype=dtypes.bool).bernoulli_(1 - p)
    return _masked(input, mask, 0 if p == 1 else 1 / (1 - float(p))), mask
