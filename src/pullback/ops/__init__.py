"""What can be differentiated, with no engine in sight: one declaration per operator, a folder per family.

``pointwise`` (element by element), ``reduction``, ``shape`` (views, joining, splitting), ``index`` (gather, scatter,
sort), ``matrix`` (products, decompositions), ``neural`` (what networks are built of), ``creation``, ``random``.
An operator is plain NumPy; :mod:`pullback.graph.operator` says how to declare one.
"""

from __future__ import annotations

from typing import Any

loaded_libraries: set[str] = set()


def load_library(path: str) -> None:
    """Raises ``OSError``: libraries in C++ are written against PyTorch's own, which is not here."""
    raise OSError(f"Could not load this library: {path}")


def __getattr__(name: str) -> Any:
    """``torch.ops.aten``, and the namespaces of `torch.library`."""
    from importlib import import_module
    from importlib.util import find_spec

    if name == "aten":
        return import_module("pullback.ops.aten")
    if name.startswith("__") or find_spec(f"{__name__}.{name}"):
        raise AttributeError(f"module 'torch.ops' has no attribute {name!r}")
    found = globals()[name] = import_module("pullback._library").namespace(name)  # an attribute, which may be deleted
    return found
