"""Cross entropies: negative log likelihoods of classes, as targets or as probabilities."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.nn.functional._reduction import chosen
from pullback.ops.neural import likelihood, loss as operators
from pullback.ops.neural.checks import need_probabilities, need_tensors, no_gradient
from pullback.ops.neural.scalars import add_number, div_number, mul_number
from pullback.ops.reduction.exponential import log_softmax
from pullback.ops.typing import V

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "nll_loss",
    "soft_margin_loss",
]


# ------------------------------------------------------------------------------------------------ two classes


def binary_cross_entropy(
    input: V,
    target: V,
    weight: V | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> V:
    """``-w (y log x + (1 - y) log(1 - x))`` of probabilities `input` and targets `target` of one shape and dtype.

    Logarithms are clamped at -100. `weight` broadcasts. Raises ``ValueError`` where shapes differ, ``RuntimeError``
    for an input outside [0, 1].

    >>> import pullback as torch
    >>> torch.nn.functional.binary_cross_entropy(torch.tensor([0.5]), torch.tensor([1.]))
    tensor(0.6931)
    """
    reduction = chosen(reduction, size_average, reduce)
    if target.size() != input.size():
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is "
            "deprecated. Please ensure they have the same size."
        )
    no_gradient("binary_cross_entropy", weight=weight)
    if weight is not None:
        weight = weight.expand(pullback.broadcast_shapes(target.size(), weight.size()))
    return operators.binary_cross_entropy(input, target, weight, reduction)


def binary_cross_entropy_with_logits(
    input: V,
    target: V,
    weight: V | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: V | None = None,
) -> V:
    """`binary_cross_entropy` of ``sigmoid(input)``, without overflow.

    Shapes: ``(*), (*) -> ()``; `weight` and `pos_weight`, which weighs the positive targets, broadcast. Raises
    ``ValueError`` where shapes differ.

    >>> import pullback as torch
    >>> torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor([-1000.]), torch.tensor([1.]))
    tensor(1000.)
    """
    reduction = chosen(reduction, size_average, reduce)
    if target.size() != input.size():
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    no_gradient("binary_cross_entropy_with_logits", weight=weight, pos_weight=pos_weight)
    return operators.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction)


def soft_margin_loss(
    input: V,
    target: V,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> V:
    """``log(1 + exp(-y x))`` for labels `target` of ±1. Shapes: ``(*), (*) -> ()``."""
    reduction = chosen(reduction, size_average, reduce)
    need_tensors("soft_margin_loss", input=input, target=target)
    no_gradient("soft_margin_loss", target=target)
    return operators.soft_margin_loss(input, target, reduction)


# ------------------------------------------------------------------------------------------------ many classes


def nll_loss(
    input: V,
    target: V,
    weight: V | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> V:
    """Minus the log-probability of the target class.

    Shapes: ``(N, C, *), (N, *) -> ()`` or ``(C), () -> ()``; targets are int64 or uint8. `weight` ``(C,)`` weighs the
    classes, and the mean; targets equal to `ignore_index` count for nothing. Raises ``ValueError`` where batches
    differ, ``IndexError`` for a target that is no class.

    >>> import pullback as torch
    >>> torch.nn.functional.nll_loss(torch.tensor([[-1., -2.], [-3., -4.]]), torch.tensor([0, 1]))
    tensor(2.5000)
    """
    reduction = chosen(reduction, size_average, reduce)
    need_tensors("nll_loss_nd", input=input, target=target)
    if weight is not None:
        no_gradient("nll_loss_forward", weight=weight)
    return _likelihood(input, target, weight, reduction, ignore_index)  # type: ignore[no-any-return]


def _likelihood(input: Any, target: Any, weight: Any, reduction: str, ignore_index: int) -> Any:
    ndim = input.dim()
    if ndim < 1:
        raise ValueError(f"Expected 1 or more dimensions (got {ndim})")
    _check_batch(input, target)
    if ndim == 1 and target.dim():
        target = target.reshape(())
    if ndim <= 2:
        return likelihood.nll_loss(input, target, weight, reduction, ignore_index)
    if ndim == 4:
        return likelihood.nll_loss2d(input, target, weight, reduction, ignore_index)
    wanted = [input.shape[0], *input.shape[2:]]
    if list(target.shape) != wanted:
        raise RuntimeError(f"Expected target size {wanted}, got {list(target.shape)}")
    # any other number of axes is seen as an image of one row, as PyTorch sees it
    batch, classes, length = input.shape[0], input.shape[1], target[0].numel() if len(target) else 0
    image, targets = input.contiguous().view(batch, classes, 1, length), target.contiguous().view(batch, 1, length)
    found = likelihood.nll_loss2d(image, targets, weight, reduction, ignore_index)
    return found.view(wanted) if reduction == "none" else found


def _check_batch(input: Any, target: Any) -> None:
    ndim, of_target = input.dim(), target.dim()
    have = target.size(0) if of_target else 0
    if ndim == 1 and of_target == 1 and have != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {have}")
    if ndim > 1 and input.size(0) != have:
        raise ValueError(f"Expected input batch_size ({input.size(0)}) to match target batch_size ({have}).")
    if ndim <= 2 and of_target > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")


def cross_entropy(
    input: V,
    target: V,
    weight: V | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> V:
    """Cross entropy between logits and target classes, or target probabilities.

    Shapes: logits ``(N, C, *)`` or ``(C)``; classes ``(N, *)`` or ``()``, or probabilities of the logits' shape.
    `weight` ``(C,)`` weighs the classes, and for target classes the mean; targets equal to `ignore_index` count for
    nothing; `label_smoothing` is the share of every target that is spread over all classes.

    >>> import pullback as torch
    >>> torch.nn.functional.cross_entropy(torch.tensor([[0., 0.]]), torch.tensor([1]))
    tensor(0.6931)
    """
    reduction = chosen(reduction, size_average, reduce)
    need_tensors("cross_entropy_loss", input=input, target=target)
    if label_smoothing > 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    smoothing = max(float(label_smoothing), 0.0)
    if input.size() == target.size():
        return _from_probabilities(input, target, weight, reduction, ignore_index, smoothing)  # type: ignore[no-any-return]
    if weight is not None:
        no_gradient("nll_loss_forward", weight=weight)
    logits = log_softmax(input, min(input.dim() - 1, 1))
    found = _likelihood(logits, target, weight, reduction, ignore_index)
    if smoothing > 0:
        spread = _spread_evenly(logits, target, weight, reduction, ignore_index)
        classes = logits.shape[min(logits.dim() - 1, 1)]
        found = mul_number(found, 1 - smoothing) + mul_number(spread, smoothing / classes)
    return found  # type: ignore[no-any-return]


def _along_classes(weight: Any, ndim: int) -> Any:
    """Weights of the classes, to broadcast against ``(N, C, *)``."""
    return weight if ndim == 1 else weight.view(1, -1, *(1,) * (ndim - 2))


def _spread_evenly(logits: Any, target: Any, weight: Any, reduction: str, ignore_index: int) -> Any:
    """The loss of targets that are spread over all classes, times their number."""
    axis = min(logits.dim() - 1, 1)
    weighted = logits if weight is None else logits * _along_classes(weight, logits.dim())
    ignored = target == ignore_index
    loss = (-weighted.sum(axis)).masked_fill(ignored.reshape(weighted.shape[:axis] + weighted.shape[axis + 1 :]), 0)
    if reduction == "none":
        return loss
    if reduction == "sum":
        return loss.sum()
    if weight is None:
        return loss.sum() / (~ignored).sum().to(loss.dtype)
    return loss.sum() / weight[target.masked_fill(ignored, 0).long()].masked_fill(ignored, 0).sum()


def _from_probabilities(
    input: Any, target: Any, weight: Any, reduction: str, ignore_index: int, smoothing: float
) -> Any:
    need_probabilities(target)
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    axis = min(input.dim() - 1, 1)
    classes = input.shape[axis]
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got "
            f"weight tensor of shape: {list(weight.shape)}"
        )
    if smoothing > 0:
        target = add_number(mul_number(target, 1 - smoothing), smoothing / classes)
    loss = log_softmax(input, axis) * target
    if weight is not None:
        loss = loss * _along_classes(weight, input.dim())
    if reduction == "none":
        return -loss.sum(axis)
    total = -loss.sum()
    return total if reduction == "sum" else div_number(total, input.numel() / classes if classes else float("nan"))
