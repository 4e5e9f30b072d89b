"""One direction of one recurrent layer, each kind in one operator; the kernels stand in ``arrays/recurrent.py``.

A node for a whole sequence costs what one time step costs when every step is made of small operators, and the products
that are the same for all times are taken at once. Differentiating twice writes the steps out, on tensors.

Letters in shapes: T times, N sequences, R rows of packed sequences, I inputs, H hidden values, P projected ones. An
input is ``(T, N, I)``, or packed ``(R, I)``.
"""

from __future__ import annotations

from typing import Any

from pullback.arrays import recurrent
from pullback.arrays.products import product
from pullback.arrays.recurrent import Spans
from pullback.arrays.reductions import widened
from pullback.arrays.standardize import column_sums, plus
from pullback.arrays.vocabulary import cast, conj, reshape, swapaxes
from pullback.graph.operator import general
from pullback.ops.typing import V


def _rows(array: Any) -> Any:
    """All times of ``(T, N, K)`` below each other; packed rows as they are."""
    return array if array.ndim == 2 else reshape(array, (array.shape[0] * array.shape[1], array.shape[2]))


def _wide(*arrays: Any) -> list[Any]:
    """Half precision is computed in single."""
    return [None if each is None else widened(each) for each in arrays]


def _input_share(input: Any, w_ih: Any, b_ih: Any, b_hh: Any = None) -> Any:
    """What the input adds to the sums inside the gates, of all times."""
    found = product(_rows(input), swapaxes(w_ih, 0, 1))
    for bias in (b_ih, b_hh):
        if bias is not None:
            found = plus(found, bias)
    return found


def _of_input(sums: Any, input: Any, w_ih: Any, needs: Any) -> tuple[Any, Any]:
    """Cotangents of input and w_ih from that of the input's share."""
    return (
        reshape(product(sums, conj(w_ih)), input.shape) if needs[0] else None,
        _of_weight(sums, _rows(input)) if needs[1] else None,
    )


def _of_weight(sums: Any, rows: Any) -> Any:
    return product(swapaxes(sums, 0, 1), conj(rows))


def _results(input: Any, output: Any, *states: Any) -> tuple[Any, ...]:
    """Output and final states in the input's dtype, the output in the input's layout."""
    output = reshape(output, (*input.shape[:-1], output.shape[-1]))
    return tuple([cast(each, input.dtype) for each in (output, *states)])


# ------------------------------------------------------------------------------------------------------- LSTM


def _lstm_vjp(
    grads: Any, input: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, w_hr: Any, hx: Any, cx: Any, spans: Spans,
    gates: Any, h_before: Any, c_before: Any, squashed: Any, needs: Any,
) -> Any:  # fmt: skip
    input, w_ih, w_hh, b_ih, b_hh, w_hr, hx, cx = _wide(input, w_ih, w_hh, b_ih, b_hh, w_hr, hx, cx)
    if gates is None:
        shares = _input_share(input, w_ih, b_ih, b_hh)
        _, _, _, gates, h_before, c_before, squashed = recurrent.lstm(shares, hx, cx, w_hh, w_hr, spans)
    grad, grad_h, grad_c = _wide(*grads)
    sums, of_hx, of_cx, hidden = recurrent.lstm_back(
        _rows(grad), grad_h, grad_c, gates, c_before, squashed, w_hh, w_hr, spans
    )
    of_bias = column_sums(sums) if needs[3] or needs[4] else None
    of_w_hr = None
    if needs[5]:
        width = squashed.shape[1]
        of_w_hr = _of_weight(hidden, gates[:, 3 * width :] * squashed)
    of_w_hh = _of_weight(sums, h_before) if needs[2] else None
    return *_of_input(sums, input, w_ih, needs), of_w_hh, of_bias, of_bias, of_w_hr, of_hx, of_cx


@general(
    node="MkldnnRnnLayerBackward0",
    outputs=3,
    over=("input", "w_ih", "w_hh", "b_ih", "b_hh", "w_hr", "hx", "cx"),
    keeps=("gates", "h_before", "c_before", "squashed"),
    joint=_lstm_vjp,
)
def lstm_layer(
    input: V, w_ih: V, w_hh: V, b_ih: V | None, b_hh: V | None, w_hr: V | None, hx: V, cx: V, spans: Spans
) -> V:
    """Output ``(T, N, H)``, final hidden and cell state ``(N, H)`` of long short-term memory.

    `w_ih` is ``(4H, I)``, `w_hh` ``(4H, H)``, the biases are ``(4H)``, the gates are input, forget, cell, output; with
    the projection `w_hr` ``(P, H)`` outputs and hidden states have P values. The walk goes along `spans`.
    """
    read, w_ih, w_hh, b_ih, b_hh, w_hr, hx, cx = _wide(input, w_ih, w_hh, b_ih, b_hh, w_hr, hx, cx)
    output, h, c, *kept = recurrent.lstm(_input_share(read, w_ih, b_ih, b_hh), hx, cx, w_hh, w_hr, spans)
    return _results(input, output, h, c), *kept  # type: ignore[return-value]


