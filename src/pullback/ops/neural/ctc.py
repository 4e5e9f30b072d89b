"""Connectionist temporal classification: the likelihood of labels over all their alignments (Graves et al., 2006).

The labels of a sample are written with blanks between and around them, ``_a_b_``; an alignment walks through these
states, at each time staying, going on by one, or skipping a blank between unlike labels. ``alpha[t, s]`` is the
logarithm of the probability of having reached state s at time t, ``beta[t, s]`` that of reaching the end from there;
both count the label spoken at t. Letters in shapes: T times, N samples, C classes, S states.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays.along import spread_along
from pullback.arrays.scatter import pick
from pullback.graph.levels import example_by_example
from pullback.graph.operator import general
from pullback.graph.tensor_base import TensorBase
from pullback.ops.neural.checks import need_floats, need_tensors
from pullback.ops.pointwise.kinds import unsupported
from pullback.ops.typing import V

_WHERE = "(while checking arguments for ctc_loss_allocate_outputs)"


# --------------------------------------------------------------------------------------------- the recursion


def _moved(states: Any, by: int) -> Any:
    """Each state's number at the state `by` further on (or back), with -inf where there is none."""
    edge = np.full((states.shape[0], abs(by)), -np.inf)
    edge = edge.astype(np.float32) if states.dtype.itemsize == 4 else edge
    parts = [edge, states[:, :-by]] if by > 0 else [states[:, -by:], edge]
    return np.concatenate(parts, axis=1)[:, : states.shape[1]]


def _spoken_at(log_probs: Any, labels: Any) -> Any:
    """The log-probability of each state's label at each time: ``(T, N, S)``."""
    times, samples = log_probs.shape[:2]
    return pick(log_probs, [np.arange(times)[:, None, None], np.arange(samples)[:, None], labels], (0, 1, 2))


def _forward(spoken: Any, skips: Any) -> Any:
    """``alpha``, ``(T, N, S)``; a skip leads to the state at which `skips` is true."""
    states = np.arange(spoken.shape[2])
    alpha = np.where(states < 2, spoken[0], -np.inf)
    found = [alpha]
    for at_time in spoken[1:]:
        skipped = np.where(skips, _moved(alpha, 2), -np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, _moved(alpha, 1)), skipped) + at_time
        found.append(alpha)
    return np.stack(found)


def _backward(spoken: Any, skips: Any, input_lengths: Any, target_lengths: Any) -> Any:
    """``beta``, ``(T, N, S)``: a sample ends in its last label or the blank behind it."""
    states = np.arange(spoken.shape[2])
    last = 2 * target_lengths[:, None]
    ends = (states == last) | (states == last - 1)
    beta = np.where(ends, spoken[-1], -np.inf)
    found = []
    for time in range(spoken.shape[0] - 1, -1, -1):
        skipped = _moved(np.where(skips, beta, -np.inf), -2)
        passed = np.logaddexp(np.logaddexp(beta, _moved(beta, -1)), skipped) + spoken[time]
        beta = np.where((input_lengths == time + 1)[:, None], np.where(ends, spoken[time], -np.inf), passed)
        found.append(beta)
    return np.stack(found[::-1])


def _vjp(
    grad: Any,
    log_probs: Any,
    labels: Any,
    skips: Any,
    input_lengths: Any,
    target_lengths: Any,
    zero_infinity: bool,
    loss: Any,
    alpha: Any,
) -> Any:
    """As PyTorch's, the cotangent of logits whose `log_softmax` was taken: probability minus occupancy."""
    if alpha is None:
        raise RuntimeError("derivative for aten::_ctc_loss_backward is not implemented")
    times = log_probs.shape[0]
    spoken = _spoken_at(log_probs, labels)
    both = alpha + _backward(spoken, skips, input_lengths, target_lengths)
    share = np.exp(np.where(spoken == -np.inf, -np.inf, both - spoken) + loss[:, None])
    occupied = spread_along(share, np.broadcast_to(labels, share.shape), 2, log_probs.shape)
    found = np.exp(log_probs) - occupied + (loss - loss)[:, None]  # NaN where the loss is infinite
    found = np.where((np.arange(times)[:, None] < input_lengths)[:, :, None], found, 0)
    if zero_infinity:
        found = np.where((loss == np.inf)[:, None], 0, found)
    return found * grad[:, None]


