"""Make the calls that rows describe, on pullback or on PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.op_table import Row, Sample


def find(torch: Any, name: str) -> Callable[..., Any]:
    """The function that a row's name means; ``Tensor.view`` is the unbound method."""
    found = torch
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def mapped(value: Any, change: Callable[[np.ndarray], Any]) -> Any:
    """`value` with every array in it replaced."""
    if isinstance(value, np.ndarray):
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(each, change) for each in value)
    if isinstance(value, dict):
        return {name: mapped(each, change) for name, each in value.items()}
    return value


def to_tensor(torch: Any, array: np.ndarray, dtype: str | None = None, grad: bool = False) -> Any:
    """`array` as a tensor of `torch`, its floating numbers in `dtype`."""
    tensor = torch.from_numpy(np.array(array))
    if array.dtype.kind in "fc" and dtype is not None and (array.dtype.kind == "f" or "complex" in dtype):
        tensor = tensor.to(getattr(torch, dtype))
    if grad and (tensor.is_floating_point() or tensor.is_complex()):
        tensor.requires_grad_()
    return tensor


class Call:
    """One sample on one library: its tensors, and the function applied to them."""

    def __init__(self, torch: Any, row: Row, sample: Sample, dtype: str | None = None, grad: bool = False) -> None:
        self.inputs: list[Any] = []

        def change(array: np.ndarray) -> Any:
            tensor = to_tensor(torch, array, dtype, grad)
            self.inputs.append(tensor)
            return tensor

        self.function = find(torch, row.name)
        self.args = mapped(sample.args, change)
        self.kwargs = mapped(sample.kwargs, change)

    @property
    def tracked(self) -> list[Any]:
        """The inputs that require grad."""
        return [t for t in self.inputs if t.requires_grad]

    def run(self) -> list[Any]:
        """Every tensor in the result."""
        return tensors_in(self.function(*self.args, **self.kwargs))

    def as_function_of_tracked(self) -> tuple[Callable[..., Any], list[Any]]:
        """The call as a function of its tracked inputs only, for gradcheck."""
        tracked = self.tracked
        places = {id(t): number for number, t in enumerate(tracked)}

        def function(*values: Any) -> Any:
            def swap(value: Any) -> Any:
                if id(value) in places:
                    return values[places[id(value)]]
                if isinstance(value, (list, tuple)):
                    return type(value)(swap(each) for each in value)
                return value

            found = self.function(*swap(tuple(self.args)), **{k: swap(v) for k, v in self.kwargs.items()})
            return tuple(t for t in tensors_in(found) if t.is_floating_point() or t.is_complex())

        return function, tracked


def tensors_in(value: Any) -> list[Any]:
    """The tensors in a result, in order; other values are wrapped so that they are compared too."""
    if hasattr(value, "requires_grad"):
        return [value]
    if isinstance(value, (list, tuple)):
        return [t for each in value for t in tensors_in(each)]
    if isinstance(value, dict):
        return [t for each in value.values() for t in tensors_in(each)]
    return []


def numpy(tensor: Any) -> np.ndarray:
    """The values of a tensor of either library; bfloat16 as float32."""
    tensor = tensor.detach()
    if str(tensor.dtype) == "torch.bfloat16":
        tensor = tensor.float()
    if getattr(tensor, "is_conj", None) and tensor.is_conj():
        tensor = tensor.resolve_conj()
    return np.asarray(tensor.numpy())


def gradients(torch: Any, outputs: list[Any], inputs: list[Any]) -> list[Any]:
    """Gradients of the outputs' sum, each weighted by fixed numbers so that no two elements are alike."""
    live = [o for o in outputs if o.requires_grad]
    weights = []
    for number, output in enumerate(live):
        count = output.numel()
        pattern = np.cos(np.arange(count) * 1.3 + number).reshape(tuple(output.shape))
        if output.is_complex():
            pattern = pattern + 1j * np.sin(np.arange(count) * 0.7 + number).reshape(tuple(output.shape))
        weights.append(torch.from_numpy(np.array(pattern)).to(output.dtype))
    if not live:
        return [None] * len(inputs)
    return list(torch.autograd.grad(live, inputs, weights, allow_unused=True))
