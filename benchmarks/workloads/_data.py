"""Numbers for the workloads: from NumPy, the same in every library."""

from __future__ import annotations

from typing import Any

import numpy as np


def numbers(*shape: int, seed: int = 0, scale: float = 1.0, dtype: Any = np.float32) -> Any:
    """An array of normal numbers times `scale`."""
    return (np.random.default_rng(seed).standard_normal(shape) * scale).astype(dtype)


def indices(n: int, of: int, seed: int = 0) -> Any:
    """An array of `n` class indices below `of`, int64."""
    return np.random.default_rng(seed).integers(0, of, n)


def drawn(*shapes: tuple[int, ...]) -> list[Any]:
    """Arrays for the parameters of a model, scaled by their fan-in: what `fill` draws."""
    return [numbers(*shape, seed=i, scale=shape[-1] ** -0.5) for i, shape in enumerate(shapes)]


def dense(*shapes: tuple[int, int]) -> list[Any]:
    """Weights (out, in) and biases of linear layers."""
    return drawn(*(shape for out, into in shapes for shape in ((out, into), (out,))))


def normal(torch: Any, *shape: int, grad: bool = False, **how: Any) -> Any:
    """A tensor of `numbers`."""
    return torch.from_numpy(numbers(*shape, **how)).requires_grad_(grad)


def classes(torch: Any, n: int, of: int, seed: int = 0) -> Any:
    """A tensor of `indices`."""
    return torch.from_numpy(indices(n, of, seed))


def fill(torch: Any, module: Any) -> Any:
    """`module` with its parameters drawn here, scaled by their fan-in."""
    with torch.no_grad():
        for p, values in zip(module.parameters(), drawn(*(p.shape for p in module.parameters()))):
            p.copy_(torch.from_numpy(values))
    return module


def backward_of(loss: Any, leaves: list[Any]) -> None:
    """Backward from ``loss()`` into fresh ``.grad`` of `leaves`."""
    for leaf in leaves:
        leaf.grad = None
    loss().backward()


def expression(loss: Any, leaves: list[Any]) -> Any:
    """The workload of forward and backward of ``loss()``, checked by value and gradients."""
    return lambda: backward_of(loss, leaves), lambda: [loss(), [leaf.grad for leaf in leaves]]
