"""Negative log likelihood of target classes.

The loss of a target ``t`` with weight ``w`` is ``-w x[t]``; the mean divides by the sum of the weights. With a factor
for each target (``-w``, over that sum for a mean, 0 if the target is ignored) both directions are one line::

    loss = factor * pick(x, t)          cotangent of x = put(grad * factor, t)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.cascades import cascade_sum
from pullback.arrays.classes import class_axis, outside, pick_class, put_class, visible
from pullback.arrays.reductions import widened
from pullback.arrays.scatter import pick
from pullback.arrays.vocabulary import cast
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.ops.neural.checks import need_dtype, need_floats
from pullback.ops.typing import V

_LONG, _BYTE = np.dtype(np.int64), np.dtype(np.uint8)


def _check(input: Any, target: Any, weight: Any) -> None:
    need_floats("nll_loss_out_frame", input)
    if target.dtype not in (_LONG, _BYTE):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {spoken(target.dtype)}")
    classes = input.shape[class_axis(input.ndim)]
    if weight is not None:
        if weight.shape != (classes,):
            which = f"all {classes} classes" if input.ndim < 3 else "all"
            raise RuntimeError(
                f"weight tensor should be defined either for {which} or no classes but got weight tensor of shape: "
                f"{list(weight.shape)}"
            )
        need_dtype(weight, input.dtype)


def _settled(target: Any, weight: Any, ignore_index: int, dtype: Any) -> tuple[Any, Any, Any]:
    """Which targets count, targets with class 0 for the others, and the weight of each in `dtype`."""
    valid = target != ignore_index
    safe = np.where(valid, target, 0)
    if weight is None:
        return valid, safe, cast(valid, dtype)
    return valid, safe, np.where(valid, pick(widened(weight), [safe], (0,)), 0)


def _wide_dtype(dtype: Any) -> Any:
    return np.dtype(np.float32) if dtype.itemsize == 2 else dtype


def _total(terms: Any, dtype: Any) -> Any:
    """The sum of the terms of a loss; in half precision rounded where PyTorch rounds it."""
    if terms.dtype == dtype or not isinstance(terms, np.ndarray):
        return np.add.reduce(terms, axis=None)
    return widened(cascade_sum(cast(terms, dtype).reshape(-1)))


def _forward(input: Any, target: Any, weight: Any, reduction: str, ignore_index: int) -> Any:
    """The loss, and for the rule: safe targets, their weights (`None`: all 1), the sum of weights for a mean."""
    _check(input, target, weight)
    classes = input.shape[class_axis(input.ndim)]
    wrong = outside(target, classes)
    total: Any = None
    plain = wrong is None and weight is None and not 0 <= ignore_index < classes
    if plain and not isinstance(target, np.generic) and visible(target) is not None:
        safe, factor = target, None
        loss = -widened(pick_class(input, safe))
    else:
        valid, safe, factor = _settled(target, weight, ignore_index, _wide_dtype(input.dtype))
        wrong = outside(safe, classes)
        if wrong is not None:
            raise IndexError(f"Target {wrong} is out of bounds.")
        # an ignored target counts for nothing even where x is infinite
        loss = np.where(valid, widened(pick_class(input, safe)) * -factor, 0)
    if reduction != "none":
        loss = _total(loss, input.dtype)
    if reduction == "mean":
        total = np.array(target.size, loss.dtype) if factor is None else _total(factor, input.dtype)
        loss = loss / widened(cast(total, input.dtype))
    return (loss if loss.dtype == input.dtype else cast(loss, input.dtype)), safe, factor, total


def _vjp(
    grad: Any,
    target: Any,
    weight: Any,
    reduction: str,
    ignore_index: int,
    input_shape: Any,
    input_dtype: Any,
    safe: Any,
    factor: Any,
    total: Any,
) -> Any:
    if safe is None:
        _, safe, factor = _settled(target, weight, ignore_index, _wide_dtype(input_dtype))
        total = np.add.reduce(factor, axis=None) if reduction == "mean" else None
    values = -(grad if total is None else grad / total)
    return put_class(values if factor is None else values * factor, safe, input_shape)


@general(
    keeps=("safe", "factor", "total"),
    input=_vjp,
    jvp=lambda d_input, target, weight, reduction, ignore_index: nll_loss(
        d_input, target, weight, reduction, ignore_index
    ),
)
def nll_loss(input: V, target: V, weight: V | None = None, reduction: str = "mean", ignore_index: int = -100) -> V:
    """Minus the entry of `input` at the target class: ``(N, C), (N) -> ()`` or ``(C), () -> ()``.

    Floating dtypes; targets are int64 or uint8. Raises ``IndexError`` for a target that is no class and not
    `ignore_index`, ``RuntimeError`` for weights that are not one for each class.
    """
    return _forward(input, target, weight, reduction, ignore_index)  # type: ignore[no-any-return]


def _check_spatial(input: Any, target: Any) -> None:
    if target.ndim != 3:
        raise RuntimeError(
            f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {target.ndim}"
        )
    if (input.shape[0], *input.shape[2:]) != target.shape:
        raise RuntimeError(f"size mismatch (got input: {list(input.shape)} , target: {list(target.shape)}")


@general(
    node="NllLoss2DBackward0",
    keeps=("safe", "factor", "total"),
    input=_vjp,
    jvp=lambda d_input, target, weight, reduction, ignore_index: nll_loss2d(
        d_input, target, weight, reduction, ignore_index
    ),
)
def nll_loss2d(input: V, target: V, weight: V | None = None, reduction: str = "mean", ignore_index: int = -100) -> V:
    """The same for an image of targets: ``(N, C, H, W), (N, H, W) -> ()``."""
    _check_spatial(input, target)
    return _forward(input, target, weight, reduction, ignore_index)  # type: ignore[no-any-return]
