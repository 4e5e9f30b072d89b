"""Rows of the recurrent networks and of their single steps. Dropout and packed forms are in ``tests/ops/neural``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.op_table import Draw, Row, S, Sample

SINGLE = ("float32",)
T, N, I, H = 3, 2, 2, 2


def _weights(d: Draw, gates: int, layers: int, directions: int, biases: bool, projected: int = 0) -> list[Any]:
    """The parameters of a network."""
    found: list[Any] = []
    width = projected or H
    for layer in range(layers):
        for _ in range(directions):
            read = I if layer == 0 else width * directions
            found += [d(gates * H, read), d(gates * H, width)]
            found += [d(gates * H), d(gates * H)] if biases else []
            found += [d(projected, H)] if projected else []
    return found


def _lstm(d: Draw) -> Iterable[Sample]:
    for layers, directions, biases, projected in ((1, 1, True, 0), (2, 2, False, 0), (1, 2, True, 1)):
        count, width = layers * directions, projected or H
        states = (d(count, N, width), d(count, N, H))
        weights = _weights(d, 4, layers, directions, biases, projected)
        first = layers == 2
        x = d(N, T, I) if first else d(T, N, I)
        yield S(x, states, weights, biases, layers, 0.0, False, directions == 2, first)


def _of_one_state(gates: int) -> Any:
    def samples(d: Draw) -> Iterable[Sample]:
        for layers, directions, biases in ((1, 1, True), (2, 2, True), (1, 2, False)):
            states = d(layers * directions, N, H)
            weights = _weights(d, gates, layers, directions, biases)
            first = layers == 2
            x = d(N, T, I) if first else d(T, N, I)
            yield S(x, states, weights, biases, layers, 0.0, False, directions == 2, first)

    return samples


def _errors(gates: int) -> Any:
    def samples(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
        state = d(1, N, H)
        hx = (state, state) if gates == 4 else state
        weights = _weights(d, gates, 1, 1, True)
        yield S(d(0, N, I), hx, weights, True, 1, 0.0, False, False, False), RuntimeError
        yield S(d(N, I), hx, weights, True, 1, 0.0, False, False, False), IndexError
        yield S(d(T, N, I), hx, weights[:3], True, 1, 0.0, False, False, False), RuntimeError
        yield S(d(T, N, I), hx, weights, True, 2, 0.0, False, False, False), RuntimeError
        yield S(d(T, N, I), hx), TypeError
        other = (state, state, state) if gates == 4 else (state,)
        kind = RuntimeError if gates == 4 else TypeError
        yield S(d(T, N, I), other, weights, True, 1, 0.0, False, False, False), kind

    return samples


def _cell(gates: int) -> Any:
    def samples(d: Draw) -> Iterable[Sample]:
        state = (d(N, H), d(N, H)) if gates == 4 else d(N, H)
        yield S(d(N, I), state, d(gates * H, I), d(gates * H, H), d(gates * H), d(gates * H))
        yield S(d(N, I), state, d(gates * H, I), d(gates * H, H))

    return samples


def _cell_errors(gates: int) -> Any:
    def samples(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
        state = (d(N, H), d(N, H)) if gates == 4 else d(N, H)
        wrong = (d(N + 1, H), d(N + 1, H)) if gates == 4 else d(N + 1, H)
        w_ih, w_hh = d(gates * H, I), d(gates * H, H)
        yield S(d(N, I + 1), state, w_ih, w_hh), RuntimeError
        yield S(d(N, I), wrong, w_ih, w_hh), RuntimeError
        yield S(d(N, I), state, d(gates * H + 1, I), w_hh), RuntimeError

    return samples


ROWS = [
    Row("lstm", _lstm, errors=_errors(4)),  # float32 in tests/ops/neural: PyTorch warns of projections
    Row("gru", _of_one_state(3), dtypes=SINGLE, errors=_errors(3)),
    Row("rnn_tanh", _of_one_state(1), dtypes=SINGLE, errors=_errors(1)),
    Row("rnn_relu", _of_one_state(1), dtypes=SINGLE),
    Row("lstm_cell", _cell(4), dtypes=SINGLE, errors=_cell_errors(4)),
    Row("gru_cell", _cell(3), dtypes=SINGLE, errors=_cell_errors(3)),
    Row("rnn_tanh_cell", _cell(1), dtypes=SINGLE, errors=_cell_errors(1)),
    Row("rnn_relu_cell", _cell(1), dtypes=SINGLE),
]
