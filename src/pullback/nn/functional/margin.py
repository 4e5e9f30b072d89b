"""Losses that ask for a margin: between classes, between samples, between distances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pullback
from pullback.nn.functional._reduction import REDUCTIONS, chosen, reduced
from pullback.ops.neural import margins as operators
from pullback.ops.neural.checks import need_tensors, no_gradient
from pullback.ops.neural.distance import pairwise_distance
from pullback.ops.neural.scalars import add_number, sub_number
from pullback.ops.pointwise.smooth import logsigmoid
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


# --------------------------------------------------------------------------------------------------- classes


def multi_margin_loss(
    input: V,
    target: V,
    p: int = 1,
    margin: float = 1.0,
    weight: V | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> V:
    """Sum over wrong classes of ``max(0, margin - x[target] + x[wrong]) ** p``, divided by their number.

    Shapes: ``(N, C), (N) -> ()`` or ``(C), () -> ()``; `weight` ``(C,)`` belongs to the targets. `p` is 1 or 2.

    >>> import pullback as torch
    >>> torch.nn.functional.multi_margin_loss(torch.tensor([[0.1, 0.4]]), torch.tensor([1]))
    tensor(0.3500)
    """
    reduction = chosen(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    need_tensors("multi_margin_loss", input=input, target=target)
    no_gradient("multi_margin_loss", weight=weight)
    return operators.multi_margin_loss(input, target, p, margin, weight, reduction)


def multilabel_margin_loss(
    input: V,
    target: V,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> V:
    """Sum over right and wrong classes of ``max(0, 1 - x[right] + x[wrong])``, divided by the number of classes.

    Shapes: ``(N, C), (N, C) -> ()``; each row of `target` lists right classes and ends at its first -1.
    """
    reduction = chosen(reduction, size_average, reduce)
    need_tensors("multilabel_margin_loss", input=input, target=target)
    return operators.multilabel_margin_loss(input, target, reduction)


def multilabel_soft_margin_loss(
    input: V,
    target: V,
    weight: V | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> V:
    """Binary cross entropy of logits, averaged over the classes: ``(*, C), (*, C) -> ()``; `weight` broadcasts."""
    if size_average is not None or reduce is not None:
        reduction = chosen(reduction, size_average, reduce)
    x: Any = input
    loss = -(target * logsigmoid(x) + (1 - target) * logsigmoid(-x))
    if weight is not None:
        loss = loss * weight
    if not x.dim():
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    loss = loss.sum(dim=x.dim() - 1) / x.size(x.dim() - 1)
    if reduction not in REDUCTIONS:
        raise ValueError(reduction + " is not valid")
    return reduced(loss, reduction)  # type: ignore[no-any-return]


# ---------------------------------------------------------------------------------------------------- pairs


def _labelled(label: int, target: Any, loss: Any) -> Any:
    """The loss where the target is `label`, 0 elsewhere."""
    return pullback.where(target == label, loss, pullback.zeros((), dtype=loss.dtype))


def hinge_embedding_loss(
    input: V,
    target: V,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> V:
    """Distances `input` where the target is 1, what they lack of `margin` where it is -1. Shapes broadcast."""
    reduction = chosen(reduction, size_average, reduce)
    need_tensors("hinge_embedding_loss", input=input, target=target)
    x: Any = input
    nothing = pullback.zeros((), dtype=x.dtype)
    missing = pullback.sub(pullback.tensor(float(margin), dtype=x.dtype), x).clamp_min(0)  # type: ignore[call-overload]
    apart = pullback.where(target != 1, missing, nothing)
    close = pullback.where(target != -1, x, nothing)
    return reduced(apart + close, reduction)  # type: ignore[no-any-return]


def cosine_embedding_loss(
    input1: V,
    input2: V,
    target: V,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> V:
    """``1 - cos`` of two vectors where the target is 1, ``max(0, cos - margin)`` where it is -1.

    Shapes: ``(N, D), (N, D), (N) -> ()`` or ``(D), (D), () -> ()``.
    """
    reduction = chosen(reduction, size_average, reduce)
    need_tensors("cosine_embedding_loss", input1=input1, input2=input2, target=target)
    a: Any = input1
    b: Any = input2
    ndim = target.dim()
    if ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if a.dim() != ndim + 1 or b.dim() != ndim + 1:
        raise RuntimeError(
            f"{ndim}D target tensor expects {ndim + 1}D input tensors, but found inputs with sizes {list(a.shape)} and "
            f"{list(b.shape)}."
        )
    inner = (a * b).sum(ndim)
    lengths = add_number((a * a).sum(ndim), 1e-12) * add_number((b * b).sum(ndim), 1e-12)
    cosine = inner / lengths.sqrt()
    alike = pullback.sub(pullback.ones((), dtype=cosine.dtype), cosine)
    loss = _labelled(1, target, alike) + _labelled(-1, target, sub_number(cosine, float(margin)).clamp_min(0))
    return reduced(loss, reduction)  # type: ignore[no-any-return]


def margin_ranking_loss(
    input1: V,
    input2: V,
    target: V,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> V:
    """``max(0, -y (x1 - x2) + margin)``: the first should rank higher where the target is 1, lower where -1.

    Shapes broadcast; the numbers of axes are equal.
    """
    reduction = chosen(reduction, size_average, reduce)
    need_tensors("margin_ranking_loss", input1=input1, input2=input2, target=target)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    loss = add_number(-target * (input1 - input2), margin).clamp_min(0)
    return reduced(loss, reduction)  # type: ignore[no-any-return]


# -------------------------------------------------------------------------------------------------- triplets


def _check_triplet(anchor: Any, positive: Any, negative: Any, margin: float) -> None:
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.dim()}D, positive {positive.dim()}D, and negative {negative.dim()}D inputs"
        )


@asks_for_tensors
def triplet_margin_loss(
    anchor: V,
    positive: V,
    negative: V,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> V:
    """``max(0, d(anchor, positive) - d(anchor, negative) + margin)`` with the p-norm of differences plus `eps`.

    Shapes: ``(*, D)`` three times ``-> ()``. With `swap` the negative's distance is that to the closer of anchor and
    positive (Balntas et al., 2016). Raises ``ValueError`` unless `margin` is positive.
    """
    reduction = chosen(reduction, size_average, reduce)
    _check_triplet(anchor, positive, negative, margin)
    near = pairwise_distance(anchor, positive, p, eps)
    far: Any = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = pullback.minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced((add_number(near, float(margin)) - far).clamp_min(0), reduction)  # type: ignore[no-any-return]


def triplet_margin_with_distance_loss(
    anchor: V,
    positive: V,
    negative: V,
    *,
    distance_function: Callable[[V, V], V] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> V:
    """`triplet_margin_loss` with any distance: a function of two tensors ``(*, D)`` that gives ``(*)``."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    _check_triplet(anchor, positive, negative, margin)
    distance: Any = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = pullback.minimum(far, distance(positive, negative))
    return reduced(pullback.clamp_min(margin + near - far, 0), reduction)  # type: ignore[no-any-return]
