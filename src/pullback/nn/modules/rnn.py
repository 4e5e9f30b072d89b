"""Recurrent networks and their single steps.

Letters in shapes: T times, N sequences, D directions (2 if bidirectional), L layers, I the width of inputs, H that of
hidden states and P that of outputs, which is the width of the projection where there is one and H otherwise. With
`batch_first` the batch comes first; one sequence may come without ``N``; sequences of different lengths come packed.
"""

from __future__ import annotations

import warnings
from typing import Any

import pullback
from pullback.nn.modules._recurrent_base import RNNBase
from pullback.nn.modules._recurrent_cells import GRUCell, LSTMCell, RNNCell, RNNCellBase
from pullback.nn.utils.rnn import PackedSequence
from pullback.ops.neural.recurrent_layers import gru, lstm, rnn_relu, rnn_tanh
from pullback.tensor import Tensor

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]


def apply_permutation(tensor: Tensor, permutation: Tensor, dim: int = 1) -> Tensor:
    """Deprecated: ``tensor.index_select(dim, permutation)``."""
    warnings.warn(
        "`apply_permutation` is deprecated, please use `tensor.index_select(dim, permutation)` instead",
        FutureWarning,
        stacklevel=2,
    )
    return tensor.index_select(dim, permutation)


_NETWORKS = {"RNN_TANH": rnn_tanh, "RNN_RELU": rnn_relu, "GRU": gru}


class _OneState(RNNBase):
    """A network whose state is the hidden one alone."""

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        network = _NETWORKS[self.mode]
        if isinstance(input, PackedSequence):
            data, batch_sizes, order, back = input
            states = self._zeros(data, int(batch_sizes[0])) if hx is None else self.permute_hidden(hx, order)
            self.check_forward_args(data, states, batch_sizes)
            output, hidden = network(data, batch_sizes, states, self._current_weights(), *self._options())
            return PackedSequence(output, batch_sizes, order, back), self.permute_hidden(hidden, back)
        batched = self._batched(input)
        batch_dim = 0 if self.batch_first else 1
        if hx is not None and hx.dim() != input.dim():
            raise RuntimeError(
                f"For {'' if batched else 'un'}batched {input.dim()}-D input, hx should also be {input.dim()}-D but "
                f"got {hx.dim()}-D tensor"
            )
        if not batched:
            input = input.unsqueeze(batch_dim)
            hx = None if hx is None else hx.unsqueeze(1)
        states = self._zeros(input, input.size(batch_dim)) if hx is None else hx
        self.check_forward_args(input, states, None)
        output, hidden = network(input, states, self._current_weights(), *self._options(), self.batch_first)
        return (output, hidden) if batched else (output.squeeze(batch_dim), hidden.squeeze(1))


class RNN(_OneState):
    """``h = tanh(x W_ihᵀ + b_ih + h W_hhᵀ + b_hh)``, in layers (Elman, 1990).

    Shapes: ``(T, N, I)``, first state ``(D L, N, H)`` -> outputs ``(T, N, D H)``, last state ``(D L, N, H)``.

    Args:
        input_size: the width I.
        hidden_size: the width H.
        num_layers: the number L.
        nonlinearity: ``"tanh"`` or ``"relu"``.
        bias: whether there are ``b_ih`` and ``b_hh``.
        batch_first: whether the batch comes first.
        dropout: probability with which an output that goes to a next layer is dropped in training.
        bidirectional: whether each layer also walks back.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _no_projection(kwargs)
        if len(args) > 3:
            self.nonlinearity = args[3]
            args = args[:3] + args[4:]
        else:
            self.nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if self.nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{self.nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{self.nonlinearity.upper()}", *args, **kwargs)


class GRU(_OneState):
    """Gated recurrent units (Cho et al., 2014), in layers. Shapes and arguments are those of `RNN`.

    The rows of the weights are those of the reset, the update and the new gate.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _no_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)


def _no_projection(kwargs: dict[str, Any]) -> None:
    if "proj_size" in kwargs:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997), in layers.

    Shapes: ``(T, N, I)``, first states ``(D L, N, P)`` and ``(D L, N, H)`` -> outputs ``(T, N, D P)``, last states.
    The rows of the weights are those of the input, the forget, the cell and the output gate. Arguments are those of
    `RNN`, and `proj_size`, the width P of a projection of the hidden states.

    >>> import pullback as torch
    >>> output, (h, c) = torch.nn.LSTM(3, 4, num_layers=2)(torch.zeros(5, 2, 3))
    >>> output.shape, h.shape, c.shape
    (torch.Size([5, 2, 4]), torch.Size([2, 2, 4]), torch.Size([2, 2, 4]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """Shape of the cell states for `input`."""
        layers, samples, _ = self.get_expected_hidden_size(input, batch_sizes)
        return layers, samples, self.hidden_size

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Raise where input or states do not fit."""
        self.check_input(input, batch_sizes)
        expected = self.get_expected_hidden_size(input, batch_sizes)
        self.check_hidden_size(hidden[0], expected, "Expected hidden[0] size {}, got {}")
        expected = self.get_expected_cell_size(input, batch_sizes)
        self.check_hidden_size(hidden[1], expected, "Expected hidden[1] size {}, got {}")

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """States of the sequences in another order."""
        if permutation is None:
            return hx
        return super().permute_hidden(hx[0], permutation), super().permute_hidden(hx[1], permutation)

    def _zeros(self, like: Tensor, samples: int) -> Any:
        count = self.num_layers * self._directions
        cells = pullback.zeros(count, samples, self.hidden_size, dtype=like.dtype, device=like.device)
        return super()._zeros(like, samples), cells

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, tuple[Tensor, Tensor]]:
        if isinstance(input, PackedSequence):
            data, batch_sizes, order, back = input
            states = self._zeros(data, int(batch_sizes[0])) if hx is None else self.permute_hidden(hx, order)
            self.check_forward_args(data, states, batch_sizes)
            results: Any = lstm(data, batch_sizes, states, self._current_weights(), *self._options())
            output, h, c = results
            return PackedSequence(output, batch_sizes, order, back), self.permute_hidden((h, c), back)
        batched = self._batched(input)
        batch_dim = 0 if self.batch_first else 1
        if hx is not None and not hx[0].dim() == hx[1].dim() == input.dim():
            raise RuntimeError(
                f"For {'' if batched else 'un'}batched {input.dim()}-D input, hx and cx should also be "
                f"{input.dim()}-D but got ({hx[0].dim()}-D, {hx[1].dim()}-D) tensors"
            )
        if not batched:
            input = input.unsqueeze(batch_dim)
            hx = None if hx is None else (hx[0].unsqueeze(1), hx[1].unsqueeze(1))
        states = self._zeros(input, input.size(batch_dim)) if hx is None else hx
        self.check_forward_args(input, states, None)
        output, h, c = lstm(input, states, self._current_weights(), *self._options(), self.batch_first)
        return (output, (h, c)) if batched else (output.squeeze(batch_dim), (h.squeeze(1), c.squeeze(1)))
