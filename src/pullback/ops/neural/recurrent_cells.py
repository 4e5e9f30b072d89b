"""One step of a recurrent layer, in small operators: ``torch.lstm_cell``, ``gru_cell``, ``rnn_tanh_cell``, ``rnn_relu_cell``."""

from __future__ import annotations

from typing import Any

from pullback.ops.matrix.linear import linear
from pullback.ops.neural.checks import need_tensors
from pullback.ops.pointwise.activation import relu
from pullback.ops.pointwise.arithmetic import add, mul, sub
from pullback.ops.pointwise.hyperbolic import tanh
from pullback.ops.pointwise.smooth import sigmoid
from pullback.ops.shape.splitting import unsafe_chunk
from pullback.ops.typing import V


def _check(function: str, gates: int, input: Any, hidden: Any, w_ih: Any, w_hh: Any) -> None:
    """Raise ``RuntimeError`` unless input ``(N, I)``, states ``(N, H)`` and weights fit."""
    need_tensors(function, input=input, hx=hidden[0], w_ih=w_ih, w_hh=w_hh)
    read, rows, own = input._array.shape, w_ih._array.shape, w_hh._array.shape
    if len(read) < 2:
        raise IndexError(f"{function}(): expected input of shape (samples, values), got {list(read)}")
    if read[1] != rows[1]:
        raise RuntimeError(f"input has inconsistent input_size: got {read[1]} expected {rows[1]}")
    if rows[0] != gates * own[1]:
        raise RuntimeError(f"weight_ih first dim must be {gates} * hidden_size = {gates * own[1]}, but got {rows[0]}")
    for number, state in enumerate(hidden):
        shape = state._array.shape
        if shape[0] != read[0]:
            raise RuntimeError(f"Input batch size {read[0]} doesn't match hidden{number} batch size {shape[0]}")
        if shape[1] != own[1]:
            raise RuntimeError(f"hidden{number} has inconsistent hidden_size: got {shape[1]}, expected {own[1]}")


def lstm_cell(input: V, hx: Any, w_ih: V, w_hh: V, b_ih: V | None = None, b_hh: V | None = None) -> tuple[V, V]:
    """One step of long short-term memory: the next hidden and cell state.

    Shapes: ``(N, I)``, states ``(N, H)`` and ``(N, H)``, ``(4H, I)``, ``(4H, H)``, ``(4H)``, ``(4H)``; the gates are
    input, forget, cell, output. Raises ``RuntimeError`` where they do not fit.

    >>> import pullback as torch
    >>> h = torch.zeros(1, 1)
    >>> torch.lstm_cell(torch.ones(1, 1), (h, h), torch.ones(4, 1), torch.ones(4, 1))
    (tensor([[0.3696]]), tensor([[0.5568]]))
    """
    if len(hx) != 2:
        raise RuntimeError("lstm_cell expects two hidden states")
    _check("lstm_cell", 4, input, hx, w_ih, w_hh)
    sums = add(linear(input, w_ih, b_ih), linear(hx[0], w_hh, b_hh))
    write, keep, new, show = unsafe_chunk(sums, 4, 1)
    cell = add(mul(sigmoid(keep), hx[1]), mul(sigmoid(write), tanh(new)))
    return mul(sigmoid(show), tanh(cell)), cell


def gru_cell(input: V, hx: V, w_ih: V, w_hh: V, b_ih: V | None = None, b_hh: V | None = None) -> V:
    """One step of a gated recurrent unit: the next state.

    Shapes: ``(N, I), (N, H), (3H, I), (3H, H), (3H), (3H) -> (N, H)``; the gates are reset, update, new. Raises
    ``RuntimeError`` where they do not fit.
    """
    _check("gru_cell", 3, input, (hx,), w_ih, w_hh)
    read = unsafe_chunk(linear(input, w_ih, b_ih), 3, 1)
    own = unsafe_chunk(linear(hx, w_hh, b_hh), 3, 1)
    reset, update = (sigmoid(add(own[k], read[k])) for k in range(2))
    new = tanh(add(read[2], mul(own[2], reset)))
    return add(mul(sub(hx, new), update), new)


def rnn_tanh_cell(input: V, hx: V, w_ih: V, w_hh: V, b_ih: V | None = None, b_hh: V | None = None) -> V:
    """One step of a plain recurrent layer, ``tanh(x w_ihᵀ + b_ih + h w_hhᵀ + b_hh)``.

    Shapes: ``(N, I), (N, H), (H, I), (H, H), (H), (H) -> (N, H)``. Raises ``RuntimeError`` where they do not fit.
    """
    _check("rnn_tanh_cell", 1, input, (hx,), w_ih, w_hh)
    return tanh(add(linear(input, w_ih, b_ih), linear(hx, w_hh, b_hh)))


def rnn_relu_cell(input: V, hx: V, w_ih: V, w_hh: V, b_ih: V | None = None, b_hh: V | None = None) -> V:
    """`rnn_tanh_cell` with the positive part in the place of tanh."""
    _check("rnn_relu_cell", 1, input, (hx,), w_ih, w_hh)
    return relu(add(linear(input, w_ih, b_ih), linear(hx, w_hh, b_hh)))
