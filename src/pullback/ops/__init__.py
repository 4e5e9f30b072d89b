"""What can be differentiated, with no engine in sight: one declaration per operator, a folder per family.

``pointwise`` (element by element), ``reduction``, ``shape`` (views, joining, splitting), ``index`` (gather, scatter,
sort), ``matrix`` (products, decompositions), ``neural`` (what networks are built of), ``creation``, ``random``.
An operator is plain NumPy; :mod:`pullback.graph.operator` says how to declare one.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """``torch.ops.aten``: operators under the names of PyTorch's C++ library."""
    if name == "aten":
        from importlib import import_module

        return import_module("pullback.ops.aten")
    raise AttributeError(f"module 'torch.ops' has no attribute {name!r}")
