"""Numbers for the workloads: from NumPy, the same in every library."""

from __future__ import annotations

from typing import Any

import numpy as np


def normal(torch: Any, *shape: int, seed: int = 0, scale: float = 1.0, grad: bool = False) -> Any:
    """A float32 tensor of normal numbers times `scale`."""
    values = np.random.default_rng(seed).standard_normal(shape) * scale
    return torch.from_numpy(values.astype(np.float32)).requires_grad_(grad)


def classes(torch: Any, n: int, of: int, seed: int = 0) -> Any:
    """`n` class indices below `of`, int64."""
    return torch.from_numpy(np.random.default_rng(seed).integers(0, of, n))


def fill(torch: Any, module: Any) -> Any:
    """`module` with its parameters drawn here, scaled by their fan-in."""
    with torch.no_grad():
        for i, p in enumerate(module.parameters()):
            p.copy_(normal(torch, *p.shape, seed=i, scale=p.shape[-1] ** -0.5))
    return module


def backward_of(loss: Any, leaves: list[Any]) -> None:
    """Backward from ``loss()`` into fresh ``.grad`` of `leaves`."""
    for leaf in leaves:
        leaf.grad = None
    loss().backward()