# -------------------------------------------------------------------------------------------------------- GRU


def _gru_vjp(
    grads: Any, input: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, hx: Any, spans: Spans,
    gates: Any, shares: Any, h_before: Any, needs: Any,
) -> Any:  # fmt: skip
    input, w_ih, w_hh, b_ih, b_hh, hx = _wide(input, w_ih, w_hh, b_ih, b_hh, hx)
    if gates is None:
        _, _, gates, shares, h_before = recurrent.gru(_input_share(input, w_ih, b_ih), hx, w_hh, b_hh, spans)
    grad, grad_h = _wide(*grads)
    sums, hidden, of_hx = recurrent.gru_back(_rows(grad), grad_h, gates, shares, h_before, w_hh, spans)
    return (
        *_of_input(sums, input, w_ih, needs),
        _of_weight(hidden, h_before) if needs[2] else None,
        column_sums(sums) if needs[3] else None,
        column_sums(hidden) if needs[4] else None,
        of_hx,
    )


@general(
    outputs=2,
    over=("input", "w_ih", "w_hh", "b_ih", "b_hh", "hx"),
    keeps=("gates", "shares", "h_before"),
    joint=_gru_vjp,
)
def gru_layer(input: V, w_ih: V, w_hh: V, b_ih: V | None, b_hh: V | None, hx: V, spans: Spans) -> V:
    """Output ``(T, N, H)`` and final state ``(N, H)`` of gated recurrent units: reset, update, new gate.

    `w_ih` is ``(3H, I)``, `w_hh` ``(3H, H)``, the biases are ``(3H)``. The walk goes along `spans`.
    """
    read, w_ih, w_hh, b_ih, b_hh, hx = _wide(input, w_ih, w_hh, b_ih, b_hh, hx)
    output, h, *kept = recurrent.gru(_input_share(read, w_ih, b_ih), hx, w_hh, b_hh, spans)
    return _results(input, output, h), *kept  # type: ignore[return-value]


# ------------------------------------------------------------------------------------------------------ plain


def _rnn_vjp(
    grads: Any, input: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, hx: Any, relu: bool, spans: Spans,
    results: Any, h_before: Any, needs: Any,
) -> Any:  # fmt: skip
    input, w_ih, w_hh, b_ih, b_hh, hx = _wide(input, w_ih, w_hh, b_ih, b_hh, hx)
    output = _rows(widened(results[0]))
    if h_before is None:
        output, _, h_before = recurrent.plain(_input_share(input, w_ih, b_ih, b_hh), hx, w_hh, relu, spans)
    grad, grad_h = _wide(*grads)
    sums, of_hx = recurrent.plain_back(_rows(grad), grad_h, output, w_hh, relu, spans)
    of_bias = column_sums(sums) if needs[3] or needs[4] else None
    of_w_hh = _of_weight(sums, h_before) if needs[2] else None
    return *_of_input(sums, input, w_ih, needs), of_w_hh, of_bias, of_bias, of_hx


@general(
    outputs=2,
    over=("input", "w_ih", "w_hh", "b_ih", "b_hh", "hx"),
    keeps=("h_before",),
    joint=_rnn_vjp,
)
def rnn_layer(input: V, w_ih: V, w_hh: V, b_ih: V | None, b_hh: V | None, hx: V, relu: bool, spans: Spans) -> V:
    """Output ``(T, N, H)`` and final state ``(N, H)`` of ``h = tanh(x w_ihᵀ + b_ih + h w_hhᵀ + b_hh)``.

    With `relu` the positive part instead of tanh. The walk goes along `spans`.
    """
    read, w_ih, w_hh, b_ih, b_hh, hx = _wide(input, w_ih, w_hh, b_ih, b_hh, hx)
    output, h, *kept = recurrent.plain(_input_share(read, w_ih, b_ih, b_hh), hx, w_hh, relu, spans)
    return _results(input, output, h), *kept  # type: ignore[return-value]
