"""What is checked: a function, its inputs and outputs, and how closely."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pullback.graph.tensor_base import TensorBase
from pullback.size import Size


def as_tuple(value: Any) -> tuple[Any, ...]:
    """Tuples as they are, lists as tuples, anything else alone."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def is_floating(value: Any) -> bool:
    """Whether `value` is a tensor of floating or complex numbers."""
    return isinstance(value, TensorBase) and value._array.dtype.kind not in "biu"


@dataclass(frozen=True)
class Problem:
    """A function at a place. `positions` says which of what it returns are the outputs that are checked."""

    func: Callable[..., Any]
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    positions: tuple[int, ...]
    eps: float
    atol: float
    rtol: float
    nondet_tol: float

    @property
    def tensors(self) -> list[Any]:
        """The inputs that are differentiated by."""
        return [each for each in self.inputs if isinstance(each, TensorBase) and each.requires_grad]  # type: ignore[attr-defined]

    def run(self, *inputs: Any) -> list[Any]:
        """The checked outputs of the function at other inputs."""
        found = as_tuple(self.func(*inputs))
        return [found[position] for position in self.positions if position < len(found)]


def check_inputs(inputs: tuple[Any, ...]) -> None:
    """Raise unless some input can be differentiated by, and warn where its precision will not do."""
    found = False
    for number, each in enumerate(inputs):
        if not isinstance(each, TensorBase) or not each.requires_grad:  # type: ignore[attr-defined]
            continue
        found = True
        array = each._array
        if array.dtype not in (np.float64, np.complex128):
            warnings.warn(
                f"Input #{number} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=4,
            )
        strides = array.strides if isinstance(array, np.ndarray) and array.size else ()
        if any(stride == 0 and length > 1 for stride, length in zip(strides, array.shape)):
            raise RuntimeError(
                f"The {number}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call .contiguous "
                "on the input before passing it to gradcheck."
            )
        each.retain_grad()  # type: ignore[attr-defined]
    if not found:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )


def check_same_form(one: list[Any], other: list[Any], eps: float, where: str) -> None:
    """Raise ``AssertionError`` unless two evaluations gave outputs of the same shapes and dtypes."""
    for a, b in zip(one, other):
        for what, of in (("shape", lambda t: Size(t._array.shape)), ("dtype", lambda t: t.dtype)):
            if of(a) != of(b):
                raise AssertionError(
                    f"Expected `func` to return outputs with the same {what} when inputs are perturbed{where} by {eps}, "
                    f"but got: {what}s {of(a)} and {of(b)}."
                )
