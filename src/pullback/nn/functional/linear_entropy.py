"""Cross entropy of logits that an affine map makes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.nn.functional.entropy import cross_entropy
from pullback.ops.creation.data import as_tensor
from pullback.ops.matrix.linear import linear
from pullback.ops.neural.checks import need_tensors
from pullback.ops.neural.chunked_entropy import linear_cross_entropy_batch_chunked, rows_at_once
from pullback.ops.neural.scalars import div_number
from pullback.ops.typing import V

__all__ = ["linear_cross_entropy"]


def linear_cross_entropy(
    input: V, linear_weight: V, target: V, *, linear_bias: V | None = None, weight: V | None = None,
    reduction: str = "mean", ignore_index: int | None = None, label_smoothing: float = 0.0,
    options: Any = None,
) -> V:  # fmt: skip
    """``cross_entropy(linear(input, linear_weight, linear_bias), target)``.

    Args:
        input: ``(N, I)`` or ``(I)``.
        linear_weight: ``(C, I)``, or ``(C, *, I)`` for a loss at each of several places.
        target: classes ``(N, *)`` or ``()``, or probabilities ``(N, C, *)`` or ``(C)``.
        linear_bias: ``(C)`` or ``(C, *)``.
        weight: weights of the classes, ``(C)``.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.
        ignore_index: a target class that counts for nothing, by default -100.
        label_smoothing: the share of every target that is spread over all classes.
        options: a `torch.nn.LinearCrossEntropyOptions`: make the logits ``batch_chunk_size`` rows at a time, forward and
            again backward, which saves memory. Not for probabilities, smoothing or several places: then a
            ``UserWarning`` says that all are made at once.

    Raises ``RuntimeError`` where shapes do not fit.

    >>> import pullback as torch
    >>> torch.nn.functional.linear_cross_entropy(torch.zeros(1, 3), torch.ones(2, 3), torch.tensor([1]))
    tensor(0.6931)
    """
    need_tensors("linear_cross_entropy", input=input, linear_weight=linear_weight, target=target)
    _check(input, linear_weight, target, linear_bias, ignore_index)
    skipped = -100 if ignore_index is None else ignore_index
    if options is not None:
        if _can_be_chunked(input, linear_weight, target, label_smoothing):
            return _chunked(input, linear_weight, target, linear_bias, weight, reduction, skipped, options)
        warnings.warn(
            "linear_cross_entropy: options do not apply to this call; all logits are made at once", stacklevel=2
        )
    classes, *places, _ = linear_weight.shape
    matrix = linear_weight.reshape(-1, linear_weight.shape[-1]) if places else linear_weight
    offset = linear_bias.reshape(-1) if places and linear_bias is not None else linear_bias
    logits = linear(input, matrix, offset)
    if places:
        logits = logits.view(input.shape[0], classes, *places)
    return cross_entropy(
        logits, target, weight, ignore_index=skipped, reduction=reduction, label_smoothing=label_smoothing
    )


def _check(input: Any, linear_weight: Any, target: Any, linear_bias: Any, ignore_index: int | None) -> None:
    if input.ndim not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if linear_weight.ndim < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.ndim}")
    width, wanted = input.shape[-1], linear_weight.shape[-1]
    if width != wanted:
        raise RuntimeError(
            f"expected equal input and linear_weight last dimensions (in_features), got {width} and {wanted}, "
            "respectively"
        )
    if linear_weight.ndim > 2 and input.ndim == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, "
            f"(N, {width}), got unbatched input with shape {tuple(input.shape)}"
        )
    if linear_bias is not None and linear_bias.shape != linear_weight.shape[:-1]:
        raise RuntimeError(
            f"expected linear_bias shape {tuple(linear_weight.shape[:-1])}, got {tuple(linear_bias.shape)}"
        )
    if ignore_index is not None and target.is_floating_point():
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")


def _can_be_chunked(input: Any, linear_weight: Any, target: Any, label_smoothing: float) -> bool:
    rows_fit = target.ndim == input.ndim - 1 and (input.ndim == 1 or target.shape[0] == input.shape[0])
    return linear_weight.ndim == 2 and rows_fit and not target.is_floating_point() and not label_smoothing


def _chunked(
    input: Any, linear_weight: Any, target: Any, linear_bias: Any, weight: Any, reduction: str, skipped: int,
    options: Any,
) -> Any:  # fmt: skip
    single = input.ndim == 1
    if single:
        input, target = input[None], target[None]
    classes = np.asarray(target._array)
    ignored = classes == skipped
    count = linear_weight.shape[0]
    wrong = classes[((classes < 0) | (classes >= count)) & ~ignored]
    if wrong.size:
        raise IndexError(f"Target {wrong[0]} is out of bounds.")
    step = options.batch_chunk_size or rows_at_once(count)
    known = np.where(ignored, 0, classes)
    losses: Any = linear_cross_entropy_batch_chunked(input, linear_weight, linear_bias, known, step)
    seen = as_tensor(~ignored).to(losses.dtype)
    shares = seen if weight is None else seen * weight[as_tensor(known)]
    losses = (losses * shares).masked_fill(as_tensor(ignored), 0)
    if reduction == "none":
        return losses[0] if single else losses
    if reduction not in ("mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    total = losses.sum()
    if reduction == "sum":
        return total
    return div_number(total, int((~ignored).sum()) or float("nan")) if weight is None else total / shares.sum()
