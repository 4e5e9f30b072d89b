"""torch.export: there is no exporter."""

from __future__ import annotations

from typing import Any

__all__ = ["Dim", "ExportedProgram", "export", "load", "save"]


class ExportedProgram:
    """The class of exported programs: there is none."""


class Dim:
    """A size that an exported program leaves open."""

    AUTO = DYNAMIC = STATIC = None

    def __init__(self, name: str, *, min: int | None = None, max: int | None = None) -> None:
        self.__name__, self.min, self.max = name, min, max


def export(mod: Any, args: Any, kwargs: Any = None, **settings: Any) -> Any:
    """Raises ``RuntimeError``: pullback has no exporter."""
    raise RuntimeError("pullback has no exporter; save the state_dict() and export with PyTorch")


def save(ep: Any, f: Any, **settings: Any) -> Any:
    """Raises ``RuntimeError``: there is no exported program to save."""
    export(ep, ())


load = save
