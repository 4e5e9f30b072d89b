"""Hinge losses over classes: every wrong class must stay a margin below the right ones.

With ``z = margin - x[right] + x[wrong]`` each pair of a right and a wrong class adds ``max(z, 0)``, divided by the
number of classes. Samples are rows: ``(N, C)``, or ``(C)`` for one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.masks import keep
from pullback.arrays.vocabulary import add_reduce, cast, reshape
from pullback.graph.operator import general
from pullback.ops.neural.checks import need_dtype, need_floats
from pullback.ops.neural.loss import reduced, shared
from pullback.ops.pointwise.kinds import unsupported
from pullback.ops.typing import V

_KNOWN = (np.ndarray, np.generic)


def _rows(array: Any) -> Any:
    """``(N, C)``, from one sample or a number too."""
    return array if array.ndim == 2 else reshape(array, (1, -1))


def _check_input(kernel: str, input: Any) -> None:
    if input.ndim > 2 or (input.ndim and input.shape[-1] == 0):
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )
    if input.dtype.itemsize == 2:
        raise unsupported(kernel, input.dtype)
    need_floats(kernel, input)


# ------------------------------------------------------------------------------------------- one right class


def _check_targets(input: Any, target: Any, weight: Any) -> None:
    _check_input("multi_margin_loss_cpu_kernel", input)
    rows, classes = _rows(input).shape
    if target.ndim > 1 or target.size != rows:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{rows}], but got {list(target.shape)}. Input has shape "
            f"{list(input.shape)}."
        )
    if weight is not None:
        if weight.size != classes:
            raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
        need_dtype(weight, input.dtype)
    need_dtype(target, np.dtype(np.int64))
    if isinstance(target, _KNOWN) and np.logical_or.reduce((target < 0) | (target >= classes), axis=None):
        raise RuntimeError("target out of range")


def _gaps(input: Any, target: Any, margin: float) -> tuple[Any, Any, Any]:
    """``z`` of every class where it is positive (0 elsewhere and at the target), targets and mask of targets."""
    x = _rows(input)
    column = reshape(target, (x.shape[0], 1))
    right = np.arange(x.shape[1]) == column
    z = margin - add_reduce(keep(x, right), 1, keepdims=True) + x
    return keep(z, (z > 0) & ~right), column, right


def _multi_margin(grad: Any, input: Any, target: Any, p: int, margin: float, weight: Any, reduction: str) -> Any:
    z, column, right = _gaps(input, target, margin)
    slope = (cast(z > 0, grad.dtype) if p == 1 else 2 * z) / z.shape[1]
    if weight is not None:
        slope = slope * weight[column]
    slope = slope * shared(reshape(grad, (-1, 1)), z.shape[:1], reduction)
    return reshape(np.where(right, -add_reduce(slope, 1, keepdims=True), slope), input.shape)


@general(input=_multi_margin)
def multi_margin_loss(
    input: V, target: V, p: int = 1, margin: float = 1, weight: V | None = None, reduction: str = "mean"
) -> V:
    """Sum over wrong classes of ``max(z, 0) ** p / C``: ``(N, C), (N) -> ()`` or ``(C), () -> ()``.

    float32 and float64; targets are int64, `weight` ``(C,)`` belongs to the target. Raises ``RuntimeError`` for a
    target that is no class.
    """
    _check_targets(input, target, weight)
    z, column, _ = _gaps(input, target, margin)
    loss = (z if p == 1 else z * z) / z.shape[1]
    loss = add_reduce(loss if weight is None else loss * weight[column], 1)
    loss = reshape(loss, target.shape) if reduction == "none" else loss
    return reduced(loss, reduction, input.dtype)  # type: ignore[no-any-return]


# -------------------------------------------------------------------------------------- several right classes


def _check_labels(input: Any, target: Any) -> None:
    kernel = "multilabel_margin_loss_forward_out_frame"
    if input.ndim > 2 or (input.ndim and input.shape[-1] == 0):
        _check_input(kernel, input)
    if target.shape != input.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    classes = _rows(input).shape[1]
    if isinstance(target, _KNOWN) and np.logical_or.reduce((target < -1) | (target >= classes), axis=None):
        raise RuntimeError("argument #2 'target' is out of range")
    _check_input(kernel, input)
    need_dtype(target, np.dtype(np.int64))


def _pairs(input: Any, target: Any) -> tuple[Any, Any]:
    """``z`` of every label (axis 1) with every wrong class (axis 2) where positive, and which class the label is.

    The labels of a row end at the first -1.
    """
    x, labels = _rows(input), _rows(target)
    ended = np.add.accumulate(cast(labels < 0, np.dtype(np.int64)), axis=1)
    is_right = (ended == 0)[:, :, None] & (labels[:, :, None] == np.arange(x.shape[1]))
    x_right = add_reduce(keep(x[:, None, :], is_right), 2, keepdims=True)
    wrong = ~np.logical_or.reduce(is_right, axis=1, keepdims=True)
    z = 1 - x_right + x[:, None, :]
    return keep(z, (z > 0) & wrong & (ended == 0)[:, :, None]), is_right


def _multilabel_margin(grad: Any, input: Any, target: Any, reduction: str) -> Any:
    z, is_right = _pairs(input, target)
    active = cast(z > 0, grad.dtype)
    slope = add_reduce(active, 1) - add_reduce(keep(add_reduce(active, 2, keepdims=True), is_right), 1)
    each = shared(reshape(grad, (-1, 1)), z.shape[:1], reduction)
    return reshape(slope * (each / z.shape[2]), input.shape)


@general(input=_multilabel_margin)
def multilabel_margin_loss(input: V, target: V, reduction: str = "mean") -> V:
    """Sum over right and wrong classes of ``max(1 - x[right] + x[wrong], 0) / C``: ``(N, C), (N, C) -> ()``.

    float32 and float64. A row of `target` (int64) lists right classes and ends at its first -1. Raises
    ``RuntimeError`` for a label that is no class.
    """
    _check_labels(input, target)
    z, _ = _pairs(input, target)
    loss = add_reduce(z, (1, 2)) / z.shape[2]
    loss = reshape(loss, input.shape[:-1]) if reduction == "none" else loss
    return reduced(loss, reduction, input.dtype)  # type: ignore[no-any-return]
