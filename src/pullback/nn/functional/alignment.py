"""The loss of labels whose places in time are not known."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.nn.functional._reduction import chosen, reduced
from pullback.ops.neural.ctc import ctc_losses
from pullback.ops.typing import V
from pullback.ops.wrong_types import asks_for_tensors

__all__ = ["ctc_loss"]


@asks_for_tensors
def ctc_loss(
    log_probs: V,
    targets: V,
    input_lengths: V | tuple[int, ...],
    target_lengths: V | tuple[int, ...],
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> V:
    """Minus the log-likelihood of labels over all alignments with times (Graves et al., 2006).

    Shapes: `log_probs` ``(T, N, C)`` or ``(T, C)``, from `log_softmax`; `targets` ``(N, S)``, or all labels in a row;
    lengths ``(N)``. The mean divides each loss by its target's length first. With `zero_infinity` an impossible
    alignment counts for nothing. float32 and float64. The gradient is that of the logits behind `log_probs`.

    >>> import pullback as torch
    >>> even = torch.full((2, 3), 1 / 3).log()
    >>> torch.nn.functional.ctc_loss(even, torch.tensor([1]), (2,), (1,)).exp()
    tensor(3.)
    """
    reduction = chosen(reduction)
    x: Any = log_probs
    batched = x.dim() != 2
    if not batched:
        x = x.unsqueeze(1)
        targets = targets.unsqueeze(0) if targets.dim() == 1 else targets
    loss: Any = ctc_losses(x, targets, input_lengths, target_lengths, blank, zero_infinity)
    if zero_infinity:
        loss = pullback.where(loss == float("inf"), pullback.zeros((), dtype=loss.dtype), loss)
    if not batched:
        loss = loss.squeeze(0)
    if reduction == "mean":
        lengths = pullback.as_tensor(target_lengths).clamp_min(1).to(loss.dtype)
        return (loss / lengths.reshape(loss.shape)).mean()  # type: ignore[no-any-return]
    return reduced(loss, reduction)  # type: ignore[no-any-return]
