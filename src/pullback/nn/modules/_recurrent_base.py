"""What recurrent networks share: the names, shapes and starting values of their weights, and checks of inputs.

The weights of layer 2 that walk back are ``weight_ih_l2_reverse``, ``weight_hh_l2_reverse``, ``bias_ih_l2_reverse``,
``bias_hh_l2_reverse``, and ``weight_hr_l2_reverse`` where there is a projection.
"""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any, TypeVar

import pullback
from pullback.nn import init
from pullback.nn.modules.module import Module
from pullback.nn.parameter import Parameter
from pullback.tensor import Tensor

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}

R = TypeVar("R", bound="RNNBase")


class RNNBase(Module):
    """The weights of a recurrent network; its subclasses compute.

    Args:
        mode: ``"LSTM"``, ``"GRU"``, ``"RNN_TANH"`` or ``"RNN_RELU"``.

    The others are those of `RNN` and `LSTM`.
    """

    mode: str
    _flat_weights_names: list[str]
    _flat_weights: list[Any]

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _check_dropout(dropout, num_layers)
        _check_sizes(input_size, hidden_size, num_layers, proj_size, bias, batch_first)
        if mode not in _GATES:
            raise ValueError(f"Unrecognized RNN mode: {mode}")
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for suffix in ("", "_reverse")[: self._directions]:
                shapes = self._shapes(layer)
                names = [f"{name}_l{layer}{suffix}" for name in shapes]
                for name, shape in zip(names, shapes.values()):
                    setattr(self, name, Parameter(pullback.empty(shape, device=device, dtype=dtype)))
                self._all_weights.append(names)
        self._flat_weights_names = [name for names in self._all_weights for name in names]
        self._init_flat_weights()
        self.reset_parameters()

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _shapes(self, layer: int) -> dict[str, tuple[int, ...]]:
        """Shapes of the weights of one layer and direction, in their order."""
        width = self.proj_size or self.hidden_size
        rows = _GATES[self.mode] * self.hidden_size
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, self.input_size if layer == 0 else width * self._directions),
            "weight_hh": (rows, width),
        }
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if self.proj_size:
            shapes["weight_hr"] = (self.proj_size, self.hidden_size)
        return shapes

    def _init_flat_weights(self) -> None:
        """Gather the weights in the list that the operators take."""
        self._flat_weights = [getattr(self, name, None) for name in self._flat_weights_names]

    def _current_weights(self) -> list[Any]:
        """The weights as they are now: they may be parametrized, or replaced for one call (`functional_call`)."""
        self._init_flat_weights()
        return self._flat_weights

    def __setattr__(self, name: str, value: Any) -> None:
        names = self.__dict__.get("_flat_weights_names", ())
        if name in names:
            self._flat_weights[names.index(name)] = value
        super().__setattr__(name, value)

    def _apply(self: R, fn: Any, recurse: bool = True) -> R:
        super()._apply(fn, recurse)
        self._init_flat_weights()
        return self

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.__dict__.setdefault("proj_size", 0)
        if "all_weights" in state:
            self._all_weights = state["all_weights"]
        self._flat_weights_names = [name for names in self._all_weights for name in names]
        self._init_flat_weights()

    def flatten_parameters(self) -> None:
        """Nothing: weights in one piece of memory help on a GPU only."""

    def reset_parameters(self) -> None:
        """Draw the weights anew, uniform in ±1/√hidden_size."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The weights of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    # --- checks ---------------------------------------------------------------------------------------------

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Raise ``ValueError`` for another dtype, ``RuntimeError`` for another number or size of dimensions."""
        dtype = self._flat_weights[0].dtype
        if input.dtype != dtype:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({dtype}). Convert input: "
                f"input.to({dtype}), or convert model: model.to({input.dtype})"
            )
        expected = 3 if batch_sizes is None else 2
        if input.dim() != expected:
            raise RuntimeError(f"input must have {expected} dimensions, got {input.dim()}")
        if self.input_size != input.size(-1):
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.size(-1)}"
            )

    def get_expected_hidden_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """Shape of the hidden states for `input`."""
        if batch_sizes is not None:
            samples = int(batch_sizes[0])
        else:
            samples = input.size(0 if self.batch_first else 1)
        return self.num_layers * self._directions, samples, self.proj_size or self.hidden_size

    def check_hidden_size(
        self, hx: Tensor, expected_hidden_size: tuple[int, ...], msg: str = "Expected hidden size {}, got {}"
    ) -> None:
        """Raise ``RuntimeError`` for states of another shape."""
        if hx.size() != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Raise where input or states do not fit."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """States of the sequences in another order."""
        return hx if permutation is None else hx.index_select(1, permutation)

    # --- for the subclasses ---------------------------------------------------------------------------------

    def _batched(self, input: Tensor) -> bool:
        """Whether there is a batch axis; ``ValueError`` for an input that is neither two- nor three-dimensional."""
        if input.dim() not in (2, 3):
            name = self.mode if self.mode in ("LSTM", "GRU") else "RNN"
            raise ValueError(f"{name}: Expected input to be 2D or 3D, got {input.dim()}D instead")
        return input.dim() == 3

    def _zeros(self, like: Tensor, samples: int) -> Any:
        """First states of `samples` sequences."""
        count = self.num_layers * self._directions
        width = self.proj_size or self.hidden_size
        return pullback.zeros(count, samples, width, dtype=like.dtype, device=like.device)

    def _options(self) -> tuple[Any, ...]:
        """What the operators take behind the weights."""
        return self.bias, self.num_layers, self.dropout, self.training, self.bidirectional

    def extra_repr(self) -> str:
        shown = [f"{self.input_size}, {self.hidden_size}"]
        plain = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0}
        for name, default in (plain | {"bidirectional": False}).items():
            if getattr(self, name) != default:
                shown.append(f"{name}={getattr(self, name)}")
        return ", ".join(shown)


def _check_dropout(dropout: Any, num_layers: int) -> None:
    if not isinstance(dropout, numbers.Number) or not 0 <= dropout <= 1 or isinstance(dropout, bool):  # type: ignore[operator]
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if dropout > 0 and num_layers == 1:  # type: ignore[operator]
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
            f"greater than 1, but got dropout={dropout} and num_layers={num_layers}",
            stacklevel=4,
        )


def _check_sizes(
    input_size: Any, hidden_size: Any, num_layers: int, proj_size: int, bias: bool, batch_first: bool
) -> None:
    sizes = {"input_size": input_size, "hidden_size": hidden_size}
    for kind, values in ((int, sizes), (bool, {"bias": bias, "batch_first": batch_first})):
        for name, value in values.items():
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
    for name, size in sizes.items():
        if size <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")
