"""Recurrent networks of several layers and directions: ``torch.lstm``, ``torch.gru``, ``torch.rnn_tanh``, ``torch.rnn_relu``.

Each takes its sequences in one of two forms: padded, ``(input, hx, params, has_biases, num_layers, dropout, train,
bidirectional, batch_first)``, or packed, ``(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train,
bidirectional)``. `params` lists w_ih, w_hh and, with `has_biases`, b_ih, b_hh of each layer and direction, then the
projection of an LSTM that has one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pullback.arrays.recurrent import spans_of
from pullback.graph.inplace import spoken
from pullback.graph.tensor_base import TensorBase
from pullback.ops.matrix.checks import times
from pullback.ops.neural import recurrent
from pullback.ops.neural.dropout import dropout as drop
from pullback.ops.pointwise.calling import no_overload
from pullback.ops.shape.axes import transpose
from pullback.ops.shape.joining import cat, stack
from pullback.ops.shape.splitting import unbind
from pullback.ops.typing import V

_OPTIONS = ("params", "has_biases", "num_layers", "dropout", "train", "bidirectional")
_PADDED = ("input", "hx", *_OPTIONS, "batch_first")
_PACKED = ("data", "batch_sizes", "hx", *_OPTIONS)


class _Call(NamedTuple):
    """A call whose form has been told: the sequences, how many there are at each time, and the rest by name."""

    rows: Any
    counts: tuple[int, ...]
    padded: bool
    given: dict[str, Any]


def _told(name: str, states: type | tuple[type, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Call:
    """The call in one of the two forms; ``TypeError`` if it has neither."""
    packed = "data" in kwargs or (len(args) > 3 and isinstance(args[3], (list, tuple)))
    names = _PACKED if packed else _PADDED
    given = dict(zip(names, args)) | kwargs
    known = len(args) + len(kwargs) == len(names) == len(given) and set(given) == set(names)
    if not (known and isinstance(given["hx"], states) and isinstance(given[names[0]], TensorBase)):
        raise no_overload(name, *args, *kwargs.values())
    rows = given[names[0]]
    shape = rows._array.shape
    if packed:
        sizes = given["batch_sizes"]._array
        if sizes.dtype.name != "int64":
            raise RuntimeError(f"expected scalar type Long but found {spoken(sizes.dtype)}")
        return _Call(rows, _packed_counts(sizes.tolist(), shape), False, given)
    if len(shape) != 3:
        raise IndexError(f"{name}(): expected input of shape (times, samples, values), got {list(shape)}")
    if given["batch_first"]:
        rows = transpose(rows, 0, 1)
        shape = rows._array.shape
    return _Call(rows, (shape[1],) * shape[0], True, given)


def _packed_counts(counts: list[int], shape: tuple[int, ...]) -> tuple[int, ...]:
    """`batch_sizes` as a tuple; raises unless it never grows and adds up to the rows."""
    if len(shape) != 2 or sum(counts) != shape[0]:
        raise RuntimeError(f"batch_sizes add up to {sum(counts)} rows of packed sequences, but data is {list(shape)}")
    if any(later > earlier for earlier, later in zip(counts, counts[1:])) or 0 in counts:
        raise RuntimeError(f"batch_sizes must be positive and must not grow, got {counts}")
    return tuple(counts)


# ------------------------------------------------------------------------------------------------------ layers

Weights = Sequence[Any]
States = Sequence[Any]


def _grouped(call: _Call, projected: bool) -> list[Weights]:
    """The parameters of each layer and direction: w_ih, w_hh, b_ih, b_hh, w_hr, with `None` for what is not there."""
    params, biased = list(call.given["params"]), bool(call.given["has_biases"])
    size = 2 + 2 * biased + projected
    count = call.given["num_layers"] * (1 + bool(call.given["bidirectional"]))
    if len(params) % size:
        raise RuntimeError("got an incorrect number of RNN parameters")
    if len(params) < size * count:
        raise RuntimeError("Expected more weights in stacked_rnn")
    groups = [params[start : start + size] for start in range(0, size * count, size)]
    return [
        (*group[:2], *(group[2:4] if biased else (None, None)), group[-1] if projected else None) for group in groups
    ]


def _check(rows: Any, weights: Weights, states: States, samples: int) -> None:
    """Raise ``RuntimeError`` unless one layer's input, weights and states fit together."""
    array, w_ih, w_hh = rows._array, weights[0]._array, weights[1]._array
    for other in (*weights, *states):
        if other is not None and other._array.dtype != array.dtype:
            raise RuntimeError(
                f"mat1 and mat2 must have the same dtype, but got {spoken(array.dtype)} and {spoken(other._array.dtype)}"
            )
    for shape, weight in ((array.shape, w_ih), (states[0]._array.shape, w_hh)):
        if shape[-1] != weight.shape[1]:
            flat = (array.size // max(shape[-1], 1) if shape is array.shape else shape[0], shape[-1])
            raise RuntimeError(
                f"mat1 and mat2 shapes cannot be multiplied ({times(flat)} and {times(weight.shape[::-1])})"
            )
    for state in states:
        if state._array.shape[0] != samples:
            raise RuntimeError(
                f"The size of tensor a ({samples}) must match the size of tensor b ({state._array.shape[0]}) at "
                "non-singleton dimension 0"
            )


def _stacked(call: _Call, weights: list[Weights], states: list[States], run: Callable[..., Any]) -> Any:
    """All layers, each above the one before it: the output, and the final states of each layer and direction."""
    if not call.counts:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    if len(states) < len(weights):
        raise RuntimeError("Expected more hidden states in stacked_rnn")
    given, rows = call.given, call.rows
    directions = 1 + bool(given["bidirectional"])
    finals: list[Any] = []
    for layer in range(given["num_layers"]):
        outputs = []
        for direction in range(directions):
            place = layer * directions + direction
            _check(rows, weights[place], states[place], call.counts[0])
            output, *final = run(rows, weights[place], states[place], spans_of(call.counts, direction == 1))
            outputs.append(output)
            finals.append(final)
        rows = outputs[0] if directions == 1 else cat(outputs, -1)
        if given["dropout"] and given["train"] and layer < given["num_layers"] - 1:
            rows = drop(rows, given["dropout"], True)
    if call.padded and given["batch_first"]:
        rows = transpose(rows, 0, 1)
    return rows, *(stack(each) for each in zip(*finals))


# --------------------------------------------------------------------------------------------- the four networks


def lstm(*args: Any, **kwargs: Any) -> tuple[V, V, V]:
    """Long short-term memory (Hochreiter and Schmidhuber, 1997), in layers.

    Args:
        input: ``(T, N, I)``, with `batch_first` ``(N, T, I)``; or `data` ``(R, I)`` with `batch_sizes` ``(T)``.
        hx: first hidden states ``(L, N, H)`` and cell states ``(L, N, H)``, L being layers times directions.
        params: of each layer and direction w_ih ``(4H, I)``, w_hh ``(4H, H)``, b_ih ``(4H)``, b_hh ``(4H)``; the gates
            are input, forget, cell, output. A projection w_hr ``(P, H)`` makes hidden states ``(L, N, P)``.
        has_biases: whether `params` has biases.
        num_layers: how many layers.
        dropout: probability with which an output that goes to a next layer is dropped when `train`.
        train: whether to drop.
        bidirectional: whether each layer also walks back, and its outputs are joined.
        batch_first: whether the first axis of `input` counts the samples.

    Returns the last layer's output ``(T, N, H)`` (twice as wide if bidirectional) and all final states. Floating and
    complex dtypes. Raises ``RuntimeError`` where shapes or dtypes do not fit, ``TypeError`` for neither form.

    >>> import pullback as torch
    >>> x, h = torch.ones(2, 1, 1), torch.zeros(1, 1, 1)
    >>> torch.lstm(x, (h, h), [torch.ones(4, 1), torch.ones(4, 1)], False, 1, 0.0, False, False, False)[0].flatten()
    tensor([0.3696, 0.6505])
    """
    call = _told("lstm", (list, tuple), args, kwargs)
    hx = call.given["hx"]
    if len(hx) != 2:
        raise RuntimeError("lstm expects two hidden states")
    hidden, cells = (_each_state(each) for each in hx)
    weights = _grouped(call, projected=hx[0]._array.shape[-1] != hx[1]._array.shape[-1])

    def run(rows: Any, weights: Weights, states: States, spans: Any) -> Any:
        return recurrent.lstm_layer(rows, *weights, *states, spans)

    return _stacked(call, weights, list(zip(hidden, cells)), run)


def _each_state(states: Any) -> Any:
    """``(L, N, H)`` as L states."""
    if states._array.ndim != 3:
        raise IndexError(f"expected states of shape (layers, samples, values), got {list(states._array.shape)}")
    return unbind(states, 0)


def gru(*args: Any, **kwargs: Any) -> tuple[V, V]:
    """Gated recurrent units (Cho et al., 2014), in layers.

    As `lstm`, with one tensor `hx` of first states ``(L, N, H)``; the weights' rows are those of the gates reset,
    update, new: ``(3H, I)``, ``(3H, H)``. Returns the output and the final states.
    """
    return _of_one_state("gru", args, kwargs, lambda rows, w, state, spans: recurrent.gru_layer(rows, *w, state, spans))


def rnn_tanh(*args: Any, **kwargs: Any) -> tuple[V, V]:
    """Plain recurrent layers, ``h = tanh(x w_ihᵀ + b_ih + h w_hhᵀ + b_hh)``.

    As `lstm`, with one tensor `hx` of first states ``(L, N, H)`` and weights ``(H, I)``, ``(H, H)``. Returns the output
    and the final states.
    """
    return _of_one_state(
        "rnn_tanh", args, kwargs, lambda rows, w, state, spans: recurrent.rnn_layer(rows, *w, state, False, spans)
    )


def rnn_relu(*args: Any, **kwargs: Any) -> tuple[V, V]:
    """`rnn_tanh` with the positive part in the place of tanh."""
    return _of_one_state(
        "rnn_relu", args, kwargs, lambda rows, w, state, spans: recurrent.rnn_layer(rows, *w, state, True, spans)
    )


def _of_one_state(name: str, args: Any, kwargs: Any, run: Callable[..., Any]) -> Any:
    call = _told(name, TensorBase, args, kwargs)
    if call.given["hx"]._array.ndim != 3:
        raise RuntimeError("Expected more hidden states in stacked_rnn")
    states = [(state,) for state in _each_state(call.given["hx"])]
    return _stacked(
        call,
        _grouped(call, projected=False),
        states,
        lambda rows, weights, states, spans: run(rows, weights[:4], states[0], spans),
    )