@general(node="CtcLossBackward0", keeps=("loss", "alpha"), log_probs=_vjp)
def _ctc_loss(log_probs: V, labels: Any, skips: Any, input_lengths: Any, target_lengths: Any, zero_infinity: bool) -> V:
    """``(T, N, C) -> (N)``."""
    alpha = _forward(_spoken_at(log_probs, labels), skips)
    samples = np.arange(alpha.shape[1])
    final = alpha[input_lengths - 1, samples]
    last = final[samples, 2 * target_lengths]
    before = np.where(target_lengths > 0, final[samples, np.maximum(2 * target_lengths - 1, 0)], -np.inf)
    loss = -np.logaddexp(last, before)
    loss = np.where(input_lengths > 0, loss, 0)
    loss = np.where((input_lengths == 0) & (target_lengths > 0), np.inf, loss)
    return loss, loss, alpha  # type: ignore[return-value]


# --------------------------------------------------------------------------------------------- the arguments


def _lengths(name: str, lengths: Any, samples: int) -> Any:
    """Lengths as an int64 array, one for each sample."""
    found = np.atleast_1d(lengths._array if isinstance(lengths, TensorBase) else np.array(lengths))
    if found.dtype.kind not in "iu":
        raise RuntimeError(f"{name} must be integral")
    if found.shape != (samples,):
        raise RuntimeError(f"{name} must be of size batch_size")
    if samples and found.min() < 0:
        raise RuntimeError(f"Expected {name} to have value at least 0, but got value {found.min()} {_WHERE}")
    return found.astype(np.int64)


def _states(targets: Any, lengths: Any, blank: int) -> tuple[Any, Any]:
    """The label of each state, and whether it can be reached by a skip, ``(N, 2 * longest + 1)``."""
    longest = int(lengths.max(initial=0))
    labels = np.full((len(lengths), 2 * longest + 1), blank, np.int64)
    if targets.ndim == 1:
        starts = np.cumsum(lengths) - lengths
        targets = [targets[start : start + length] for start, length in zip(starts, lengths)]
    for row, target, length in zip(labels, targets, lengths):
        row[1 : 2 * length : 2] = target[:length]
    skips = np.zeros(labels.shape, bool)
    skips[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    return labels, skips


def _check_targets(targets: Any, lengths: Any) -> None:
    if targets.ndim not in (1, 2):
        raise RuntimeError(
            f"Expected 1 to 2 dimensions, but got {targets.ndim}-dimensional tensor for argument #2 'targets' {_WHERE}"
        )
    axis, least, how = 0, int(lengths.sum()), ""
    if targets.ndim == 2:
        least = len(lengths)
        if targets.shape[0] == least:
            axis, least, how = 1, int(lengths.max(initial=0)), "at least "
    found = targets.shape[axis]
    if found < least if how else found != least:
        raise RuntimeError(
            f"Expected tensor to have size {how}{least} at dimension {axis}, but got size {found} for argument #2 "
            f"'targets' {_WHERE}"
        )


@example_by_example
def ctc_losses(log_probs: V, targets: V, input_lengths: Any, target_lengths: Any, blank: int, zero_infinity: bool) -> V:
    """The loss of each sample: ``(T, N, C), (N, S) or (all labels), (N), (N) -> (N)``.

    float32 and float64. Raises ``RuntimeError`` where lengths do not fit.
    """
    need_tensors("ctc_loss", log_probs=log_probs, targets=targets)
    array = log_probs._array
    times, samples, classes = array.shape
    inputs = _lengths("input_lengths", input_lengths, samples)
    lengths = _lengths("target_lengths", target_lengths, samples)
    if array.dtype.itemsize == 2:
        raise unsupported("ctc_loss_cpu", array.dtype)
    need_floats("ctc_loss_cpu", array)
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    if samples and inputs.max() > times:
        raise RuntimeError(
            f"Expected input_lengths to have value at most {times}, but got value {inputs.max()} {_WHERE}"
        )
    _check_targets(targets._array, lengths)
    labels, skips = _states(targets._array, lengths, blank)
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise RuntimeError(f"a target is not in range({classes})")
    return _ctc_loss(log_probs, labels, skips, inputs, lengths, zero_infinity)
