"""Losses of each element that PyTorch computes in one operator, reduced or not.

`reduction` is ``"none"``, ``"mean"`` or ``"sum"`` throughout. Those composed of other operators stand in
``nn/functional``.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from pullback.arrays import special
from pullback.arrays.norms import square_sum
from pullback.arrays.reductions import widened
from pullback.arrays.vocabulary import cast
from pullback.graph.inplace import check_castable, spoken
from pullback.graph.operator import general
from pullback.ops.neural.checks import need_floats
from pullback.ops.pointwise.kinds import unsupported
from pullback.ops.typing import V

_KNOWN = (np.ndarray, np.generic)
"""Arrays whose values can be looked at."""


def in_dtype(array: Any, dtype: Any) -> Any:
    """`array` in `dtype`; most are."""
    return array if array.dtype is dtype or array.dtype == dtype else cast(array, dtype)


def reduced(loss: Any, reduction: str, dtype: Any) -> Any:
    """The losses of all elements, or their sum or mean, in `dtype`; half precision is summed in single."""
    if reduction != "none":
        total = np.add.reduce(widened(loss), axis=None)
        loss = total / prod(loss.shape) if reduction == "mean" else total
    return in_dtype(loss, dtype)


def shared(grad: Any, shape: Any, reduction: str) -> Any:
    """The cotangent of each element's loss, from that of the reduced one."""
    return grad / prod(shape) if reduction == "mean" else grad


# ----------------------------------------------------------------------------------------------- differences


def _mse(grad: Any, input: Any, target: Any, reduction: str) -> Any:
    gap = input - target
    return gap * (shared(grad, gap.shape, reduction) * 2)


@general(
    promotes=True,
    input=_mse,
    target=lambda grad, input, target, reduction: -_mse(grad, input, target, reduction),
)
def mse_loss(input: V, target: V, reduction: str = "mean") -> V:
    """Squared difference of `input` and `target`, which broadcast and promote. Floating dtypes."""
    need_floats("mse_cpu", input)
    gap = widened(input - target)
    if reduction == "none":
        return in_dtype(gap * gap, input.dtype)  # type: ignore[no-any-return]
    total = square_sum(gap, None)
    return in_dtype(total / prod(gap.shape) if reduction == "mean" else total, input.dtype)  # type: ignore[no-any-return]


def _within(array: Any, bound: Any) -> Any:
    """`array` between ``-bound`` and `bound`; its own derivative is 0 at the bounds, as PyTorch's."""
    if array.__class__ is np.ndarray:  # a random mask costs more than the arithmetic
        return np.minimum(np.maximum(array, -bound), bound)
    return np.where(np.abs(array) >= bound, bound * np.sign(array), array)


def _smooth_l1(grad: Any, input: Any, target: Any, reduction: str, beta: float) -> Any:
    gap = input - target
    return shared(grad, gap.shape, reduction) * _within(gap / beta, 1)


@general(
    promotes=True,
    input=_smooth_l1,
    target=lambda grad, input, target, reduction, beta: -_smooth_l1(grad, input, target, reduction, beta),
)
def smooth_l1_loss(input: V, target: V, reduction: str = "mean", beta: float = 1.0) -> V:
    """Squared difference below `beta`, absolute difference above: ``d²/(2 beta)`` or ``|d| - beta/2``.

    `beta` is positive. Shapes broadcast, dtypes promote to a floating one.
    """
    need_floats("smooth_l1_cpu", input)
    gap = np.abs(input - target)
    near = np.minimum(gap, beta)
    return reduced((gap - 0.5 * near) * near / beta, reduction, input.dtype)


def _huber(grad: Any, input: Any, target: Any, reduction: str, delta: float) -> Any:
    gap = input - target
    return shared(grad, gap.shape, reduction) * _within(gap, delta)


@general(
    input=_huber,
    target=lambda grad, input, target, reduction, delta: -_huber(grad, input, target, reduction, delta),
)
def huber_loss(input: V, target: V, reduction: str = "mean", delta: float = 1.0) -> V:
    """``d²/2`` below `delta`, ``delta (|d| - delta/2)`` above. Shapes broadcast; the result has the input's dtype.

    Raises ``RuntimeError`` unless `delta` is positive.
    """
    if not delta > 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    check_castable(target.dtype, input.dtype)
    need_floats("huber_cpu", input)
    gap = np.abs(input - target)
    near = np.minimum(gap, delta)
    return reduced(near * (gap - 0.5 * near), reduction, input.dtype)


# ------------------------------------------------------------------------------------------------ two classes


