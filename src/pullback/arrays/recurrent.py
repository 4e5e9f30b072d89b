"""Recurrent layers on raw arrays: forward through time, and back.

A batch of sequences lies *packed*, one time after the other::

    time 0      time 1    time 2
    a0 b0 c0    a1 b1     a2          rows of sequences a (3 long), b (2) and c (1)
    0:3         3:5       5:6         spans

A direction is a walk along the spans. Where a span has fewer rows than the one before it, the last sequences have
ended and their state is final; where it has more (backwards in time), new ones begin with their initial state. The
way back is the same walk along the reversed spans, on which the cotangent of the final state plays the initial one.
What is the same for all times (products with the input, derivatives of gates) is done for all rows at once, outside
the walk. Letters in shapes: R rows, N sequences, I inputs, H hidden values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from pullback.arrays.products import product
from pullback.arrays.standardize import plus, times
from pullback.arrays.vocabulary import conj, reshape, swapaxes

Spans = tuple[tuple[int, int], ...]


@lru_cache(maxsize=64)
def spans_of(counts: tuple[int, ...], reverse: bool = False) -> Spans:
    """First and last row of each time, in the order of the walk.

    >>> spans_of((3, 2, 1))
    ((0, 3), (3, 5), (5, 6))
    """
    ends = np.cumsum(counts).tolist()
    spans = tuple(zip([0, *ends], ends))
    return spans[::-1] if reverse else spans


def walk(spans: Spans, initial: Sequence[Any], step: Callable[..., tuple[Any, ...]]) -> list[Any]:
    """The final states after ``step(start, stop, *states) -> states`` has run on each span; ``(N, …)`` each."""
    states: Sequence[Any] = initial
    ended: list[Sequence[Any]] = []
    have = spans[0][1] - spans[0][0]
    if have != initial[0].shape[0]:
        states = [each[:have] for each in initial]
    for start, stop in spans:
        rows = stop - start
        if rows < have:
            ended.append([each[rows:] for each in states])
            states = [each[:rows] for each in states]
        elif rows > have:
            states = [np.concatenate((each, more[have:rows])) for each, more in zip(states, initial)]
        have = rows
        states = step(start, stop, *states)
    if not ended:
        return list(states)
    return [np.concatenate(parts) for parts in zip(states, *reversed(ended))]


def packed(parts: list[Any], spans: Spans) -> Any:
    """What a walk made on each span, joined in the order of time; always new memory."""
    return np.concatenate(parts if spans[0][0] == 0 else parts[::-1])


def _turned(matrix: Any, spans: Spans) -> Any:
    """The transpose; copied where many products follow, which take a quarter less time so."""
    found = swapaxes(matrix, 0, 1)
    return np.ascontiguousarray(found) if len(spans) > 4 and found.__class__ is np.ndarray else found


def _as_blocks(vector: Any, blocks: Any) -> Any:
    """``(R, H)`` times each of the blocks ``(R, k, H)``, side by side: ``(R, k H)``."""
    found = vector[:, None, :] * blocks
    return reshape(found, (found.shape[0], found.shape[1] * found.shape[2]))


# ------------------------------------------------------------------------------------------------------ gates
# sigmoid(x) = (1 + tanh(x / 2)) / 2, so one tanh serves all gates of a step. It never overflows, and NumPy's tanh takes
# a third of the time of 1 / (1 + exp(-x)).


@lru_cache(maxsize=64)
def _halves(kinds: str, width: int, dtype: str) -> tuple[Any, Any]:
    """Factor and shift of each column: a half where the gate is a sigmoid (``s``), 1 and 0 where it is a tanh."""
    factor = np.repeat(np.array([0.5 if kind == "s" else 1 for kind in kinds], dtype), width)
    return factor, np.where(factor == 0.5, factor, np.zeros_like(factor))


def _name(array: Any) -> str:
    """NumPy's name of the dtype, which a tensor's dtype does not tell itself."""
    return f"{array.dtype.kind}{array.dtype.itemsize}"


def _gates(sums: Any, factor: Any, shift: Any) -> Any:
    """Sigmoids and tanhs of the sums, in their memory."""
    sums = times(sums, factor)
    found = np.tanh(sums, out=sums) if sums.__class__ is np.ndarray else np.tanh(sums)
    return plus(times(found, factor), shift)


# ------------------------------------------------------------------------------------------------------- LSTM


def lstm(inputs: Any, h: Any, c: Any, w_hh: Any, w_hr: Any, spans: Spans) -> tuple[Any, ...]:
    """Long short-term memory (Hochreiter and Schmidhuber, 1997) along `spans`.

    Args:
        inputs: the input's share of the gates (input, forget, cell, output), biases included: ``(R, 4H)``.
        h: first hidden state, ``(N, H)``, or ``(N, P)`` with a projection.
        c: first cell state, ``(N, H)``.
        w_hh: ``(4H, H)``, or ``(4H, P)``.
        w_hr: the projection ``(P, H)`` of each hidden state, or `None`.

    Returns output, final h, final c, and for the way back: gates, h and c before each step, tanh of c after it.
    """
    n = c.shape[1]
    factor, shift = _halves("ssts", n, _name(inputs))
    matrix = _turned(w_hh, spans)
    project = None if w_hr is None else _turned(w_hr, spans)
    outputs, gates, h_before, c_before, squashed = kept = [], [], [], [], []  # type: ignore[var-annotated]

    def step(start: int, stop: int, h: Any, c: Any) -> tuple[Any, Any]:
        h_before.append(h)
        c_before.append(c)
        gate = _gates(plus(product(h, matrix), inputs[start:stop]), factor, shift)
        c = plus(gate[:, n : 2 * n] * c, gate[:, :n] * gate[:, 2 * n : 3 * n])
        flat = np.tanh(c)
        h = gate[:, 3 * n :] * flat
        if project is not None:
            h = product(h, project)
        gates.append(gate)
        squashed.append(flat)
        outputs.append(h)
        return h, c

    h, c = walk(spans, (h, c), step)
    output, *rest = [packed(each, spans) for each in kept]
    return output, h, c, *rest


def lstm_back(
    grad: Any, grad_h: Any, grad_c: Any, gates: Any, c_before: Any, squashed: Any, w_hh: Any, w_hr: Any, spans: Spans
) -> tuple[Any, Any, Any, Any]:
    """Cotangents of the sums inside the gates ``(R, 4H)``, of h and c, and of the hidden states before projection."""
    n = squashed.shape[1]
    i, f, g, o = [conj(gates[:, k * n : (k + 1) * n]) for k in range(4)]
    c_before, squashed = conj(c_before), conj(squashed)
    of_cell = np.stack((g * i * (1 - i), c_before * f * (1 - f), i * (1 - g * g)), 1)
    of_output, to_cell = squashed * o * (1 - o), o * (1 - squashed * squashed)
    matrix = conj(w_hh)
    project = None if w_hr is None else conj(w_hr)
    sums: list[Any] = []
    hidden: list[Any] = []

    def step(start: int, stop: int, dh: Any, dc: Any) -> tuple[Any, Any]:
        dh = dh + grad[start:stop]
        hidden.append(dh)
        if project is not None:
            dh = product(dh, project)
        dc = plus(dh * to_cell[start:stop], dc)
        ds = np.concatenate((_as_blocks(dc, of_cell[start:stop]), dh * of_output[start:stop]), 1)
        sums.append(ds)
        return product(ds, matrix), times(dc, f[start:stop])

    back = spans[::-1]
    grad_h, grad_c = walk(back, (grad_h, grad_c), step)
    return packed(sums, back), grad_h, grad_c, packed(hidden, back)


# -------------------------------------------------------------------------------------------------------- GRU


def gru(inputs: Any, h: Any, w_hh: Any, b_hh: Any, spans: Spans) -> tuple[Any, ...]:
    """Gated recurrent units (Cho et al., 2014; the reset gate acts behind the product) along `spans`.

    `inputs` is the input's share of the gates (reset, update, new), ``(R, 3H)``, `w_hh` is ``(3H, H)``, `b_hh`
    ``(3H)`` or `None`. Returns output, final h, and for the way back: gates, the hidden share of the new gate, and h
    before each step.
    """
    n = h.shape[1]
    factor, shift = _halves("ss", n, _name(inputs))
    matrix = _turned(w_hh, spans)
    outputs, gates, shares, h_before = kept = [], [], [], []  # type: ignore[var-annotated]

    def step(start: int, stop: int, h: Any) -> tuple[Any]:
        h_before.append(h)
        own = product(h, matrix)
        if b_hh is not None:
            own = plus(own, b_hh)
        read = inputs[start:stop]
        gate = _gates(own[:, : 2 * n] + read[:, : 2 * n], factor, shift)
        share = own[:, 2 * n :]
        new = np.tanh(plus(gate[:, :n] * share, read[:, 2 * n :]))
        h = plus(times(h - new, gate[:, n:]), new)
        gates.append(np.concatenate((gate, new), 1))
        shares.append(share)
        outputs.append(h)
        return (h,)

    (h,) = walk(spans, (h,), step)
    output, *rest = [packed(each, spans) for each in kept]
    return output, h, *rest


def gru_back(
    grad: Any, grad_h: Any, gates: Any, shares: Any, h_before: Any, w_hh: Any, spans: Spans
) -> tuple[Any, Any, Any]:
    """Cotangents of the input's share ``(R, 3H)``, of the hidden state's, and of h."""
    n = shares.shape[1]
    reset, update, new = [conj(gates[:, k * n : (k + 1) * n]) for k in range(3)]
    of_new = (1 - update) * (1 - new * new)
    of_update = (conj(h_before) - new) * update * (1 - update)
    of_reset = of_new * conj(shares) * reset * (1 - reset)
    to_inputs = np.stack((of_reset, of_update, of_new), 1)
    to_hidden = np.stack((of_reset, of_update, of_new * reset), 1)
    matrix = conj(w_hh)
    hidden: list[Any] = []

    def step(start: int, stop: int, dh: Any) -> tuple[Any]:
        dh = dh + grad[start:stop]
        hidden.append(dh)
        back = product(_as_blocks(dh, to_hidden[start:stop]), matrix)
        return (plus(back, dh * update[start:stop]),)

    back = spans[::-1]
    (grad_h,) = walk(back, (grad_h,), step)
    dh = packed(hidden, back)
    return _as_blocks(dh, to_inputs), _as_blocks(dh, to_hidden), grad_h


# ------------------------------------------------------------------------------------------------------ plain


def plain(inputs: Any, h: Any, w_hh: Any, relu: bool, spans: Spans) -> tuple[Any, Any, Any]:
    """``h = tanh(inputs + h w_hhᵀ)`` (or the positive part) along `spans`: output, final h, h before each step."""
    matrix = _turned(w_hh, spans)
    outputs: list[Any] = []
    h_before: list[Any] = []

    def step(start: int, stop: int, h: Any) -> tuple[Any]:
        h_before.append(h)
        sums = plus(product(h, matrix), inputs[start:stop])
        h = np.maximum(sums, 0) if relu else np.tanh(sums)
        outputs.append(h)
        return (h,)

    (h,) = walk(spans, (h,), step)
    return packed(outputs, spans), h, packed(h_before, spans)


def plain_back(grad: Any, grad_h: Any, output: Any, w_hh: Any, relu: bool, spans: Spans) -> tuple[Any, Any]:
    """Cotangents of the sums ``(R, H)``, and of h."""
    output = conj(output)
    slope = output > 0 if relu else 1 - output * output
    matrix = conj(w_hh)
    sums: list[Any] = []

    def step(start: int, stop: int, dh: Any) -> tuple[Any]:
        ds = times(dh + grad[start:stop], slope[start:stop])
        sums.append(ds)
        return (product(ds, matrix),)

    back = spans[::-1]
    (grad_h,) = walk(back, (grad_h,), step)
    return packed(sums, back), grad_h