def _soft_margin(grad: Any, input: Any, target: Any, reduction: str) -> Any:
    return shared(grad, input.shape, reduction) * -(target * special.sigmoid(-(target * input)))


@general(input=_soft_margin)
def soft_margin_loss(input: V, target: V, reduction: str = "mean") -> V:
    """``log(1 + exp(-y x))`` for labels `target` of ±1, which broadcast to `input` and take its dtype."""
    check_castable(target.dtype, input.dtype)
    if input.dtype.kind == "c":
        raise unsupported("soft_margin_loss", input.dtype)
    if input.dtype.kind in "biu":
        raise RuntimeError(f"result type Float can't be cast to the desired output type {spoken(input.dtype)}")
    z = -(cast(target, input.dtype) * input)
    if z.shape != input.shape:
        raise RuntimeError(f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(z.shape)}")
    if z.dtype.itemsize == 2:  # PyTorch rounds every step, and overflows
        growth = cast(np.exp(widened(z)), z.dtype)
        return reduced(cast(np.log1p(widened(growth)), z.dtype), reduction, input.dtype)
    return reduced(_softplus(z), reduction, input.dtype)


def _weighted(loss: Any, weight: Any) -> Any:
    return loss if weight is None else loss * weight


def _bce_input(grad: Any, input: Any, target: Any, weight: Any, reduction: str) -> Any:
    x = widened(input)
    slope = (x - target) / np.maximum(x * (1 - x), 1e-12)
    return shared(grad, input.shape, reduction) * _weighted(slope, weight)


def _bce_target(grad: Any, input: Any, weight: Any, reduction: str) -> Any:
    x = widened(input)
    return shared(grad, input.shape, reduction) * _weighted(np.log1p(-x) - np.log(x), weight)


@general(input=_bce_input, target=_bce_target)
def binary_cross_entropy(input: V, target: V, weight: V | None = None, reduction: str = "mean") -> V:
    """``-w (y log x + (1 - y) log(1 - x))`` of probabilities `input`; the logarithms are clamped at -100.

    Shapes and dtypes of `input` and `target` are equal, `weight` broadcasts. Raises ``RuntimeError`` for an input
    outside [0, 1].
    """
    need_floats("binary_cross_entropy", input)
    if target.dtype != input.dtype:
        raise RuntimeError(f"Found dtype {spoken(target.dtype)} but expected {spoken(input.dtype)}")
    if isinstance(input, _KNOWN) and not np.logical_and.reduce((input >= 0) & (input <= 1), axis=None):
        raise RuntimeError("all elements of input should be between 0 and 1")
    if isinstance(target, _KNOWN) and not np.logical_and.reduce((target >= 0) & (target <= 1), axis=None):
        raise RuntimeError("all elements of target should be between 0 and 1")
    x = widened(input)
    loss = (target - 1) * np.maximum(np.log1p(-x), -100) - target * np.maximum(np.log(x), -100)
    return reduced(_weighted(loss, weight), reduction, input.dtype)


def _softplus(x: Any) -> Any:
    """``log(1 + exp(x))`` without overflow."""
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


def _logits_input(grad: Any, input: Any, target: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    positive = target if pos_weight is None else pos_weight * target
    certainty = special.sigmoid(widened(input))
    slope = certainty - target if pos_weight is None else (positive + 1 - target) * certainty - positive
    return shared(grad, input.shape, reduction) * _weighted(slope, weight)


def _logits_target(grad: Any, input: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    x = widened(input)
    slope = -x if pos_weight is None else (pos_weight - 1) * _softplus(-x) - x
    return shared(grad, input.shape, reduction) * _weighted(slope, weight)


@general(input=_logits_input, target=_logits_target)
def binary_cross_entropy_with_logits(
    input: V, target: V, weight: V | None = None, pos_weight: V | None = None, reduction: str = "mean"
) -> V:
    """Binary cross entropy of ``sigmoid(input)``, without overflow: ``(1 - y) x + l log(1 + exp(-x))`` with
    ``l = 1 + (pos_weight - 1) y``.

    Shapes of `input` and `target` are equal, weights broadcast. Floating dtypes; the result has the target's.
    """
    need_floats("log_sigmoid_cpu", input)
    check_castable(input.dtype, target.dtype)
    cost = in_dtype(_softplus(-widened(input)), input.dtype)  # as in PyTorch half precision is rounded every step
    factor = 1 if pos_weight is None else (pos_weight - 1) * target + 1
    return reduced(_weighted((1 - target) * input + cost * factor, weight), reduction, target.dtype)
